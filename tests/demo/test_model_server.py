"""The demo's model server lives and ends with the program that started it."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "demo" / "model_server.py"

pytestmark = pytest.mark.llama


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("model")


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, PROGRAM, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_says_one_line_when_it_answers_and_ends_when_its_stdin_closes(folder):
    process = start("--folder", str(folder))
    ready = json.loads(process.stdout.readline())
    with urllib.request.urlopen(f"{ready['address']}/v1/models", timeout=10) as reply:
        assert json.load(reply)["data"][0]["id"] == ready["model"] == "gemma-3-270m"
    assert process.communicate(timeout=30)[0] == ""
    assert process.returncode == 0


def test_a_file_that_is_no_model_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "bad.gguf").write_bytes(b"not a model")
    process = start("--model", str(tmp_path / "bad.gguf"))
    assert "Is it a whole GGUF file?" in process.communicate(timeout=30)[1]
    assert process.returncode == 1
