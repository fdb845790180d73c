"""Blocks of a stream in one line: each is closed before the next opens.

Providers may write several calls side by side. The first block is written at once; those behind
it wait until it is whole.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiconnect.adapters.dialects.anthropic.errors import event

MOST_LOOKS = 100
"""How often the arguments of a call are tried; one that is never whole waits for the end."""


@dataclass(slots=True, eq=False)
class Block:
    """What opens it, and the deltas that wait; a call's arguments so far.

    `is_sealed`: nothing more belongs to it; `is_closed`: its end is written.
    """

    opening: dict[str, Any]
    waiting: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    looks: int = 0
    is_sealed: bool = False
    is_closed: bool = False

    @property
    def kind(self) -> str:
        return str(self.opening["type"])

    def is_whole(self) -> bool:
        """Whether its end has come; text and thoughts end where something else begins."""
        if self.kind != "tool_use":
            return True
        if self.looks >= MOST_LOOKS or not self.said or not self.said[-1].rstrip().endswith("}"):
            return False
        self.looks += 1
        return _is_object("".join(self.said))


class Line:
    """The blocks that are not closed yet; the first of them is being written."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._index = 0

    def last(self, kind: str) -> Block | None:
        """The last block, where more of this kind belongs to it."""
        last = self._blocks[-1] if self._blocks else None
        return last if last is not None and last.kind == kind and not last.is_sealed else None

    def add(self, block: Block) -> bytes:
        """One more block."""
        self._blocks.append(block)
        return self._open() if len(self._blocks) == 1 else self._move_on()

    def say(self, block: Block, delta: dict[str, Any]) -> bytes:
        """More of a block."""
        if block.is_closed:
            return b""
        if block is not self._blocks[0]:
            block.waiting.append(delta)
            return b""
        return self._delta(delta) + self._move_on()

    def close(self) -> bytes:
        """The answer is over, and so is every block."""
        written = [self._shift() for _ in self._blocks[1:]]
        return b"".join(written) + (self._stop() if self._blocks else b"")

    def _move_on(self) -> bytes:
        written = b""
        while len(self._blocks) > 1 and self._blocks[0].is_whole():
            written += self._shift()
        return written

    def _shift(self) -> bytes:
        return self._stop() + self._open()

    def _open(self) -> bytes:
        first = self._blocks[0]
        waiting, first.waiting = first.waiting, []
        opened = self._event("content_block_start", content_block=first.opening)
        return opened + b"".join([self._delta(delta) for delta in waiting])

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return self._event("content_block_delta", delta=delta)

    def _stop(self) -> bytes:
        self._blocks.pop(0).is_closed = True
        stopped = self._event("content_block_stop")
        self._index += 1
        return stopped

    def _event(self, kind: str, **more: Any) -> bytes:
        return event(kind, {"type": kind, "index": self._index, **more})


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
