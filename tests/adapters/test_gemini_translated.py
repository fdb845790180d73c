"""Gemini's stream as callers of every dialect see it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.chat import Chat, Failed
from aiconnect.adapters.dialects.base import Answering, Translated
from aiconnect.adapters.dialects.gemini import GeminiChat
from aiconnect.adapters.types import Usage
from aiconnect.adapters.wires import INBOUND
from tests.fakes.samples import sample

MADE = 1795300081
TOOLS = sample("gemini/generateContent.tools.stream.sse").replace("\n", "\r\n").encode()


def stream(wire: str) -> Translated:
    chat = Chat("m", is_stream=True, wants_usage=True)
    answering = Answering("call-1", "gemini-3.8-flash", MADE, chat, lambda: 1)
    return Translated(GeminiChat().reader(), INBOUND[wire].writer(answering))


def chunks(text: str) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def test_openai_callers_see_the_published_stream():
    one = stream("openai.chat")
    found = chunks((one.feed(TOOLS) + one.end()).decode())
    expected = chunks(sample("translate/stream.gemini_tools.as_openai.sse"))
    assert _told(found) == _told(expected)
    assert [one["id"] for one in found[:-1]] == [expected[0]["id"]] * (len(found) - 1)
    signed = found[1]["choices"][0]["delta"]["tool_calls"][0]["extra_content"]
    assert signed == {"google": {"thought_signature": "EvcBCvQBAdHtim9hYmNk"}}
    assert one.usage == Usage(input=9, cache_read=0, output=34, reasoning=40)


@pytest.mark.parametrize("wire", INBOUND)
@given(where=st.lists(st.integers(0, len(TOOLS)), max_size=12))
def test_every_caller_sees_the_same_however_the_stream_is_cut(wire: str, where: list[int]):
    edges = sorted({0, len(TOOLS), *where})
    pieces, whole = stream(wire), stream(wire)
    given_ = b"".join(pieces.feed(TOOLS[a:b]) for a, b in pairwise(edges))
    assert given_ == whole.feed(TOOLS)
    assert (pieces.finished, pieces.done, pieces.usage) == (True, False, whole.usage)


@pytest.mark.parametrize("wire", INBOUND)
def test_a_stream_that_is_cut_is_not_finished_and_an_error_is_told(wire: str):
    one = stream(wire)
    one.feed(TOOLS[: TOOLS.index(b"STOP")])
    assert one.started
    assert not one.finished
    one.feed(TOOLS[TOOLS.index(b"STOP") :] + b'data: {"error": {"message": "no"}}\n\n')
    assert one.error == Failed("no")


def _told(found: list[Any]) -> Any:
    """The calls put together, every finish, the last usage, and what comes last."""
    choices = [choice for one in found[:-1] for choice in one["choices"]]
    calls: dict[int, tuple[str, str, str]] = {}
    for piece in (one for choice in choices for one in choice["delta"].get("tool_calls", ())):
        made_id, name, arguments = calls.get(piece["index"], ("", "", ""))
        function = piece["function"]
        calls[piece["index"]] = (
            piece.get("id", made_id),
            function.get("name", name),
            arguments + function.get("arguments", ""),
        )
    finishes = [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]
    usage = {k: found[-2]["usage"][k] for k in ("prompt_tokens", "completion_tokens")}
    return calls, finishes, usage, found[-1]
