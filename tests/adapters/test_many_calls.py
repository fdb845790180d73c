"""Conversations of thousands of calls of tools: each is paired with its result without a search."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from aiconnect.adapters.chat import Chat, Message, Text, ToolResult, ToolUse
from aiconnect.adapters.dialects.unanswered import Unanswered
from aiconnect.adapters.types import ModelCard
from aiconnect.adapters.wires import OUTBOUND

MANY = 10_000
SHAPES: dict[str, Callable[[int], tuple[str, str, str]]] = {
    "by id": lambda at: (f"c{at}", "f", f"c{at}"),
    "by id, from the last": lambda at: (f"c{at}", "f", f"c{MANY - 1 - at}"),
    "by name": lambda at: ("", f"f{at}", ""),
    "by order": lambda _: ("", "f", ""),
    "never": lambda at: (f"c{at}", "f", "none"),
}


def conversation(shape: str) -> Chat:
    told = [SHAPES[shape](at) for at in range(MANY)]
    uses = tuple(ToolUse(use_id, name, "{}") for use_id, name, _ in told)
    results = tuple(
        ToolResult(result_id, (Text("done"),), name=name) for _, name, result_id in told
    )
    return Chat(
        "m", (Message("user", (Text("Hi"),)), Message("assistant", uses), Message("tool", results))
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("wire", OUTBOUND)
def test_many_calls_take_no_time(wire: str, shape: str) -> None:
    chat = conversation(shape)
    began = time.process_time()
    OUTBOUND[wire].write(chat, ModelCard("m"))
    assert time.process_time() - began < 2


def test_the_first_that_waits_answers_first() -> None:
    waiting = Unanswered()
    for call_id, name in (("a", "f"), ("b", "g"), ("c", "f"), ("a", "g")):
        waiting.add(call_id, name)
    assert (waiting.first, waiting.first_of("f"), waiting.first_of("g")) == ("a", "a", "b")
    waiting.take("a")
    waiting.take("a")
    assert (waiting.first, waiting.first_of("f"), waiting.first_of("none")) == ("b", "c", None)
