"""`/api/embed`, both ways (https://docs.ollama.com/api/embed, read 2026-11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from aiconnect.adapters.chat import Embed, Embedded, Written
from aiconnect.adapters.dialects.embedding import EmbedInbound, EmbedOutbound
from aiconnect.adapters.dialects.ollama.counts import read_usage
from aiconnect.adapters.dialects.ollama.inbound import read_model
from aiconnect.adapters.dialects.ollama.objects import bad, number
from aiconnect.adapters.dialects.ollama.wishes import short
from aiconnect.adapters.types import ModelCard, Usage
from aiconnect.adapters.values import name, positive
from aiconnect.errors import CannotCarry
from aiconnect.wire.http1 import Malformed

KNOWN = {"model", "input", "dimensions"}


class OllamaEmbed(EmbedInbound, EmbedOutbound):
    """`POST /api/embed`: a text or a list of them in, a list of vectors out, always floats."""

    name: ClassVar[str] = "ollama.embed"

    @override
    def read(self, body: Mapping[str, Any]) -> Embed:
        texts = _texts(body.get("input"))
        if not texts:
            raise CannotCarry("an empty input, which loads a model")
        size = body.get("dimensions")
        if size is not None and positive(size) is None:
            raise bad("dimensions", "a whole number above 0")
        return Embed(
            model=read_model(body),
            texts=texts,
            dimensions=positive(size),
            dropped=short(name for name in body if name not in KNOWN),
        )

    @override
    def complete(self, embedded: Embedded, embed: Embed) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "model": embedded.model or embed.model,
            "embeddings": [list(vector) for vector in embedded.vectors],
        }
        if embedded.usage is not None and embedded.usage.input is not None:
            answer["prompt_eval_count"] = embedded.usage.input
        return answer

    @override
    def prepare(self, body: Mapping[str, Any], model_id: str) -> dict[str, Any]:
        return {**body, "model": model_id}

    @override
    def usage(self, answer: Mapping[str, Any]) -> Usage | None:
        return read_usage(answer)

    @override
    def write(self, embed: Embed, card: ModelCard) -> Written:
        size = {} if embed.dimensions is None else {"dimensions": embed.dimensions}
        return Written({"model": card.id, "input": list(embed.texts)} | size)

    @override
    def embedded(self, answer: Mapping[str, Any]) -> Embedded:
        vectors = answer.get("embeddings")
        if not isinstance(vectors, list):
            raise Malformed("no embeddings")
        found = tuple(_vector(one) for one in vectors)
        return Embedded(found, name(answer.get("model")), read_usage(answer))


def _texts(value: object) -> tuple[str, ...]:
    """An empty string is no text, and a list may hold it among others."""
    if value is None or value == "":
        return ()
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise bad("input", "a string or a list of strings")
    return tuple(found)


def _vector(value: object) -> tuple[float, ...]:
    if not isinstance(value, list):
        raise Malformed("no vector")
    found = [number(one) for one in value]
    if None in found:
        raise Malformed("no number in a vector")
    return tuple(one for one in found if one is not None)
