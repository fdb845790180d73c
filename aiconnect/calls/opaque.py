"""Calls whose content is not ours to read: pictures, recordings, verdicts of moderation.

Only the model's name is looked for, in JSON or in a form (RFC 7578), and written anew; and what
was used, in the answer.
"""

from __future__ import annotations

import re

from typing_extensions import override

from aiconnect.adapters import media
from aiconnect.adapters.dialects.base import Stream
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError

FORM = "multipart/form-data"
MOST_NAME, MOST_PARTS = 1000, 1000
_BOUNDARY = re.compile(r'(?i)\bboundary=(?:"([^"\r\n]{1,200})"|([^;\s]{1,200}))')
_NAMES_MODEL = re.compile(rb'(?i)\bname="?model"?(?:\s*;|\s*$)', re.MULTILINE)
_ANY_MODEL = re.compile(rb'name(?<!\wname)\s{0,9}=\s{0,9}"?model"?\s{0,9}[;\r\n]')
"""The same wherever it stands: servers do not agree on where a part begins and its name ends."""


class OpaqueStream(Stream):
    """Bytes as they come; the answer has begun with the first, and is whole when the body is."""

    def __init__(self, wire: str = "", usage: Usage | None = None) -> None:
        self.finished = True  # no end mark is known: the end of the body decides
        self.usage = usage
        self._wire, self._tail = wire, b""

    @override
    def feed(self, chunk: bytes) -> bytes:
        self.started = self.started or bool(chunk)
        if self.usage is None:
            self._tail = (self._tail + chunk)[-media.TAIL :]
        return chunk

    @override
    def end(self) -> bytes:
        self.usage = self.usage or media.ended(self._wire, self._tail)
        return b""

    @override
    def fail(self, error: CallError, request_id: str) -> bytes:
        return b""  # an error in words has no place in a recording: the body just ends

    @property
    @override
    def estimated_tokens(self) -> int:
        return 0


def form_model(raw: bytes, content_type: str) -> str:
    """The model that a form names. Raises CallError (400).

    A form with a second one is refused: many servers take the last, which nobody has checked.
    """
    if len(_ANY_MODEL.findall(raw.lower())) > 1:
        raise CallError("bad_request", detail="The form must name `model` once.")
    start, end = _model_field(raw, content_type)
    try:
        return raw[start:end].decode()
    except UnicodeDecodeError:
        raise CallError("bad_request", detail="`model` must be text on one line.") from None


def with_form_model(raw: bytes, content_type: str, model_id: str) -> bytes:
    """The form with the provider's own id of the model."""
    start, end = _model_field(raw, content_type)
    return raw[:start] + model_id.encode("utf-8", "replace") + raw[end:]


def _model_field(raw: bytes, content_type: str) -> tuple[int, int]:
    """Where the value of the field `model` begins and ends."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise CallError("bad_request", detail="The form has no boundary in its Content-Type.")
    line = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    at = raw.find(line)
    for _ in range(MOST_PARTS if at >= 0 else 0):
        following = raw.find(b"\r\n" + line, at + len(line))
        if following < 0:
            break
        # Within this part only: beyond it, a form of many parts would be read anew for each.
        head = raw.find(b"\r\n\r\n", at, following)
        is_model = head >= 0 and _NAMES_MODEL.search(raw[at + len(line) : head])
        if is_model and following - head - 4 <= MOST_NAME:
            return head + 4, following
        at = following + 2
    raise CallError("model_missing")
