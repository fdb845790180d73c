"""How one request goes to one connection and how the answer comes back.

Where the provider speaks the caller's own wire, bytes pass through (`Passing`, `Opaque`);
otherwise they are translated both ways.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from typing_extensions import override

from aiconnect.adapters import quirks
from aiconnect.adapters.dialects.base import Answering, Stream, Translated
from aiconnect.adapters.dialects.gemini import counting as gemini
from aiconnect.adapters.types import Usage
from aiconnect.adapters.wires import (
    COUNTERS_IN,
    EMBEDDINGS_IN,
    EMBEDDINGS_OUT,
    INBOUND,
    OUTBOUND,
)
from aiconnect.calls.opaque import OpaqueStream, with_form_model
from aiconnect.calls.plan import Attempt
from aiconnect.calls.request import Request, encode
from aiconnect.calls.splicing import spliced
from aiconnect.errors import CannotCarry, ProviderError
from aiconnect.wire.http1 import Malformed
from aiconnect.wire.relay import Door
from aiconnect.wire.types import Reply

Found = TypeVar("Found")

COUNT, COUNT_GEMINI = "anthropic.count_tokens", "gemini.count_tokens"
NOTHING_USED = Usage(input=0, output=0)
JSON = "application/json"
EVENTS = frozenset({"text/event-stream", "application/x-ndjson"})


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole answer for the caller. `text` is whether its size says something about tokens."""

    body: bytes
    usage: Usage | None
    media_type: str = JSON
    text: bool = True


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


class Passing(Way):
    """Both sides speak the same wire: nothing is read but the usage."""

    @override
    def whole(self, reply: Reply) -> Whole:
        answer = self._answer(reply)
        wire = self.request.wire
        inbound = INBOUND.get(wire) or EMBEDDINGS_IN[wire]
        media_type = reply.headers.get("content-type", JSON)
        return Whole(reply.body, inbound.usage(answer), media_type)

    @override
    def stream(self) -> Stream:
        return INBOUND[self.request.wire].passing(self.request.body)


@dataclass(frozen=True, slots=True)
class Translating(Way):
    """The provider speaks another wire than the caller."""

    wire: str = ""
    answering: Answering | None = None

    @override
    def whole(self, reply: Reply) -> Whole:
        completion = _checked(lambda: OUTBOUND[self.wire].completion(self._answer(reply)), reply)
        assert self.answering is not None  # noqa: S101 (given wherever one is made)
        said = INBOUND[self.request.wire].complete(completion, self.answering)
        return Whole(dump(said), completion.usage)

    @override
    def stream(self) -> Stream:
        assert self.answering is not None  # noqa: S101 (given wherever one is made)
        writer = INBOUND[self.request.wire].writer(self.answering)
        return Translated(OUTBOUND[self.wire].reader(), writer)


@dataclass(frozen=True, slots=True)
class TranslatingEmbeddings(Way):
    """The same for embeddings, which are never streamed."""

    wire: str = ""

    @override
    def whole(self, reply: Reply) -> Whole:
        found = _checked(lambda: EMBEDDINGS_OUT[self.wire].embedded(self._answer(reply)), reply)
        said = EMBEDDINGS_IN[self.request.wire].complete(found, self.request.embed)
        return Whole(dump(said), found.usage, text=False)

    @override
    def stream(self) -> Stream:
        raise CannotCarry("streamed embeddings")


class Opaque(Way):
    """Pictures, recordings, verdicts: only the model's name is ours to read."""

    @override
    def is_stream(self, status: int, media_type: str) -> bool:
        return status == 200 and media_type != JSON

    @property
    @override
    def counts(self) -> bool:
        return False

    @property
    @override
    def stream_type(self) -> str | None:
        return None

    @override
    def whole(self, reply: Reply) -> Whole:
        media_type = reply.headers.get("content-type", "")
        if reply.status == 200 and reply.content_type not in {JSON, "text/html"}:
            return Whole(reply.body, None, media_type, text=False)
        answer = self._answer(reply)
        return Whole(reply.body, INBOUND["openai.chat"].usage(answer), media_type, text=False)

    @override
    def stream(self) -> Stream:
        return OpaqueStream()


class Counter(Way):
    """A count of tokens: it costs nothing, and so no tokens are written down."""

    @override
    def whole(self, reply: Reply) -> Whole:
        answer = self._answer(reply)
        if self.request.wire in COUNTERS_IN and self.attempt.opened.door(COUNT) is not None:
            return Whole(reply.body, NOTHING_USED)
        found = gemini.read_count(answer)
        if found is None:
            facts = {"status": str(reply.status), "detail": "its answer has an unknown shape"}
            raise ProviderError("unknown_answer", status=reply.status, facts=facts)
        return Whole(dump(COUNTERS_IN[COUNT].complete(found)), NOTHING_USED)

    @override
    def stream(self) -> Stream:
        raise CannotCarry("streamed counts")


def counts(attempt: Attempt) -> bool:
    """Whether the provider of this attempt counts tokens for nothing."""
    return any(attempt.opened.door(wire, attempt.model_id) for wire in (COUNT, COUNT_GEMINI))


def way(request: Request, attempt: Attempt, call_id: str, began: float) -> Way:
    """How this request goes to this attempt. Raises CannotCarry and CallError (400).

    `began` is `time.monotonic()` of the call's begin.
    """
    if request.wire in INBOUND:
        return _chat(request, attempt, call_id, began)
    if request.wire in EMBEDDINGS_IN:
        return _embeddings(request, attempt)
    if request.wire == COUNT:
        return _count(request, attempt)
    door = _door(request, attempt, request.wire)
    if door is None:
        raise CannotCarry(f"calls of {request.wire.partition('.')[2].replace('.', '/')}")
    return Opaque(request, attempt, door, _with_model(request, attempt.model_id))


def _changed(request: Request, wanted: Mapping[str, Any]) -> bytes:
    """The caller's own bytes with what must be said otherwise."""
    return spliced(request.raw, request.body, wanted) or encode(wanted)


def _with_model(request: Request, model_id: str) -> bytes:
    if request.body:
        return _changed(request, request.body | {"model": model_id})
    return with_form_model(request.raw, request.headers.get("Content-Type", ""), model_id)


def _chat(request: Request, attempt: Attempt, call_id: str, began: float) -> Way:
    door = _door(request, attempt, request.wire)
    opened = attempt.opened
    if door is not None:
        body = INBOUND[request.wire].prepare(
            request.body, attempt.model_id, no_stream_options=opened.no_stream_options
        )
        body, dropped = _with_quirks(body, attempt, request.raw)
        return Passing(request, attempt, door, _changed(request, body), dropped)
    wire = opened.adapter.chat_wire
    door = _door(request, attempt, wire)
    if door is None:
        raise CannotCarry("chats")
    chat = request.chat
    written = OUTBOUND[wire].write(chat, attempt.known)
    body = written.body
    if opened.no_stream_options:
        body.pop("stream_options", None)
    raw = encode(body)
    changed, dropped = _with_quirks(body, attempt, raw)
    answering = Answering(call_id, attempt.model_id, int(time.time()), chat, _elapsed(began))
    lost = tuple(dict.fromkeys((*chat.dropped, *written.dropped, *dropped)))
    raw = raw if changed is body else encode(changed)
    return Translating(request, attempt, door, raw, lost, wire, answering)


def _embeddings(request: Request, attempt: Attempt) -> Way:
    door = _door(request, attempt, request.wire)
    if door is not None:
        body = EMBEDDINGS_IN[request.wire].prepare(request.body, attempt.model_id)
        return Passing(request, attempt, door, _changed(request, body))
    wire = attempt.opened.adapter.embed_wire
    door = _door(request, attempt, wire) if wire else None
    if door is None:
        raise CannotCarry("embeddings")
    written = EMBEDDINGS_OUT[wire].write(request.embed, attempt.known)
    lost = (*request.embed.dropped, *written.dropped)
    return TranslatingEmbeddings(request, attempt, door, encode(written.body), lost, wire)


def _count(request: Request, attempt: Attempt) -> Way:
    door = _door(request, attempt, COUNT)
    if door is not None:
        body = COUNTERS_IN[COUNT].prepare(request.body, attempt.model_id)
        return Counter(request, attempt, door, encode(body))
    door = _door(request, attempt, COUNT_GEMINI)
    if door is None:
        raise CannotCarry("counts of tokens")
    return Counter(request, attempt, door, encode(gemini.count_body(request.chat, attempt.known)))


def _door(request: Request, attempt: Attempt, wire: str) -> Door | None:
    return attempt.opened.door(wire, attempt.model_id, is_stream=request.is_stream)


def _with_quirks(
    body: dict[str, Any], attempt: Attempt, raw: bytes
) -> tuple[dict[str, Any], tuple[str, ...]]:
    wanted = attempt.opened.quirks(attempt.model_id, raw)
    return quirks.apply(body, wanted, attempt.model_id) if wanted else (body, ())


def _elapsed(began: float) -> Callable[[], int]:
    return lambda: round((time.monotonic() - began) * 1e9)


def _checked(read: Callable[[], Found], reply: Reply) -> Found:
    """What a translator reads, where it can: an answer of another shape is the provider's fault."""
    try:
        return read()
    except Malformed:
        facts = {"status": str(reply.status), "detail": "its answer has an unknown shape"}
        raise ProviderError("unknown_answer", status=reply.status, facts=facts) from None


def dump(value: Mapping[str, Any]) -> bytes:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
