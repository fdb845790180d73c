"""How many tokens a text is likely to be, by its script: where no provider has counted.

No tokenizer is asked: they are large, differ from model to model, and most are not to be had.
The weights are between those of two that are (cl100k and Qwen's; tests/adapters hold the counts).
What is made from them is always marked as estimated, and never said of hidden thoughts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

PICTURE = 1000
"""Tokens of a picture, about what most models make of one of a million dots."""
MESSAGE = 4
"""Tokens around each message: who speaks, and where it ends."""

WORDS = {
    "content", "text", "input", "prompt", "system", "instructions", "thinking", "reasoning",
    "reasoning_content", "arguments", "refusal", "response", "output", "name", "description",
    "thought", "partial_json", "suffix", "title", "enum",
}  # fmt: skip
"""Under which keys of requests and answers there is something that a model reads or writes.

Not there: ids, roles, signatures, encrypted thoughts, sound and pictures.
"""
OBJECTS = {"parameters", "input_schema", "args", "schema", "properties"}
PICTURES = {"image_url", "image", "images", "inline_data", "inlineData", "source"}
_PIECES = re.compile(
    r"(?P<latin>[A-Za-z]+)|(?P<digits>[0-9]+)|(?P<space> +)|(?P<gap>\s+)"
    r"|(?P<sign>[!-/:-@\[-`{-~]+)|(?P<accented>[\u00aa-\u024f]+)|(?P<cyrillic>[\u0400-\u052f]+)"
    r"|(?P<cjk>[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+)"
    r"|(?P<letters>[^\W\d_]+)|(?P<other>.)",
    re.DOTALL,
)
MILLI = 1000
EACH = {"accented": 700, "cyrillic": 450, "cjk": 800, "letters": 750, "other": 1800}
"""Thousandths of a token, each letter; other alphabets are Greek, Arabic, those of India, …"""
SHORT_WORD, LONGER = 4, 170
SIGNS, GAP = 700, 700


def tokens(text: str) -> int:
    """At least 1 for any text that is not empty."""
    if not text:
        return 0
    weights = (_weight(str(one.lastgroup), len(one[0])) for one in _PIECES.finditer(text))
    return max(1, (sum(weights) + MILLI // 2) // MILLI)


def said(value: object) -> int:
    """Tokens of what a request asks, or an answer says: a JSON value, as it was read.

    Only what stands under a known key counts, so that no error's text or id becomes a token.
    """
    return sum(_counts(value))


def said_in(body: bytes) -> int:
    """The same for JSON that was not read yet; 0 for anything else."""
    try:
        return said(json.loads(body))
    except (ValueError, RecursionError):
        return 0


def _weight(kind: str, length: int) -> int:
    match kind:
        case "latin":
            return MILLI + max(0, length - SHORT_WORD) * LONGER
        case "digits":
            return (length + 1) // 2 * MILLI
        case "sign":
            return (length + 1) // 2 * SIGNS
        case "space":
            return 0 if length == 1 else MILLI
        case "gap":
            return GAP
        case _:
            return length * EACH[kind]


def _counts(value: object) -> Iterator[int]:
    """A walk without recursion: bodies may be nested to the brim."""
    left: list[tuple[str, Any]] = [("", value)]
    while left:
        key, one = left.pop()
        if isinstance(one, str):
            yield tokens(one) if key in WORDS else 0
        elif isinstance(one, dict):
            yield _around(one)
            left.extend(_inside(key, one))
        elif isinstance(one, list):
            left.extend((key, entry) for entry in one)


def _inside(key: str, one: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Pictures are counted, not read; schemas are read with all of their names."""
    if key in OBJECTS:
        yield from (("name", name) for name in one)
    for name, value in one.items():
        if name not in PICTURES or not isinstance(value, str | dict):
            yield (key if key in OBJECTS and isinstance(value, dict) else name), value


def _around(one: dict[str, Any]) -> int:
    pictures = sum(isinstance(one.get(name), str | dict) for name in PICTURES)
    return pictures * PICTURE + (MESSAGE if "role" in one else 0)
