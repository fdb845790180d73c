"""`batchEmbedContents` (https://ai.google.dev/api/embeddings, read 2026-11)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from aiconnect.adapters.chat import Embed, Embedded, Written
from aiconnect.adapters.dialects.embedding import EmbedOutbound
from aiconnect.adapters.dialects.gemini.answers import usage_of
from aiconnect.adapters.types import ModelCard
from aiconnect.adapters.values import entries, name
from aiconnect.wire.http1 import Malformed

NEAR = 1e-3
"""How far a length may be from 1 and still be no more than rounding."""


class GeminiEmbeddings(EmbedOutbound):
    """One request per text; each names the model again."""

    name = "gemini.embeddings"

    @override
    def write(self, embed: Embed, card: ModelCard) -> Written:
        same: dict[str, Any] = {"model": f"models/{card.id.removeprefix('models/')}"}
        if embed.dimensions is not None:
            same["outputDimensionality"] = embed.dimensions
        asked = [same | {"content": {"parts": [{"text": text}]}} for text in embed.texts]
        return Written({"requests": asked})

    @override
    def embedded(self, answer: Mapping[str, Any]) -> Embedded:
        found = answer.get("embeddings")
        if not isinstance(found, list) or len(entries(found)) != len(found):
            raise Malformed("no list of embeddings")
        vectors = tuple(_unit(_vector(one.get("values"))) for one in found)
        return Embedded(vectors, name(answer.get("modelVersion")), usage_of(answer))


def _vector(values: object) -> tuple[float, ...]:
    if not isinstance(values, list) or not all(_is_number(value) for value in values):
        raise Malformed("an embedding that is no list of numbers")
    try:
        return tuple(map(float, values))
    except OverflowError:
        raise Malformed("an embedding with a number beyond any") from None


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)


def _unit(vector: tuple[float, ...]) -> tuple[float, ...]:
    """A vector of length 1, as OpenAI's are.

    gemini-embedding-001 gives these only in its full size (docs/embeddings, 2026-11); an answer
    does not say which model it is from, and to others this changes nothing.
    """
    length = math.hypot(*vector)
    if length == 0 or not math.isfinite(length) or abs(length - 1) < NEAR:
        return vector
    return tuple(value / length for value in vector)
