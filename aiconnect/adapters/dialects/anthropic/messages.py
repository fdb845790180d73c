"""The wire `anthropic.messages`, both ways, and `anthropic.count_tokens` beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from aiconnect.adapters.chat import Chat, Completion, Written
from aiconnect.adapters.dialects.anthropic import answers, reading, writing
from aiconnect.adapters.dialects.anthropic.events import EventReader
from aiconnect.adapters.dialects.anthropic.passing import PassingStream
from aiconnect.adapters.dialects.anthropic.streaming import EventWriter
from aiconnect.adapters.dialects.anthropic.usage import read_usage
from aiconnect.adapters.dialects.base import Answering, Inbound, Outbound
from aiconnect.adapters.types import ModelCard, Usage
from aiconnect.adapters.values import mapping


class AnthropicMessages(Inbound):
    """`POST /v1/messages` as programs ask it of us."""

    name: ClassVar[str] = "anthropic.messages"

    @override
    def read(self, body: Mapping[str, Any]) -> Chat:
        return reading.chat(body)

    @override
    def complete(self, completion: Completion, answering: Answering) -> dict[str, Any]:
        return answers.write(completion, answering)

    @override
    def writer(self, answering: Answering) -> EventWriter:
        return EventWriter(answering)

    @override
    def prepare(
        self, body: Mapping[str, Any], model_id: str, *, no_stream_options: bool = False
    ) -> dict[str, Any]:
        return {**body, "model": model_id}  # usage is always told

    @override
    def usage(self, answer: Mapping[str, Any]) -> Usage | None:
        return read_usage(mapping(answer.get("usage")))

    @override
    def passing(self, body: Mapping[str, Any]) -> PassingStream:
        return PassingStream()


class AnthropicMessagesOut(Outbound):
    """`POST /v1/messages` as we ask it of Anthropic."""

    name: ClassVar[str] = "anthropic.messages"
    usual_limit: ClassVar[int] = writing.USUAL_LIMIT

    @override
    def write(self, chat: Chat, card: ModelCard) -> Written:
        return writing.write(chat, card)

    @override
    def completion(self, answer: Mapping[str, Any]) -> Completion:
        return answers.read(answer)

    @override
    def reader(self) -> EventReader:
        return EventReader()


class AnthropicCountTokens:
    """`POST /v1/messages/count_tokens`: how large a request would be, without asking it."""

    name: ClassVar[str] = "anthropic.count_tokens"

    def read(self, body: Mapping[str, Any]) -> Chat:
        """The request, which needs no limit. Raises CallError (400) and CannotCarry."""
        return reading.chat(body, needs_limit=False)

    def prepare(self, body: Mapping[str, Any], model_id: str) -> dict[str, Any]:
        """The body for Anthropic."""
        return {**body, "model": model_id}

    def complete(self, tokens: int) -> dict[str, Any]:
        """The answer."""
        return {"input_tokens": tokens}
