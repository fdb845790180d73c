"""The C programs: the mock answers as its options say, and the load counts what it is sent."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.load import PATH, read_sload
from bench.places import free_port
from bench.processes import await_ready, program
from bench.upstream import answers, compile_into

pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None, reason="no C compiler; make bench installs one"
)


@pytest.fixture(scope="module")
def programs(tmp_path_factory) -> tuple[Path, Path]:
    return compile_into(tmp_path_factory.mktemp("programs"))


@pytest.fixture
def port(programs, tmp_path) -> Iterator[int]:
    port, log = free_port(), tmp_path / "mock.log"
    with program([programs[0], str(port)], log) as process:
        await_ready(process, lambda: answers(port, "/stats"), log)
        yield port


def ask(port: int, model: str, **more: Any) -> tuple[int, bytes]:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.request("POST", PATH, json.dumps({"model": model, **more}))
    reply = client.getresponse()
    said = reply.read()
    client.close()
    return reply.status, said


def load(programs: tuple[Path, Path], port: int, folder: Path, model: str, expected: int) -> Any:
    asked = folder / "body.json"
    asked.write_text(json.dumps({"model": model, "stream": True}))
    command = [programs[1], port, PATH, asked, 5, 0.4, 0, expected, "Authorization: Bearer x"]
    return read_sload(subprocess.check_output([str(part) for part in command]))


def test_a_whole_answer_states_its_usage(port):
    status, said = ask(port, "mock")
    assert status == 200
    assert json.loads(said)["usage"]["total_tokens"] == 86


def test_an_error_is_answered_as_asked(port):
    status, said = ask(port, "mock-e429", stream=True)
    assert (status, json.loads(said)["error"]["code"]) == (429, "mock_429")


def test_a_stream_has_its_chunks_then_usage_then_the_end_mark(port):
    _, said = ask(port, "mock-n3", stream=True)
    events = said.decode().strip().split("\n\n")
    assert len(events) == 6
    assert '"usage"' in events[4]
    assert events[5] == "data: [DONE]"


def test_the_load_counts_every_chunk_and_how_long_it_was_under_way(programs, port, tmp_path):
    figures = load(programs, port, tmp_path, "mock-n4-d10", 4)
    assert figures["errors"] == 0
    assert figures["chunks"] >= 5 * 4
    assert 0 < figures["delay_p50"] <= figures["delay_p99"]


def test_the_first_chunk_may_come_late(programs, port, tmp_path):
    figures = load(programs, port, tmp_path, "mock-n1-h60-f50", 1)
    assert 110 <= figures["first_p50"] < 1000


def test_a_stream_short_of_chunks_is_an_error(programs, port, tmp_path):
    assert load(programs, port, tmp_path, "mock-n3-d5", 4)["errors"] > 0


def test_a_refused_stream_is_an_error(programs, port, tmp_path):
    assert load(programs, port, tmp_path, "mock-e503", 50)["errors"] > 0
