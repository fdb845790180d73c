"""OpenAI's embeddings, both ways."""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from aiconnect.adapters.chat import Embed, Embedded, Written
from aiconnect.adapters.dialects.embedding import EmbedInbound, EmbedOutbound
from aiconnect.adapters.dialects.openai import counts
from aiconnect.adapters.dialects.openai.fields import bad, dropped, text_of, whole
from aiconnect.adapters.types import ModelCard, Usage
from aiconnect.adapters.usage import read_usage
from aiconnect.adapters.values import name
from aiconnect.errors import CannotCarry
from aiconnect.wire.http1 import Malformed

KNOWN = {"model", "input", "dimensions", "encoding_format"}
BYTES = 4  # of one number in base64: little-endian float32
LARGEST = 3.4028234663852886e38  # that it can hold
Vector = tuple[float, ...]


class OpenAIEmbeddings(EmbedInbound, EmbedOutbound):
    """POST /embeddings as programs call it, and as providers take it."""

    name = "openai.embeddings"

    @override
    def read(self, body: Mapping[str, Any]) -> Embed:
        encoding = text_of(body, "encoding_format") or "float"
        if encoding not in ("float", "base64"):
            raise bad("`encoding_format` must be float or base64.")
        dimensions = whole(body, "dimensions")
        if dimensions is not None and dimensions < 1:
            raise bad("`dimensions` must be at least 1.")
        return Embed(
            text_of(body, "model"),
            _texts(body.get("input")),
            dimensions,
            as_base64=encoding == "base64",
            dropped=dropped(body, KNOWN),
        )

    @override
    def complete(self, embedded: Embedded, embed: Embed) -> dict[str, Any]:
        write = _as_base64 if embed.as_base64 else list[float]
        prompt = counts.prompt_tokens(embedded.usage) if embedded.usage else 0
        return {
            "object": "list",
            "data": [
                {"object": "embedding", "index": index, "embedding": write(vector)}
                for index, vector in enumerate(embedded.vectors)
            ],
            "model": embedded.model or embed.model,
            "usage": {"prompt_tokens": prompt, "total_tokens": prompt},
        }

    @override
    def prepare(self, body: Mapping[str, Any], model_id: str) -> dict[str, Any]:
        return {**body, "model": model_id}

    @override
    def usage(self, answer: Mapping[str, Any]) -> Usage | None:
        return read_usage(answer)

    @override
    def write(self, embed: Embed, card: ModelCard) -> Written:
        size = {} if embed.dimensions is None else {"dimensions": embed.dimensions}
        return Written({"model": card.id, "input": list(embed.texts), **size})

    @override
    def embedded(self, answer: Mapping[str, Any]) -> Embedded:
        stated = answer.get("data")
        if not isinstance(stated, list) or not stated:
            raise Malformed("an answer without vectors")
        found = [_entry(one) for one in stated]
        return Embedded(_in_order(found), name(answer.get("model")), read_usage(answer))


def _texts(stated: object) -> tuple[str, ...]:
    found = [stated] if isinstance(stated, str) else stated
    if not isinstance(found, list) or not found:
        raise bad("`input` must be a string or a list of strings.")
    if not all(isinstance(one, str) for one in found):
        raise CannotCarry("texts as token ids")
    return tuple(found)


def _entry(one: object) -> tuple[object, Vector]:
    if not isinstance(one, dict):
        raise Malformed("a vector that is no object")
    return one.get("index"), _vector(one.get("embedding"))


def _vector(stated: object) -> Vector:
    if isinstance(stated, str):
        return _from_base64(stated)
    if not isinstance(stated, list) or not all(map(_is_number, stated)):
        raise Malformed("a vector that is no list of numbers")
    return tuple(float(one) for one in stated)


def _is_number(one: object) -> bool:
    if isinstance(one, bool) or not isinstance(one, int | float):
        return False
    return math.isfinite(one) if isinstance(one, float) else abs(one) < 2**63


def _in_order(found: list[tuple[object, Vector]]) -> tuple[Vector, ...]:
    """By `index`; as they came where none has one. Raises Malformed on other numbering."""
    vectors = {index: vector for index, vector in found if isinstance(index, int)}
    if not vectors:
        return tuple(vector for _, vector in found)
    if len(vectors) < len(found) or set(vectors) != set(range(len(found))):
        raise Malformed("vectors that are not numbered from 0")
    return tuple(vectors[index] for index in range(len(found)))


def _from_base64(stated: str) -> Vector:
    try:
        packed = base64.b64decode(stated, validate=True)
        vector = struct.unpack(f"<{len(packed) // BYTES}f", packed)
    except (ValueError, struct.error):
        raise Malformed("a vector in broken base64") from None
    if not all(map(math.isfinite, vector)):
        raise Malformed("a vector with numbers that are none")
    return vector


def _as_base64(vector: Vector) -> str:
    fitting = [max(-LARGEST, min(LARGEST, number)) for number in vector]
    return base64.b64encode(struct.pack(f"<{len(fitting)}f", *fitting)).decode()
