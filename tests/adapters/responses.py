"""Answers of the Responses API in tests: how they are asked for, and how they are read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from openai import omit
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from aiconnect.adapters.chat import Chat, Counted, Delta, Finished
from aiconnect.adapters.dialects.base import Answering
from aiconnect.adapters.dialects.responses import Responses
from aiconnect.adapters.types import Usage
from aiconnect.wire import sse

WIRE = Responses()
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
NOTHING = Chat("m")


def answering(chat: Chat = NOTHING) -> Answering:
    return Answering(
        "0193b0c4-0000-7000-8000-000000000001", "m-1", 1795300010, chat, lambda: 2 * 10**9
    )


def write(deltas: Iterable[Delta], chat: Chat = NOTHING) -> bytes:
    """A stream as the gateway has it written: what ends it is told at its end."""
    writer = WIRE.writer(answering(chat))
    finish, usage, out = Finished("stop"), None, b""
    for delta in deltas:
        if isinstance(delta, Finished):
            finish = delta
        elif isinstance(delta, Counted):
            usage = delta.usage
        else:
            out += writer.write(delta)
    return out + writer.end(finish, usage)


def events(stream: bytes) -> list[dict[str, Any]]:
    """The events, each of which names its type twice."""
    found = []
    for event in sse.split(stream):
        payload = json.loads(sse.data_of(event))
        assert event.startswith(f"event: {payload['type']}\n".encode())
        found.append(payload)
    return found


def kinds(stream: bytes) -> list[str]:
    return [event["type"].removeprefix("response.") for event in events(stream)]


def last(stream: bytes) -> dict[str, Any]:
    """The Response of the last event."""
    found: dict[str, Any] = events(stream)[-1]["response"]
    return found


def accumulate(stream: bytes) -> Any:
    """The answer as the official client puts it together from the events."""
    state: ResponseStreamState[Any] = ResponseStreamState(input_tools=omit, text_format=omit)
    told = [
        one for event in events(stream) for one in state.handle_event(EVENT.validate_python(event))
    ]
    return told[-1].response


COUNTS = Usage(input=500, cache_read=100, cache_write=0, output=18, reasoning=40)
