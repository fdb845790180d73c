"""Chats through the gateway's own path: a real server in front of every row's fake."""

from __future__ import annotations

import json
from typing import Any

from aiconnect.adapters.openai import read_usage
from tests.contract.conftest import MARKER, TEAM, Line, events_of
from tests.contract.test_failures import BREAKS, MOODS

PARTS = ("It ", "rained ", "all ", "night, ", "“wörd”.")
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}},
}
ASKED = {"city": "Oslo", "days": [1, 2]}


def test_an_answer_has_text_a_finish_and_usage(line: Line) -> None:
    line.fake.answer("It works.", prompt=20, completion=7)
    answer = line.chat()
    choice, usage = answer.json["choices"][0], read_usage(answer.json)
    assert (answer.status, choice["message"]["content"]) == (200, "It works.")
    assert choice["finish_reason"] == "stop"
    assert usage is not None
    assert ((usage.input or 0) + (usage.cache_read or 0), usage.output) == (20, 7)


def test_a_stream_says_what_the_whole_answer_says(line: Line) -> None:
    line.fake.stream(PARTS, prompt=20, completion=7)
    whole = line.chat().json["choices"][0]["message"]["content"]
    events = line.stream()
    assert _text(events) == whole == "".join(PARTS)


def test_a_stream_has_one_finish_and_its_usage_comes_last(line: Line) -> None:
    line.fake.stream(PARTS, prompt=20, completion=7)
    *events, end = line.stream()
    assert end == "[DONE]"
    assert _finishes(events) == ["stop"]
    stated = [at for at, event in enumerate(events) if event.get("usage")]
    assert stated == [len(events) - 1]
    usage = read_usage(events[-1])
    assert usage is not None
    assert ((usage.input or 0) + (usage.cache_read or 0), usage.output) == (20, 7)


def test_thoughts_are_streamed_too(line: Line) -> None:
    line.fake.stream(PARTS, thinking="Clouds.", reasoning=3, completion=8)
    events = line.stream()
    assert "Clouds." in json.dumps(events)
    assert _text(events) == "".join(PARTS)


# --- tools and fields ----------------------------------------------------------------------------


def test_a_tool_call_comes_back_and_its_result_goes_there(line: Line) -> None:
    line.fake.call_tool("get_weather", ASKED)
    message = line.chat(tools=[WEATHER], tool_choice="auto").json["choices"][0]["message"]
    call = message["tool_calls"][0]
    assert json.loads(call["function"]["arguments"]) == ASKED
    result = {"role": "tool", "tool_call_id": call["id"], "content": "Rain."}
    line.fake.calm()
    line.fake.answer("Take an umbrella.")
    said = line.chat(messages=[*line.body()["messages"], message, result], tools=[WEATHER])
    assert said.json["choices"][0]["message"]["content"] == "Take an umbrella."
    sent = line.fake.calls()[-1].json
    assert sent["messages"][1:] == [message, result]
    assert sent["tools"] == [WEATHER]


def test_a_streamed_tool_call_is_whole_when_put_together(line: Line) -> None:
    line.fake.call_tool("get_weather", ASKED)
    events = line.stream(tools=[WEATHER])
    pieces = [piece for delta in _deltas(events) for piece in delta.get("tool_calls", ())]
    assert pieces[0]["function"]["name"] == "get_weather"
    assert json.loads("".join(piece["function"]["arguments"] for piece in pieces)) == ASKED
    assert _finishes(events[:-1]) == ["tool_calls"]


def test_a_field_nobody_here_knows_reaches_the_provider_unchanged(line: Line) -> None:
    strange = {"deep": [1, 2.5, None, "é"], "big": 2**70}
    line.chat(a_field_of_tomorrow=strange)
    sent = line.fake.calls()[-1].json
    assert sent["a_field_of_tomorrow"] == strange
    assert sent["model"] == "m"


def test_the_provider_gets_its_own_key_and_the_added_header(line: Line) -> None:
    line.fake.demand(MARKER)
    assert line.chat().status == 200
    headers = line.fake.last.headers
    assert headers["x-team"] == TEAM
    assert [name for name, value in headers.items() if MARKER in value] == [line.fake.key_header]
    assert line.gate.token not in str(headers)


# --- what goes wrong -----------------------------------------------------------------------------


def test_a_cut_stream_ends_with_one_error_after_the_parts_that_came(line: Line) -> None:
    line.fake.stream(PARTS)
    line.fake.cut_after(2)
    events = line.stream()
    _ends_badly(events)
    assert _text(events) == "".join(PARTS[:2])
    assert events[-1]["error"]["code"] == "provider_broke"


def test_an_error_in_a_stream_ends_it_after_the_parts_that_came(line: Line) -> None:
    line.fake.stream(PARTS, paused=True)
    line.fake.error_after_content(2)
    with line.begun(steps=2) as reply:
        seen = reply.read1(65536)
        line.fake.step()
        events = events_of(seen + reply.read())
    _ends_badly(events)
    assert _text(events) == "".join(PARTS[:2])
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
    assert line.fake.hung_up.wait(5)
    line.fake.wait_until_idle()


def _deltas(events: list[Any]) -> list[dict[str, Any]]:
    return [
        choice["delta"]
        for event in events
        if isinstance(event, dict)
        for choice in event.get("choices", ())
    ]


def _text(events: list[Any]) -> str:
    return "".join(delta.get("content") or "" for delta in _deltas(events))


def _finishes(events: list[Any]) -> list[str]:
    choices = [choice for event in events for choice in event.get("choices", ())]
    return [found for choice in choices if (found := choice.get("finish_reason"))]


def _ends_badly(events: list[Any]) -> None:
    """One error, at the end; no finish, no end mark."""
    assert "[DONE]" not in events
    assert [at for at, event in enumerate(events) if "error" in event] == [len(events) - 1]
    assert _finishes(events) == []
