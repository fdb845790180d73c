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
    """The first event of a sample stream."""
    return json.loads(sample(name).split("\n", 1)[0].removeprefix("data:"))
