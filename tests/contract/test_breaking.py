"""What goes wrong on the gateway's own path is told to the caller, and closes both sides."""

from __future__ import annotations

from typing import Any

from tests.contract.conftest import MARKER, TEAM, Line, events_of, finishes, text_of
from tests.contract.test_chats import PARTS
from tests.contract.test_failures import BREAKS, MOODS


def test_a_cut_stream_ends_with_one_error_after_the_parts_that_came(line: Line) -> None:
    line.fake.stream(PARTS)
    line.fake.cut_after(2)
    events = line.stream()
    _ends_badly(events)
    assert text_of(events) == "".join(PARTS[:2])
    assert events[-1]["error"]["code"] == "provider_broke"


def test_an_error_in_a_stream_ends_it_after_the_parts_that_came(line: Line) -> None:
    line.fake.stream(PARTS, paused=True)
    line.fake.error_after_content(3)
    with line.begun(steps=2) as reply:
        seen = reply.read1(65536)  # some dialects take one step to begin, before the first part
        line.fake.step(2)
        events = events_of(seen + reply.read())
    _ends_badly(events)
    assert text_of(events) == "".join(PARTS[:3])
    assert events[-1]["error"]["code"] == "provider_error"


def test_the_wish_to_wait_reaches_the_caller(line: Line) -> None:
    line.fake.limit(retry_after=7)
    answer = line.chat()
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")


def test_a_wrong_key_is_told_as_the_providers_matter(line: Line) -> None:
    line.fake.demand("another-key")
    answer = line.chat()
    assert (answer.status, answer.json["error"]["code"]) == (502, "provider_auth")


def test_the_secret_is_in_no_answer_and_no_log(line: Line) -> None:
    seen = []
    for mood in set(MOODS | BREAKS) - {"stall", "go_silent_after"}:
        line.fake.calm()
        getattr(line.fake, mood)()
        seen.append(line.chat().body)
    line.fake.refuse(403, {"error": {"message": f"The key {MARKER} of {TEAM} may not."}})
    seen.append(line.chat().body)
    text = b"".join(seen).decode() + line.gate.server.log.read_text()
    assert MARKER not in text
    assert TEAM not in text


def test_a_caller_who_leaves_closes_the_providers_side(line: Line) -> None:
    line.fake.stream(PARTS, paused=True)
    with line.begun(steps=2) as reply:
        assert b"data:" in reply.read1(65536)
        assert not line.fake.hung_up.is_set()
    assert line.fake.hung_up.wait(20)
    line.fake.wait_until_idle()


def _ends_badly(events: list[Any]) -> None:
    """One error, at the end; no finish, no end mark."""
    assert "[DONE]" not in events
    assert [at for at, event in enumerate(events) if "error" in event] == [len(events) - 1]
    assert finishes(events) == []
