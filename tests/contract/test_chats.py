"""Chats through the gateway's own path: a real server in front of every row's fake."""

from __future__ import annotations

import json

from aiconnect.adapters.openai import read_usage
from tests.contract.conftest import MARKER, TEAM, Line, finishes, text_of

PARTS = ("It ", "rained ", "all ", "night, ", "“wörd”.")


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
    assert text_of(events) == whole == "".join(PARTS)


def test_a_stream_has_one_finish_and_its_usage_comes_last(line: Line) -> None:
    line.fake.stream(PARTS, prompt=20, completion=7)
    *events, end = line.stream()
    assert end == "[DONE]"
    assert finishes(events) == ["stop"]
    stated = [at for at, event in enumerate(events) if event.get("usage")]
    assert stated == [len(events) - 1]
    usage = read_usage(events[-1])
    assert usage is not None
    assert ((usage.input or 0) + (usage.cache_read or 0), usage.output) == (20, 7)


def test_thoughts_are_streamed_too(line: Line) -> None:
    line.fake.stream(PARTS, thinking="Clouds.", reasoning=3, completion=8)
    events = line.stream()
    assert "Clouds." in json.dumps(events)
    assert text_of(events) == "".join(PARTS)


def test_the_provider_gets_its_own_key_and_the_added_header(line: Line) -> None:
    line.fake.demand(MARKER)
    assert line.chat().status == 200
    headers = line.fake.last.headers
    assert headers["x-team"] == TEAM
    assert [name for name, value in headers.items() if MARKER in value] == [line.fake.key_header]
    assert line.gate.token not in str(headers)
