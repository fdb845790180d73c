"""The C programs: the mock answers as its options say, and the load counts what it is sent."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bench.bodies import ANTHROPIC, OLLAMA, OPENAI
from bench.load import read_sload
from bench.processes import await_ready, program
from bench.upstream import answers, compile_into
from tests.ports import free_port

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
    client.request("POST", OPENAI.path, json.dumps({"model": model, **more}))
    reply = client.getresponse()
    said = reply.read()
    client.close()
    return reply.status, said


def load(programs: tuple[Path, Path], port: int, folder: Path, model: str, expected: int) -> Any:
    asked = folder / "body.json"
    asked.write_text(json.dumps({"model": model, "stream": True}))
    return run(programs[1], port, asked, expected, OPENAI.end)


def run(sload: Path, port: int, asked: Path, expected: int, end: str) -> Any:
    header = "Authorization: Bearer x"
    command = [sload, port, OPENAI.path, asked, 5, 0.4, 0, expected, end, header]
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


# --- dialects: what a gateway makes of the mock's chunks ----------------------------------------

TOLD = {
    ANTHROPIC.end: (
        'event: content_block_delta\ndata: {"delta":{"type":"text_delta","text":"STAMP"}}\n\n',
        'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    ),
    OLLAMA.end: (
        '{"model":"x","message":{"role":"assistant","content":"STAMP"},"done":false}\n',
        '{"model":"x","message":{"role":"assistant","content":""},"done":true}\n',
    ),
}


class Translating(BaseHTTPRequestHandler):
    """Says three stamped chunks in the dialect that ends with `end`."""

    protocol_version = "HTTP/1.1"
    end = ""
    is_cut = False

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        said, last = TOLD[self.end]
        for _ in range(3):
            self._put(said.replace("STAMP", f"@{time.monotonic_ns() // 1000}@ "))
        if not self.is_cut:
            self._put(last)
        self.wfile.write(b"0\r\n\r\n")

    def _put(self, text: str) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text.encode()))

    def log_message(self, *_: object) -> None: ...


@contextmanager
def translating(end: str, *, is_cut: bool = False) -> Iterator[int]:
    handler = type("Handler", (Translating,), {"end": end, "is_cut": is_cut})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("end", TOLD)
def test_the_stamps_are_found_in_any_dialect(programs, tmp_path, end):
    asked = tmp_path / "body.json"
    asked.write_text("{}")
    with translating(end) as port:
        figures = run(programs[1], port, asked, 3, end)
    assert figures["errors"] == 0
    assert figures["ended"] >= 5
    assert 0 < figures["delay_p50"] < 1000


@pytest.mark.parametrize("end", TOLD)
def test_a_stream_without_its_dialects_end_is_an_error(programs, tmp_path, end):
    asked = tmp_path / "body.json"
    asked.write_text("{}")
    with translating(end, is_cut=True) as port:
        assert run(programs[1], port, asked, 3, end)["errors"] >= 5
