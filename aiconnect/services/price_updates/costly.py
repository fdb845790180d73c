"""Patterns that take for ever: Python's matching has no limit of time, so they are not taken."""

from __future__ import annotations

import re._parser as parser  # type: ignore[import-not-found]  # typeshed has it as sre_parse
from collections.abc import Iterator
from typing import Any

REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
CHOICES = frozenset({"BRANCH", "GROUPREF"})
MOST = 4
"""Repeats of many times in one pattern: each multiplies the steps by the length of a name."""


def is_costly(pattern: str) -> bool:
    """Whether a text may keep it busy: a choice within a repeat, or many repeats.

    Raises re.error for what is no pattern.
    """
    repeats = list(_repeats(parser.parse(pattern)))
    return len(repeats) > MOST or any(_has_choice(inner) for inner in repeats)


def _repeats(tree: Any) -> Iterator[Any]:
    """What is repeated more than once, wherever in the pattern."""
    for operation, argument in tree:
        if _is_repeat(operation) and argument[1] > 1:
            yield argument[2]
        for part in _parts(operation, argument):
            yield from _repeats(part)


def _has_choice(tree: Any) -> bool:
    """Whether it may fit the same text in several ways."""
    return any(
        _is_choice(operation, argument)
        or any(_has_choice(part) for part in _parts(operation, argument))
        for operation, argument in tree
    )


def _is_choice(operation: Any, argument: Any) -> bool:
    return str(operation) in CHOICES or (_is_repeat(operation) and argument[0] != argument[1])


def _is_repeat(operation: Any) -> bool:
    return str(operation) in REPEATS


def _parts(operation: Any, argument: Any) -> list[Any]:
    """The patterns within one."""
    match str(operation):
        case "SUBPATTERN" | "ASSERT" | "ASSERT_NOT":
            return [argument[-1]]
        case name if name in REPEATS:
            return [argument[-1]]
        case "BRANCH":
            return list(argument[1])
        case "ATOMIC_GROUP":
            return [argument]
        case "GROUPREF_EXISTS":
            return [one for one in argument[1:] if one is not None]
    return []
