"""`make demo`, from its first word to Ctrl-C, with the real model."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openai
import pytest

from tests.ports import free_port

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.llama


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo and what it printed."""

    process: subprocess.Popen[str]
    said: str
    port: int

    @property
    def curls(self) -> list[list[str]]:
        return [shlex.split(line) for line in self.said.splitlines() if line.startswith("curl ")]

    def sign_in_link(self) -> str:
        return re.findall(r"^  (http\S+)$", self.said, flags=re.MULTILINE)[0]

    def access_token(self) -> str:
        return re.findall(r"^  (aic_\S+)$", self.said, flags=re.MULTILINE)[0]


def start(folder: Path, port: int, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, ROOT / "demo" / "run.py"],
        cwd=folder,
        env=os.environ | {"DEMO_PORT": str(port)} | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_welcome(process: subprocess.Popen[str]) -> str:
    """Read until the last line of the welcome, or to the end of a demo that gave up."""
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C stops it" in line:
            return said
    pytest.fail(f"{said}{process.communicate(timeout=30)[1]}")


def stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)


def send(curl: list[str]) -> bytes:
    """Do what the printed line does, without needing curl."""
    headers = [curl[at + 1] for at, word in enumerate(curl) if word == "-H"]
    url = next(word for word in curl if word.startswith("http"))
    request = urllib.request.Request(url, data=curl[-1].encode())
    for header in headers:
        request.add_header(*header.split(": ", 1))
    with urllib.request.urlopen(request, timeout=120) as reply:
        return reply.read()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder) -> Iterator[Demo]:
    port = free_port()
    process = start(folder, port)
    yield Demo(process, read_welcome(process), port)
    stop(process)


def test_the_printed_curl_line_gets_a_real_answer(demo):
    answer = json.loads(send(demo.curls[0]))
    assert answer["choices"][0]["message"]["content"].strip()
    assert answer["usage"]["completion_tokens"] > 0


def test_the_second_curl_line_gets_it_word_by_word(demo):
    events = send(demo.curls[1]).decode().strip().split("\n\n")
    assert events[-1] == "data: [DONE]"
    assert len(events) > 20


@pytest.fixture
def client(demo) -> Iterator[openai.OpenAI]:
    """The official client, as the README tells people to use it."""
    base_url = f"http://127.0.0.1:{demo.port}/v1"
    with openai.OpenAI(base_url=base_url, api_key=demo.access_token(), max_retries=0) as made:
        yield made


OPENING = {"role": "user", "content": "The lighthouse had been dark for eleven years when"}


def test_the_official_client_finds_the_model_and_gets_an_answer(client):
    model = next(iter(client.models.list())).id
    answer = client.chat.completions.create(model=model, messages=[OPENING], max_tokens=24)
    assert answer.choices[0].message.content.strip()
    assert answer.usage.completion_tokens > 0


def test_the_official_client_gets_a_stream_with_usage(client):
    model = client.models.retrieve("gemma-3-270m").id
    stream = client.chat.completions.create(
        model=model,
        messages=[OPENING],
        max_tokens=24,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices).strip()
    assert chunks[-1].usage.completion_tokens > 0


def test_the_printed_link_leads_to_a_page(demo):
    with urllib.request.urlopen(demo.sign_in_link(), timeout=10) as reply:
        assert reply.headers.get_content_type() == "text/html"


def test_what_it_keeps_is_for_its_owner_alone(demo, folder):
    kept = folder / ".demo"
    assert kept.stat().st_mode & 0o077 == 0
    assert (kept / "access-token").stat().st_mode & 0o077 == 0


def test_its_logs_hold_no_access_token(demo, folder):
    secret = demo.access_token()
    assert all(secret not in log.read_text() for log in (folder / ".demo").glob("*.log"))


def test_a_second_demo_in_the_same_folder_says_so(demo, folder):
    second = start(folder, free_port())
    assert "already runs" in second.communicate(timeout=30)[1]
    assert second.returncode == 1


def test_a_port_in_use_is_one_clear_sentence(demo, tmp_path):
    second = start(tmp_path, demo.port)
    assert second.communicate(timeout=30)[1] == (
        f"Port {demo.port} is in use. Next: make demo DEMO_PORT={demo.port + 1}\n"
    )


def test_a_model_file_that_is_not_there_is_one_clear_sentence(tmp_path):
    said = start(tmp_path, free_port(), MODEL="absent.gguf").communicate(timeout=30)[1]
    assert said.startswith("There is no file ")
    assert said.count("\n") == 1


def test_it_stops_all_it_started_and_starts_again_with_the_same_access_token(tmp_path, folder):
    (tmp_path / ".demo").mkdir()
    for model in (folder / ".demo").glob("*.gguf"):
        (tmp_path / ".demo" / model.name).hardlink_to(model)
    secrets = set()
    for _ in range(2):
        port = free_port()
        process = start(tmp_path, port)
        secrets.add(Demo(process, read_welcome(process), port).access_token())
        stop(process)
        assert process.returncode == 0
        assert not is_open(port)
    assert len(secrets) == 1


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
