"""What a stream holds back until it has ended well; bounded, for some never end."""

from __future__ import annotations

from aiconnect.wire.http1 import Malformed

MOST_HELD = 64 * 1024 * 1024
"""Bytes. Other choices go on after the first one's end, so it may be much."""


class Held:
    """Bytes in the order in which they came."""

    __slots__ = ("_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def add(self, piece: bytes) -> None:
        """Hold this back too. Raises Malformed where the end should have come long ago."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > MOST_HELD:
            raise Malformed("a stream goes on after its end")

    def take(self) -> bytes:
        """All of it; nothing is held any more."""
        found = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        return found
