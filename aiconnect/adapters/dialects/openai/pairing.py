"""Ids for calls of tools that have none: Ollama's and Gemini's callers pair by name and order."""

from __future__ import annotations

from collections.abc import Sequence

from aiconnect.adapters.chat import ToolResult, ToolUse
from aiconnect.adapters.dialects.unanswered import Unanswered


class Pairing:
    """Gives each call of a conversation an id, and each result that of the call it answers."""

    def __init__(self) -> None:
        self._made = 0
        self._open = Unanswered()

    def open(self, uses: Sequence[ToolUse]) -> list[str]:
        """The ids of an answer's calls, their own where they have one."""
        ids = [use.id or self._new() for use in uses]
        if ids:  # what was not answered before the next answer never is
            self._open = Unanswered()
        for call_id, use in zip(ids, uses, strict=True):
            self._open.add(call_id, use.name)
        return ids

    def close(self, result: ToolResult) -> str:
        """The id of the call that this answers: its own, that of its name, or the next one."""
        found = result.id or self._open.first_of(result.name) or self._open.first or self._new()
        self._open.take(found)
        return found

    def _new(self) -> str:
        self._made += 1
        return f"call_{self._made}"
