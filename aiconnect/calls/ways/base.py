"""What every way has: a request for one attempt, and how its answer is told."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiconnect.adapters.dialects.base import Stream
from aiconnect.adapters.types import Usage
from aiconnect.adapters.wires import INBOUND
from aiconnect.calls.plan import Attempt
from aiconnect.calls.request import Request
from aiconnect.errors import ProviderError
from aiconnect.wire.relay import Door
from aiconnect.wire.types import Reply

JSON = "application/json"
_write = json.JSONEncoder(separators=(",", ":")).encode
EVENTS = frozenset({"text/event-stream", "application/x-ndjson"})


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole answer for the caller. `text` is whether its size says something about tokens.

    `refused` is who refused its content, "" for nobody (see adapters.refusing).
    """

    body: bytes
    usage: Usage | None
    media_type: str = JSON
    text: bool = True
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Way(ABC):
    """A request written for one attempt; `dropped` are wishes that could not be carried."""

    request: Request
    attempt: Attempt
    door: Door
    body: bytes
    dropped: tuple[str, ...] = ()

    def is_stream(self, status: int, media_type: str) -> bool:
        """Whether this head of an answer begins a stream that `stream` can carry."""
        return status == 200 and media_type in EVENTS

    @property
    def counts(self) -> bool:
        """Whether the size of a streamed answer says something about its tokens."""
        return True

    @property
    def stream_type(self) -> str | None:
        """The media type of the caller's stream; None: the provider's own."""
        return INBOUND[self.request.wire].stream_type

    @abstractmethod
    def whole(self, reply: Reply) -> Whole:
        """The answer for the caller. Raises ProviderError where the reply is none."""

    @abstractmethod
    def stream(self) -> Stream:
        """What carries a streamed answer."""

    def _answer(self, reply: Reply) -> dict[str, Any]:
        """The reply's JSON object: no other status than 200, no web page, no error inside."""
        answer = _object(reply.body) if reply.status == 200 else None
        if answer is None or answer.get("error"):
            raise self.failure(reply)
        return answer

    def failure(self, reply: Reply) -> ProviderError:
        """What a reply means that is no answer."""
        opened = self.attempt.opened
        return opened.adapter.failure(reply, opened.target.secrets)


def dump(value: Mapping[str, Any]) -> bytes:
    """Compact JSON."""
    return _write(value).encode()


def unknown_shape(reply: Reply) -> ProviderError:
    """The answer is JSON, but none that its wire knows: the provider's fault."""
    facts = {"status": str(reply.status), "detail": "its answer has an unknown shape"}
    return ProviderError("unknown_answer", status=reply.status, facts=facts)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
