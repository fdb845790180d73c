"""Calls of tools in a stream: fragments by index, whole ones, ones without index or id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiconnect.adapters.chat import ToolArguments, ToolStart
from aiconnect.adapters.dialects.openai.uses import arguments_of, signature_of
from aiconnect.adapters.values import entries, mapping
from aiconnect.wire.http1 import Malformed

OLDER = "function_call"


@dataclass(slots=True)
class _Call:
    index: int
    key: object
    id: str = ""
    name: str = ""
    early: str = ""  # arguments that came before the name
    is_started: bool = False


class Calls:
    """The calls of one answer. A call begins where its name is known."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_key: dict[object, _Call] = {}

    @property
    def any(self) -> bool:
        return bool(self._calls)

    def read(self, delta: Mapping[str, Any]) -> Iterator[ToolStart | ToolArguments]:
        """The deltas of a chunk's fragments. Raises Malformed."""
        for one in entries(delta.get("tool_calls")):
            index = one.get("index")
            key = index if isinstance(index, int) else None
            yield from self._fragment(one, key, mapping(one.get("function")))
        older = mapping(delta.get(OLDER))
        if older:
            yield from self._fragment({}, OLDER, older)

    def close(self) -> None:
        """The answer is finished. Raises Malformed where a call never said its name."""
        if not all(call.is_started for call in self._calls):
            raise Malformed("a tool call without a name")

    def _fragment(
        self, one: Mapping[str, Any], key: object, function: Mapping[str, Any]
    ) -> Iterator[ToolStart | ToolArguments]:
        call = self._find(key, _text(one.get("id")), _text(function.get("name")))
        call.early += _arguments(function)
        if not call.name:
            return
        if not call.is_started:
            call.is_started = True
            yield ToolStart(call.index, call.id, call.name, signature_of(one))
        if call.early:
            text, call.early = call.early, ""
            yield ToolArguments(call.index, text)

    def _find(self, key: object, call_id: str, name: str) -> _Call:
        """The call that a fragment belongs to, a new one where it belongs to none.

        Some hosts give every call the index 0, or none at all: then another id begins another.
        """
        call = self._current(key)
        if call is None or _is_another(call, key, call_id, name):
            call = _Call(len(self._calls), key)
            self._calls.append(call)
            self._by_key[key] = call
        call.id = call.id or call_id
        call.name = call.name or name
        return call

    def _current(self, key: object) -> _Call | None:
        if key is not None:
            return self._by_key.get(key)
        return self._calls[-1] if self._calls else None


def _is_another(call: _Call, key: object, call_id: str, name: str) -> bool:
    if call_id and call.id:
        return call_id != call.id
    return key is None and bool(name and call.name)


def _arguments(function: Mapping[str, Any]) -> str:
    try:
        return arguments_of(function)
    except ValueError:
        raise Malformed("arguments nested too deep") from None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
