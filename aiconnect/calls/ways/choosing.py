"""Which way a request goes to an attempt, and how it is written for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from aiconnect.adapters import overrides, quirks
from aiconnect.adapters.dialects.base import Answering
from aiconnect.adapters.dialects.gemini import counting as gemini
from aiconnect.adapters.wires import COUNTERS_IN, EMBEDDINGS_IN, EMBEDDINGS_OUT, INBOUND, OUTBOUND
from aiconnect.calls.opaque import with_form_model
from aiconnect.calls.plan import Attempt
from aiconnect.calls.request import Request, encode
from aiconnect.calls.splicing import spliced
from aiconnect.calls.ways.base import Way
from aiconnect.calls.ways.counting import COUNT, COUNT_GEMINI, Counter
from aiconnect.calls.ways.passing import Opaque, Passing
from aiconnect.calls.ways.translating import Translating, TranslatingEmbeddings
from aiconnect.errors import CannotCarry
from aiconnect.wire.relay import Door


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
    if door is not None:
        return _passing(request, attempt, door)
    opened = attempt.opened
    wire = opened.adapter.chat_wire
    door = _door(request, attempt, wire)
    if door is None:
        raise CannotCarry("chats")
    chat = request.chat
    if attempt.parameters:
        chat = overrides.into_chat(chat, attempt.parameters)
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


def _passing(request: Request, attempt: Attempt, door: Door) -> Way:
    body = INBOUND[request.wire].prepare(
        request.body, attempt.model_id, no_stream_options=attempt.opened.no_stream_options
    )
    if attempt.parameters:
        return _overridden(request, attempt, door, body)
    body, dropped = _with_quirks(body, attempt, request.raw)
    return Passing(request, attempt, door, _changed(request, body), dropped)


def _overridden(request: Request, attempt: Attempt, door: Door, body: Mapping[str, Any]) -> Way:
    """With a collection's settings: fields are replaced, so the body is written anew."""
    written = overrides.into_body(request.wire, body, attempt.parameters, attempt.known)
    sent, dropped = _with_quirks(written.body, attempt, encode(written.body))
    return Passing(request, attempt, door, encode(sent), (*written.dropped, *dropped))


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
