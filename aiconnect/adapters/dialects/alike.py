"""Events like one that was seen, but for their texts: they are known without being read."""

from __future__ import annotations

import re

CHANCES = 8
"""Events may differ in more than texts each time: then it is not worth looking any further."""
# OpenAI adds `obfuscation`, random letters that hide how long a text is (its API reference).
_TEXTS = re.compile(
    rb'"(?:content|text|thinking|reasoning|reasoning_content|obfuscation)": ?"([^"\r\n]*)"'
)


class Alike:
    """What is around the texts of an event that only carries content.

    The texts of another one have no bare quote and no line end: so each is inside its JSON string
    of one event, whatever it says, and all else is as it was.
    """

    __slots__ = ("_after", "_before", "_chances")

    def __init__(self) -> None:
        self._before = b""
        self._after: tuple[bytes, ...] = ()
        self._chances = CHANCES

    def learn(self, event: bytes) -> None:
        """Remember an event of which is known that it only carries content."""
        if self._chances == 0 or event.find(b"\n\n") != len(event) - 2 or b"\r" in event:
            return
        self._chances -= 1
        edges = [edge for text in _TEXTS.finditer(event) for edge in text.span(1)]
        if not edges or event.find(b"\n", edges[0]) != len(event) - 2:
            return
        self._before = event[: edges[0]]
        ends = [*edges[2::2], len(event)]
        self._after = tuple(event[a:b] for a, b in zip(edges[1::2], ends, strict=True))

    def has(self, event: bytes) -> bool:
        """Whether this is one event, and differs from the one that was learnt in texts only."""
        if not self._before or not event.startswith(self._before):
            return False
        end = first = len(self._before)
        for part in self._after:
            start = event.find(b'"', end)
            if start < 0 or not event.startswith(part, start):
                return False
            end = start + len(part)
        if end != len(event) or event.find(b"\n", first) != end - 2 or b"\r" in event:
            return False
        self._chances = CHANCES
        return True
