"""Ids for calls of tools that have none: Ollama's and Gemini's callers pair by name and order."""

from __future__ import annotations

from collections.abc import Sequence

from aiconnect.adapters.chat import ToolResult, ToolUse


class Pairing:
    """Gives each call of a conversation an id, and each result that of the call it answers."""

    def __init__(self) -> None:
        self._made = 0
        self._open: list[tuple[str, str]] = []  # id, name

    def open(self, uses: Sequence[ToolUse]) -> list[str]:
        """The ids of an answer's calls, their own where they have one."""
        if uses:  # what was not answered before the next answer never is
            self._open = [(use.id or self._new(), use.name) for use in uses]
        return [call_id for call_id, _ in self._open] if uses else []

    def close(self, result: ToolResult) -> str:
        """The id of the call that this answers: its own, that of its name, or the next one."""
        if result.id:
            self._open = [one for one in self._open if one[0] != result.id]
            return result.id
        by_name = (one for one in self._open if one[1] == result.name)
        found = next(by_name, self._open[0] if self._open else None)
        if found is None:
            return self._new()
        self._open.remove(found)
        return found[0]

    def _new(self) -> str:
        self._made += 1
        return f"call_{self._made}"
