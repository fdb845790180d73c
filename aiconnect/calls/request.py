"""A program's request as the gateway holds it: read once, its body kept whole."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiconnect.adapters.chat import Chat, Embed
from aiconnect.adapters.estimating import said
from aiconnect.adapters.wires import COUNTERS_IN, EMBEDDINGS_IN, INBOUND
from aiconnect.calls.opaque import form_model
from aiconnect.calls.plan import Needs
from aiconnect.errors import CallError

BYTES_PER_TOKEN = 4
LEAST_RESERVED = 256
LONGEST_MODEL = 500
"""Of a model's name: doors, breakers and allowances are remembered by it. No row has a longer."""
LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")
NAMED_ONCE = {"model", "stream"}
_PICTURE = re.compile(rb'"(?:input_)?image(?:s|_url)?"')


@dataclass(slots=True)
class Request:
    """The caller's body, read, and what of its headers goes on.

    `wire` is the endpoint that the caller speaks to; `body` is {} where it is no JSON (a form
    with a file in it), and `raw` is then what goes on.
    """

    wire: str
    raw: bytes
    body: dict[str, Any]
    model: str
    is_stream: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    _chat: Chat | None = None
    _embed: Embed | None = None

    @property
    def dialect(self) -> str:
        return self.wire.partition(".")[0]

    @property
    def chat(self) -> Chat:
        """The request as values. Raises CallError (400) and CannotCarry."""
        if self._chat is None:
            inbound = COUNTERS_IN.get(self.wire) or INBOUND[self.wire]
            self._chat = inbound.read(self.body)
        return self._chat

    @property
    def embed(self) -> Embed:
        """The same for embeddings."""
        if self._embed is None:
            self._embed = EMBEDDINGS_IN[self.wire].read(self.body)
        return self._embed

    @property
    def needs(self) -> Needs:
        """What it asks of a model, at a glance: nothing is read twice for it."""
        if self.wire in EMBEDDINGS_IN:
            return Needs("embedding", tokens=len(self.raw) // BYTES_PER_TOKEN)
        if self.wire not in INBOUND:
            return Needs("")
        pictures = _PICTURE.search(self.raw) is not None
        tokens = 0 if pictures else len(self.raw) // BYTES_PER_TOKEN
        return Needs("chat", bool(self.body.get("tools")), pictures, tokens)

    @property
    def estimated_tokens(self) -> int:
        """About how many tokens a model makes of its words; 0 where it has none."""
        return said(self.body)

    @property
    def reserved_tokens(self) -> int:
        """What a limit of tokens is charged before the answer is known."""
        stated = [n for name in LIMITS if isinstance(n := self.body.get(name), int) and n > 0]
        return len(self.raw) // BYTES_PER_TOKEN + min(stated, default=LEAST_RESERVED)


def read(wire: str, raw: bytes, headers: Mapping[str, str]) -> Request:
    """Read a JSON request. Raises CallError (400)."""
    body = read_json(raw)
    _refuse_second(body)
    return Request(wire, raw, body, _model(body.get("model")), _is_stream(wire, body), headers)


def _is_stream(wire: str, body: Mapping[str, Any]) -> bool:
    if wire in EMBEDDINGS_IN or wire in COUNTERS_IN:
        return False  # they come whole, whatever a field of another endpoint says
    inbound = INBOUND.get(wire)
    return inbound.is_stream(body) if inbound else body.get("stream") is True


def read_json(raw: bytes) -> dict[str, Any]:
    """A JSON object. Raises CallError (400)."""
    try:
        body = _DECODER.decode(raw.decode(json.detect_encoding(raw)))
    except (ValueError, RecursionError):
        raise CallError("invalid_json") from None
    if not isinstance(body, dict):
        raise CallError("invalid_json")
    return body


_write = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON for a provider. Raises CallError (400) where it cannot be said in JSON again."""
    try:
        return _write(body).encode()
    except (ValueError, RecursionError):  # 1e999 was read as infinity; or nested to the brim
        raise CallError("invalid_json") from None


def named(model: object) -> str:
    """A model's name as a caller wrote it. Raises CallError (400)."""
    return _model(model)


def _model(model: object) -> str:
    if not isinstance(model, str) or not model:
        raise CallError("model_missing")
    if not model.isprintable():  # half a character, a line break: it goes into headers and records
        raise CallError("bad_request", detail="`model` must be text on one line.")
    if len(model) > LONGEST_MODEL:
        raise CallError("model_not_found", model=f"{model[:200]}…")
    return model


def _refuse_second(body: Mapping[str, Any]) -> None:
    """Servers in Go (Ollama, LocalAI) take `Model` for `model`, and the last one counts.

    Where they heard another `stream` than we, their answers would look broken: five of these, and
    their connection would be left alone for everybody.
    """
    for key in body:
        known = key.casefold()  # as Go does: it takes a long s for an s too
        if known in NAMED_ONCE and key != known:
            detail = f"`{known}` must be written in small letters, and once."
            raise CallError("bad_request", detail=detail)


def _refuse_constant(_text: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    """A number that can be said again: 1e999 would be read as infinity."""
    number = float(text)
    if math.isinf(number):
        raise ValueError("too large")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def read_form(wire: str, raw: bytes, headers: Mapping[str, str]) -> Request:
    """Read a form with a file in it (RFC 7578). Raises CallError (400)."""
    model = _model(form_model(raw, headers.get("Content-Type", "")))
    return Request(wire, raw, {}, model, is_stream=False, headers=headers)
