"""Counts of tokens, where a provider gives them for nothing."""

from __future__ import annotations

from typing_extensions import override

from aiconnect.adapters.dialects.base import Stream
from aiconnect.adapters.dialects.gemini import counting as gemini
from aiconnect.adapters.types import Usage
from aiconnect.adapters.wires import COUNTERS_IN
from aiconnect.calls.plan import Attempt
from aiconnect.calls.ways.base import Way, Whole, dump, unknown_shape
from aiconnect.errors import CannotCarry
from aiconnect.wire.types import Reply

COUNT, COUNT_GEMINI = "anthropic.count_tokens", "gemini.count_tokens"
NOTHING_USED = Usage(input=0, output=0)


class Counter(Way):
    """A count of tokens: it costs nothing, and so no tokens are written down."""

    @override
    def whole(self, reply: Reply) -> Whole:
        answer = self._answer(reply)
        if self.attempt.opened.door(COUNT) is not None:
            return Whole(reply.body, NOTHING_USED)
        found = gemini.read_count(answer)
        if found is None:
            raise unknown_shape(reply)
        return Whole(dump(COUNTERS_IN[COUNT].complete(found)), NOTHING_USED)

    @override
    def stream(self) -> Stream:
        raise CannotCarry("streamed counts")


def counts(attempt: Attempt) -> bool:
    """Whether the provider of this attempt counts tokens for nothing."""
    return any(attempt.opened.door(wire, attempt.model_id) for wire in (COUNT, COUNT_GEMINI))
