"""Names of own prices with `*` and `?` in them: which of them fit a model, the nearest first."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

WILD = re.compile(r"[*?]")


def is_pattern(name: str) -> bool:
    """Whether a name stands for many models."""
    return WILD.search(name) is not None


def means(name: str, connection: str, model: str) -> bool:
    """Whether the name of an own price may be about this model."""
    full = f"{connection}/{model}"
    if is_pattern(name):
        return _matches(name, full) or _matches(name, model)
    return name in {full, model}


@dataclass(frozen=True, slots=True)
class Names:
    """Patterns as they are meant where these connections are."""

    connections: frozenset[str]

    def fitting(self, patterns: Iterable[str], connection: str, model: str) -> list[str]:
        """Those of `connection/…` before those of every connection; the longest text first."""
        found = [one for one in patterns if self.fits(one, connection, model)]
        return sorted(found, key=lambda one: (not self.is_scoped(one), -_text(one), one))

    def fits(self, pattern: str, connection: str, model: str) -> bool:
        """Whether a pattern means this model; with a connection before the slash, there alone."""
        full = f"{connection}/{model}"
        if self.is_scoped(pattern):
            return pattern.startswith(f"{connection}/") and _matches(pattern, full)
        return _matches(pattern, model) or ("/" in pattern and _matches(pattern, full))

    def is_scoped(self, pattern: str) -> bool:
        """Whether it names the connection that it is about."""
        first, slash, _ = pattern.partition("/")
        return bool(slash) and first in self.connections


def _text(pattern: str) -> int:
    """How much of it is no wildcard."""
    return len(WILD.sub("", pattern))


def _matches(pattern: str, name: str) -> bool:
    return _compiled(pattern).fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Without sets of letters, which fnmatch would see in brackets."""
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))
