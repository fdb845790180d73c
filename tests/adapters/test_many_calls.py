"""Conversations of thousands of calls of tools: each is paired with its result without a search."""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable

import pytest

from aiconnect.adapters.chat import Chat, Message, Text, ToolResult, ToolUse
from aiconnect.adapters.dialects.unanswered import Unanswered
from aiconnect.adapters.types import ModelCard
from aiconnect.adapters.wires import OUTBOUND

FEW, MANY = 500, 10_000
SHAPES: dict[str, Callable[[int, int], tuple[str, str, str]]] = {
    "by id": lambda at, _: (f"c{at}", "f", f"c{at}"),
    "by id, from the last": lambda at, count: (f"c{at}", "f", f"c{count - 1 - at}"),
    "by name": lambda at, _: ("", f"f{at}", ""),
    "by order": lambda _at, _count: ("", "f", ""),
    "never": lambda at, _: (f"c{at}", "f", "none"),
}


def conversation(shape: str, count: int) -> Chat:
    told = [SHAPES[shape](at, count) for at in range(count)]
    uses = tuple(ToolUse(use_id, name, "{}") for use_id, name, _ in told)
    results = tuple(
        ToolResult(result_id, (Text("done"),), name=name) for _, name, result_id in told
    )
    return Chat(
        "m", (Message("user", (Text("Hi"),)), Message("assistant", uses), Message("tool", results))
    )


def seconds(wire: str, shape: str, count: int) -> float:
    """Of the processor, the quickest of three: what else the machine did is not counted."""
    chat, card = conversation(shape, count), ModelCard("m")
    timer = timeit.Timer(lambda: OUTBOUND[wire].write(chat, card), timer=time.process_time)
    return min(timer.repeat(number=1, repeat=3))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("wire", OUTBOUND)
def test_many_calls_take_as_long_as_so_many_times_few(wire: str, shape: str) -> None:
    """With a search for each it would be twenty times that."""
    times = MANY / FEW
    assert seconds(wire, shape, MANY) < 5 * times * seconds(wire, shape, FEW)


def test_the_first_that_waits_answers_first() -> None:
    waiting = Unanswered()
    for call_id, name in (("a", "f"), ("b", "g"), ("c", "f"), ("a", "g")):
        waiting.add(call_id, name)
    assert (waiting.first, waiting.first_of("f"), waiting.first_of("g")) == ("a", "a", "b")
    waiting.take("a")
    waiting.take("a")
    assert (waiting.first, waiting.first_of("f"), waiting.first_of("none")) == ("b", "c", None)
