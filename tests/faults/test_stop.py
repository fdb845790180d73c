"""SIGTERM: what was begun is brought to its end."""

from __future__ import annotations

import http.client
import json
import threading
from pathlib import Path

import pytest

from tests.fakes.dialects import OpenAI
from tests.running import SAY, Instance, Running, serving

STREAMS = 50
PARTS = tuple(f"word{number} " for number in range(20))


def stream(server: Running, token: str, begun: threading.Barrier, ends: list[bytes]) -> None:
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    body = json.dumps({"model": "fake/x", "stream": True, **SAY})
    client.request("POST", "/v1/chat/completions", body, {"Authorization": f"Bearer {token}"})
    reply = client.getresponse()
    first = reply.read1(100)
    begun.wait(20)
    ends.append(first + reply.read())
    client.close()


def test_fifty_streams_end_whole_after_sigterm(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    openai_fake.stream(PARTS, gap=0.1)
    token = instance.add_token()
    ends: list[bytes] = []
    begun = threading.Barrier(STREAMS + 1)
    with serving(instance, log, limits={"grace": 15}) as server:
        threads = [
            threading.Thread(target=stream, args=(server, token, begun, ends))
            for _ in range(STREAMS)
        ]
        for thread in threads:
            thread.start()
        begun.wait(20)
        server.terminate()
        for thread in threads:
            thread.join(20)
        assert server.stop() == 0
    assert len(ends) == STREAMS
    assert all(end.endswith(b"data: [DONE]\n\n") and b"word19" in end for end in ends)
    assert "stopped connections=0" in log.read_text()
    assert [one.outcome for one in instance.records()] == ["ok"] * STREAMS


def test_a_second_server_on_the_instance_is_refused_by_name(
    instance: Instance, log: Path, tmp_path: Path
) -> None:
    second = tmp_path / "second.log"
    with serving(instance, log) as server:
        with pytest.raises(AssertionError, match="the server ended"):
            Running(instance, {}, second)
        assert f"process {server.process.pid}" in second.read_text()
        assert server.get("/readyz").status == 200
