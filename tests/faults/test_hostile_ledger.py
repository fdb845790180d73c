"""The ledger under what happens around it: locks, tiny segments, lines it cannot take."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiconnect.calls.journal import Journal
from aiconnect.models.base import begin_write
from tests.fakes.dialects import OpenAI
from tests.fakes.rows import Fakes
from tests.gateway.scripted import request_id, wire_to
from tests.running import SAY, Instance, serving, until

STREAMS = 40
SEGMENT = 192 * 1024  # less than is kept free for the ends of so many calls


def test_segments_roll_over_while_streams_are_open(
    instance: Instance, log: Path, openai_fake: OpenAI, fakes: Fakes
) -> None:
    instance.add_connection("compatible", fakes["compatible"].url, name="other")
    token = instance.add_token()
    openai_fake.stream(("one", "two"), paused=True)
    with serving(instance, log, limits={"segment_bytes": SEGMENT}) as server:
        wires = [wire_to(server, token, model="fake/x", stream=True) for _ in range(STREAMS)]
        openai_fake.wait_for_requests(STREAMS)
        for _ in range(150):
            assert server.chat(token, {"model": "other/x", **SAY}).status == 200
        openai_fake.step(4 * STREAMS)
        streamed = {request_id(wire.rest()) for wire in wires}
        records = instance.settled(STREAMS + 150)
    for wire in wires:
        wire.close()
    assert {one.id for one in records if one.is_stream} == streamed
    assert {one.outcome for one in records} == {"ok"}
    assert not (instance.settings.journal / "damaged").exists()


@pytest.mark.on_both
def test_a_line_that_fits_nowhere_is_set_aside_and_stops_nothing(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    book = Journal(instance.settings.journal, "left-behind")
    book.begin({"k": "e", "id": "half a record"})
    book.close()
    token = instance.add_token()
    with serving(instance, log) as server:
        assert server.chat(token, {"model": "fake/x", **SAY}).status == 200
        instance.settled(1)
    kept = [path.read_bytes() for path in (instance.settings.journal / "damaged").iterdir()]
    assert [b"half a record" in piece for piece in kept] == [True]


@pytest.mark.on_both
def test_calls_go_on_while_the_database_is_locked(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    token = instance.add_token()
    with serving(instance, log) as server:
        with instance.session() as other:
            begin_write(other)
            for number in range(40):
                body = {"model": "fake/x", "stream": bool(number % 2), **SAY}
                assert server.chat(token, body, timeout=8).status == 200
            assert server.get("/healthz").status == 200
            assert [one for one in instance.records() if one.outcome] == []
        assert len(instance.settled(40)) == 40
        assert until(lambda: server.get("/readyz").status == 200)
