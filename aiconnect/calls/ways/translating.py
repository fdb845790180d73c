"""The provider speaks another wire than the caller: both ways are translated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from typing_extensions import override

from aiconnect.adapters.dialects.base import Answering, Stream, Translated
from aiconnect.adapters.refusing import in_completion
from aiconnect.adapters.wires import EMBEDDINGS_IN, EMBEDDINGS_OUT, INBOUND, OUTBOUND
from aiconnect.calls.ways.base import Way, Whole, dump, unknown_shape
from aiconnect.errors import CannotCarry
from aiconnect.wire.http1 import Malformed
from aiconnect.wire.types import Reply

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Translating(Way):
    """The provider speaks another wire than the caller."""

    wire: str = ""
    answering: Answering | None = None

    @override
    def whole(self, reply: Reply) -> Whole:
        completion = _checked(lambda: OUTBOUND[self.wire].completion(self._answer(reply)), reply)
        assert self.answering is not None  # noqa: S101 (given wherever one is made)
        said = INBOUND[self.request.wire].complete(completion, self.answering)
        return Whole(dump(said), completion.usage, refused=in_completion(completion))

    @override
    def stream(self) -> Stream:
        assert self.answering is not None  # noqa: S101 (given wherever one is made)
        writer = INBOUND[self.request.wire].writer(self.answering)
        return Translated(OUTBOUND[self.wire].reader(), writer)


@dataclass(frozen=True, slots=True)
class TranslatingEmbeddings(Way):
    """The same for embeddings, which are never streamed."""

    wire: str = ""

    @override
    def whole(self, reply: Reply) -> Whole:
        found = _checked(lambda: EMBEDDINGS_OUT[self.wire].embedded(self._answer(reply)), reply)
        said = EMBEDDINGS_IN[self.request.wire].complete(found, self.request.embed)
        return Whole(dump(said), found.usage, text=False)

    @override
    def stream(self) -> Stream:
        raise CannotCarry("streamed embeddings")


def _checked(read: Callable[[], Found], reply: Reply) -> Found:
    """What a translator reads, where it can: an answer of another shape is the provider's fault."""
    try:
        return read()
    except Malformed:
        raise unknown_shape(reply) from None
