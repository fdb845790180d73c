"""One measurement as a value, and many of them as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run showed. `kind` is whole, streams or start; `at_once` counts connections."""

    kind: str
    who: str
    case: str
    at_once: int
    round: int
    figures: Mapping[str, float]


def write(path: Path, measurements: Iterable[Measured]) -> None:
    """One JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for one in measurements:
            file.write(json.dumps(asdict(one)) + "\n")


def read(path: Path) -> list[Measured]:
    """What `write` wrote."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Measured(**json.loads(line)) for line in lines]
