"""The metrics of all processes of a server as one text: each series says whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aiconnect.calls.words import Word

ABOUT = re.compile(r"# (?:HELP|TYPE) ([a-zA-Z_:][\w:]*) ", re.ASCII)
SERIES = re.compile(r"[a-zA-Z_:][\w:]*(?:\{.*\})? [-+.\w]+$", re.ASCII)
"""Other lines are none of ours, and one of them would make Prometheus refuse the whole."""


def merged(words: Iterable[Word]) -> bytes:
    """Prometheus' text of each word, family by family, with a label `process`.

    Counters of a process begin anew with it, so they are not summed here: `sum by` does that, and
    minds a new beginning.
    """
    families: dict[str, list[str]] = {}
    for word in words:
        family: list[str] = []
        for line in word.metrics.split("\n"):
            about = ABOUT.match(line)
            if about:
                family = families.setdefault(about[1], [])
                if line not in family[:2]:
                    family.append(line)
            elif SERIES.match(line):
                family.append(_labelled(line, word.pid))
    return "".join(f"{line}\n" for family in families.values() for line in family).encode()


def _labelled(line: str, pid: int) -> str:
    """`name{...} 1` or `name 1`: a name has neither a brace nor a space in it."""
    label = f'process="{pid}"'
    brace, space = line.find("{"), line.find(" ")
    if 0 < brace < space:
        return f"{line[: brace + 1]}{label},{line[brace + 1 :]}"
    return f"{line[:space]}{{{label}}}{line[space:]}"
