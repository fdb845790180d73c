"""A stream of Ollama's on its way through: nothing is changed, what matters is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from aiconnect.adapters.dialects.base import BYTES_PER_TOKEN, Stream
from aiconnect.adapters.dialects.ollama.counts import read_usage
from aiconnect.adapters.dialects.ollama.errors import error_line, failed
from aiconnect.adapters.values import mapping
from aiconnect.errors import CallError
from aiconnect.wire import ndjson

LONGEST_LAST = 16_384


class Passing(Stream):
    """A line goes on once it is whole; the one with `done` is finish and end mark in one."""

    def __init__(self) -> None:
        self._lines = ndjson.Lines()
        self._plain_bytes = self._plain_lines = self._overhead = 0

    @override
    def feed(self, chunk: bytes) -> bytes:
        if self.done or self.error is not None:
            return b""
        whole = self._lines.cut(chunk)
        out = self._take(whole) if whole else b""
        if not self.finished and self.error is None:
            self._look_ahead()
        return out

    @override
    def end(self) -> bytes:
        held = b"" if self.done else self._lines.rest
        self.done = True
        return held

    @override
    def fail(self, error: CallError, request_id: str) -> bytes:
        return error_line(error, request_id)

    @property
    @override
    def estimated_tokens(self) -> int:
        text = self._plain_bytes - self._plain_lines * self._overhead
        return max(self._plain_lines, text // BYTES_PER_TOKEN)

    def _take(self, whole: bytes) -> bytes:
        if self.started and _is_plain(whole):
            self._plain_bytes += len(whole)
            self._plain_lines += whole.count(b"\n")
            return whole
        return b"".join([self._line(line + b"\n") for line in whole.split(b"\n")[:-1]])

    def _line(self, line: bytes) -> bytes:
        value = _parse(line)
        if self.done or self.error is not None:
            return b""
        if value is None:
            return line
        self.error = failed(value)
        if self.error is not None:
            return b""
        self._look_at(value, len(line))
        return line

    def _look_ahead(self) -> None:
        """A last line without LF waits for it, or for the end of the body."""
        last = last_line(self._lines)
        value = _parse(last) if last else None
        if value is None:
            return
        self.error = failed(value)
        if self.error is None:
            self._look_at(value, len(last))
            self.done = False

    def _look_at(self, value: Mapping[str, Any], size: int) -> None:
        said = _said(value)
        if said:
            self.started = True
            self._plain_lines += 1
            self._plain_bytes += size
            self._overhead = self._overhead or max(size - said, 1)
        if value.get("done") is True:
            self.usage = read_usage(value)
            self.started = self.finished = self.done = True


def last_line(lines: ndjson.Lines) -> bytes:
    """A last line (the end, or an error) that came without LF, once it is whole; else nothing.

    Ollama ends each line, but not everything that imitates it does, and the end of the body would
    look like a cut.
    """
    if not 0 < lines.rest_size <= LONGEST_LAST:
        return b""
    rest = lines.rest
    if not rest.endswith(b"}") or (b'"done"' not in rest and b'"error"' not in rest):
        return b""
    value = _parse(rest)
    if value is None:  # not whole yet
        return b""
    return rest if value.get("done") is True or value.get("error") else b""


def _is_plain(lines: bytes) -> bool:
    """Whether these lines can only carry content: no end, no error.

    Inside a JSON string a quote is escaped, so `"done":` with bare quotes is always a key.
    """
    count = lines.count
    if count(b'"done"') != count(b'"done":false') + count(b'"done": false'):
        return False
    return b'"error"' not in lines


def _parse(line: bytes) -> Mapping[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _said(value: Mapping[str, Any]) -> int:
    """How much a line says, by any endpoint's name for it."""
    message = mapping(value.get("message"))
    words = (message.get("content"), message.get("thinking"), value.get("response"),
             value.get("thinking"))  # fmt: skip
    return sum(len(one) for one in words if isinstance(one, str)) + _called(message)


def _called(message: Mapping[str, Any]) -> int:
    calls = message.get("tool_calls")
    return len(calls) if isinstance(calls, list) else 0
