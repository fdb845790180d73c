"""Takes secrets out of text: those that are known, and whatever is shaped like one."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final
from urllib.parse import quote

from typing_extensions import override

from aiconnect.secret import Secret

HIDDEN: Final = "[hidden]"
SHORTEST, SHORTEST_START = 4, 8
"""Shorter secrets, and shorter beginnings of one at the end of a text, are ordinary words."""

# Prefixes of providers' keys and of our own access tokens; `*` because some echo a masked key.
_PREFIXES = (
    "sk-|gsk_|xai-|csk-|fw_|tgp_v1_|pplx-|hf_|nvapi-|esecret_|aic_|AIza|AQ\\."  # words of others
)
_KEY = re.compile(rf"(?<![A-Za-z0-9])(?:{_PREFIXES})[A-Za-z0-9_*.:-]{{6,}}")
_SCHEME = re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',;}]+")
_HEADER = re.compile(
    r"(?i)((?:x-)?(?:goog-)?api[-_]?key[\"']?\s*[:=]\s*[\"']?|authorization[\"']?\s*[:=]\s*[\"']?)"
    r"(?!\[hidden\]|bearer\b|basic\b)[^\s\"',;}&]+"
)
_QUERY = re.compile(r"(?i)([?&](?:key|token|access_token|code|secret|password)=)[^&\s\"'#]+")
_USERINFO = re.compile(r"(://)[^/\s:@]+:[^/\s@]+@")


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """The text without the given secrets and without anything shaped like a key.

    A text that was cut to a length may end within a secret: its beginning is hidden too.
    """
    values = (secret.reveal() for secret in secrets)
    for value in (value for value in values if len(value) >= SHORTEST):
        for spelling in _spellings(value):
            text = _without_start(text.replace(spelling, HIDDEN), spelling)
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    text = _HEADER.sub(rf"\1{HIDDEN}", text)
    text = _QUERY.sub(rf"\1{HIDDEN}", text)
    text = _USERINFO.sub(rf"\1{HIDDEN}@", text)
    return _KEY.sub(HIDDEN, text)


def _spellings(value: str) -> Iterator[str]:
    """How answers write a value: as it is, on one line, in an address, in JSON, in a page."""
    as_json = json.dumps(value)[1:-1]
    in_address = quote(value, safe=""), quote(value)
    yield from dict.fromkeys((
        value, " ".join(value.split()), *in_address,
        as_json, as_json.replace("/", "\\/"), escape(value),
    ))  # fmt: skip


def _without_start(text: str, value: str) -> str:
    sizes = range(min(len(value), len(text)), SHORTEST_START - 1, -1)
    found = next((size for size in sizes if text.endswith(value[:size])), 0)
    return text[: len(text) - found] + HIDDEN if found else text


_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "exc_text"}


class RedactingFilter(logging.Filter):
    """Put on each root handler: no record leaves with a secret in message, fields or traceback."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        try:
            record.msg = redact(record.getMessage())
        except (TypeError, ValueError):
            record.msg = redact(str(record.msg))
        record.args = None
        if record.exc_info:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
            record.exc_info = None  # a formatter would write it again, unredacted
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        self._redact_fields(record)
        return True

    @staticmethod
    def _redact_fields(record: logging.LogRecord) -> None:
        for name, value in vars(record).items():
            if name not in _STANDARD and isinstance(value, str):
                setattr(record, name, redact(value))
