"""Pages that are sent as they are made."""

from __future__ import annotations

from collections.abc import Iterator

MARK = "<!-- shown -->"
"""A template writes it where what has been made so far should be seen."""


def by_steps(pieces: Iterator[str]) -> Iterator[str]:
    """Join the many pieces of a template up to each mark, so that each step is one write."""
    made: list[str] = []
    for piece in pieces:
        made.append(piece)
        if MARK in piece:
            yield "".join(made)
            made.clear()
    yield "".join(made)
