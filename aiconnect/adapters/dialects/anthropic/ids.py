"""Ids of tool calls as Anthropic takes them: `^[a-zA-Z0-9_-]+$`, and every result names one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from aiconnect.adapters.chat import Message, Part, ToolResult, ToolUse
from aiconnect.adapters.dialects.unanswered import Unanswered

STRANGE = re.compile(r"[^a-zA-Z0-9_-]")


def with_ids(messages: Iterable[Message]) -> list[Message]:
    """The messages with an id for every call, and results that name theirs.

    Some wires give no ids: a result belongs to the first open call of its name then.
    """
    naming = _Naming()
    return [
        replace(message, parts=tuple(naming.named(part) for part in message.parts))
        for message in messages
    ]


class _Naming:
    """The calls so far; `_open` are those that no result has named yet."""

    def __init__(self) -> None:
        self._made = 0
        self._open = Unanswered()

    def named(self, part: Part) -> Part:
        if isinstance(part, ToolUse):
            return replace(part, id=self._call(part))
        if isinstance(part, ToolResult):
            return replace(part, id=self._result(part))
        return part

    def _call(self, call: ToolUse) -> str:
        self._made += 1
        found = STRANGE.sub("_", call.id) or f"call_{self._made}"
        self._open.add(found, call.name)
        return found

    def _result(self, result: ToolResult) -> str:
        wanted = STRANGE.sub("_", result.id)
        of_name = self._open.first_of(result.name) if result.name else self._open.first
        found = wanted or of_name or f"call_{self._made}"
        self._open.take(found)
        return found
