"""Reads the sample payloads."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "samples"


@cache
def sample(name: str) -> str:
    """A sample as text: `openai/models.json`."""
    return (FOLDER / name).read_text(encoding="utf-8")


def sample_json(name: str) -> Any:
    """A sample as a value of one's own to change."""
    return json.loads(sample(name))


def first_event(name: str) -> Any:
    """The first event of a sample stream; comments before it do not count."""
    lines = sample(name).splitlines()
    found = next(line for line in lines if line.startswith("data:"))
    return json.loads(found.removeprefix("data:"))


def sample_headers(name: str) -> dict[str, str]:
    """The headers that a host sends with its answers; a wait belongs to refusals only."""
    pairs = (line.split(": ", 1) for line in sample(name).splitlines() if line)
    return {name: value for name, value in pairs if not name.startswith("retry-after")}
