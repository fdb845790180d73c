"""Events that are like one that was seen, but for a text: they are known without being read."""

from __future__ import annotations

import re

CHANCES = 8
"""Events may differ in more than a text each time: then it is not worth looking any further."""
_SAID = re.compile(rb'"(?:content|text|thinking|reasoning|reasoning_content)": ?"([^"\r\n]*)"')
_TEXT = re.compile(rb'[^"\r\n]*')


class Alike:
    """What comes before and after the text of an event that only carries content.

    The text of another one has no bare quote and no line end: so it is inside one JSON string of
    one event, whatever it says, and all else is as it was.
    """

    __slots__ = ("_after", "_before", "_chances")

    def __init__(self) -> None:
        self._before = self._after = b""
        self._chances = CHANCES

    def learn(self, event: bytes) -> None:
        """Remember an event of which is known that it only carries content."""
        if self._chances == 0 or event.find(b"\n\n") != len(event) - 2:
            return
        self._chances -= 1
        said = _SAID.search(event)
        if said is not None:
            self._before, self._after = event[: said.start(1)], event[said.end(1) :]

    def has(self, event: bytes) -> bool:
        """Whether this is one event, and differs from the one that was learnt in its text only."""
        before, after = self._before, self._after
        if not before or not event.startswith(before) or not event.endswith(after):
            return False
        end = len(event) - len(after)
        if end < len(before) or not _TEXT.fullmatch(event, len(before), end):
            return False
        self._chances = CHANCES
        return True
