"""What is sent made wrong: values of another kind, missing, doubled, huge, deep, half a character.

JSON is made as text: some of it (`1e999`, an abyss of brackets) cannot be said by `json.dumps`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

from tests.fakes.samples import FOLDER

MARK = "\u2620"
RAW = {f'"\\u2620{at}"': text for at, text in enumerate([
    "1e999", "-1e999", "NaN", "1" * 400, "1" * 5000, "-0", "1e-400", "1.0", '"\\u0000"', "4e0",
    *("[" * deep + "]" * deep for deep in (60, 300, 480, 700, 940, 1000, 3000)),
    *('{"a":' * deep + "1" + "}" * deep for deep in (60, 300, 480, 700, 940, 3000)),
    *('[{"type":"text","content":' * deep + "1" + "}]" * deep for deep in (20, 200, 440)),
])}  # fmt: skip
"""How `json.dumps` writes a mark, and what stands in its place."""

SCALARS: tuple[Any, ...] = (
    None, True, False, 0, 1, 2, -1, 0.5, 1.5, 2.5, 1e308, -0.0, 2**31, 2**53 + 1, 2**64, -(2**70),
    "", " ", "\n", "x", "\ud800", "\udfff\ud800", "a\u0000b", "\u2028", "é🙂", "x" * 5000, "{}",
    "{", "[1]", '{"a": 1}', '"', "null", "NaN", "1", "auto", "none", "required", "any", "function",
    "data:image/png;base64,iVBORw0KGgo=", "data:image/png,x", "data:,", "data:", "http://[",
    "ftp://",
    "https://example.org/a.png", "base64", "url", "AAAA", "%00", "../..", "tool", "system",
    "developer",
    "assistant", "user", "high", "5m", "-5m", "9" * 300, "json", "json_schema", "text", "stop",
)  # fmt: skip
MAX_BYTES = 300_000
"""A stream longer than this is cut there."""


@cache
def corpus() -> tuple[Any, ...]:
    """Every JSON value among the samples."""
    return tuple(json.loads(one.read_text("utf-8")) for one in sorted(FOLDER.rglob("*.json")))


@cache
def parts() -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """All that stands anywhere in the samples, and all names there."""
    values = {json.dumps(v): v for one in corpus() for _, _, v in places(one)}
    keys = {key for one in corpus() for _, key, _ in places(one) if isinstance(key, str)}
    small = [v for text, v in sorted(values.items()) if len(text) < 3000]
    return tuple(small), tuple(sorted(keys))


def places(value: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Every (container, key, value) in it."""
    if not isinstance(value, dict | list):
        return
    for key, one in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key, one
        yield from places(one)


def odd(rng: Random) -> Any:
    """A value that fits nowhere, or a right one in a wrong place."""
    match rng.randrange(8):
        case 0:
            return f"{MARK}{rng.randrange(len(RAW))}"
        case 1:
            return rng.choice(
                [[], {}, [[]], [None], [{}], {"type": "x"}, [1, 2], ["a", "b"], {"a": []}]
            )
        case 2 | 3:
            return own(rng.choice(parts()[0]))
        case 4:
            return {rng.choice(parts()[1]): odd(rng) for _ in range(rng.randrange(4))}
        case 5:
            return [odd(rng) for _ in range(rng.randrange(3))]
    return rng.choice(SCALARS)


def own(value: Any) -> Any:
    """The same as a value of one's own to change."""
    return json.loads(json.dumps(value))


def spoilt(rng: Random, value: Any) -> Any:
    """The value with one thing wrong; now and then with several, or with none."""
    value = own(value)
    for _ in range(rng.choice([0, 1, 1, 1, 1, 2, 2, 3, 6])):
        found = list(places(value))
        if not found:
            return odd(rng)
        _spoil(rng, *rng.choice(found))
    return value


def _spoil(rng: Random, container: Any, key: Any, value: Any) -> None:
    match rng.randrange(9):
        case 0:
            del container[key]
        case 1 if isinstance(container, list):
            container.insert(rng.randrange(len(container) + 1), own(value))
        case 1 | 2 if isinstance(container, dict):
            container[rng.choice(parts()[1])] = odd(rng)
        case 3 if isinstance(container, list):
            rng.shuffle(container)
        case 4:
            container[key] = [value]
        case 5:
            container[key] = json.dumps(value) if rng.random() < 0.5 else str(value)
        case 6 if isinstance(value, list) and value:
            container[key] = value[0]
        case _:
            container[key] = odd(rng)


def text_of(value: Any) -> bytes:
    """JSON, with what cannot be a value of ours in the place of its mark."""
    text = json.dumps(value)
    for mark, raw in RAW.items():
        text = text.replace(mark, raw)
    return text.encode()


def garbled(rng: Random, data: bytes) -> bytes:
    """Bytes with some of them changed, lost, doubled or cut off."""
    at, size = rng.randrange(len(data) + 1), rng.randrange(1, 40)
    match rng.randrange(6):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + data[at + size :]
        case 2:
            return data[:at] + data[at : at + size] * 2 + data[at + size :]
        case 3:
            return data[:at] + rng.randbytes(size) + data[at:]
        case 4:
            return data[:at] + rng.choice(BITS) + data[at:]
    return (
        data[:at] + bytes(one ^ 1 << rng.randrange(8) for one in data[at : at + 1]) + data[at + 1 :]
    )


BITS = (
    b"\n", b"\r\n", b"\n\n", b"\r", b"\0", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"data: ",
    b"data:\n\n",
    b": ping\n\n", b"event: error\n", b"data: [DONE]\n\n", b"id: 1\n", b"retry: 0\n\n", b"{}",
    b"[]\n",
    b"data: null\n\n", b"data: {\"error\": {\"message\": \"no\"}}\n\n", b"\"", b"\\u", b"\\ud800",
    b"1e999",
    b"event: message_stop\ndata: {\"type\": \"message_stop\"}\n\n", b"{\"done\": true}\n",
    b"{\"error\": \"x\"}\n",
)  # fmt: skip


def cut(rng: Random, data: bytes) -> list[bytes]:
    """The bytes in pieces: a few, or one by one."""
    if len(data) < 4000 and rng.random() < 0.1:
        return [data[at : at + 1] for at in range(len(data))]
    edges = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(12)))
    return [data[a:b] for a, b in zip([0, *edges], [*edges, len(data)], strict=True)]
