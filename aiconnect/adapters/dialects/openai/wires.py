"""OpenAI's chat completions: as programs speak them to us, and as we speak them to providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from aiconnect.adapters.chat import Chat, Completion, Written
from aiconnect.adapters.dialects.base import Answering, Inbound, Outbound, Reader, Stream, Writer
from aiconnect.adapters.dialects.openai import answers, reading, writing
from aiconnect.adapters.dialects.openai.fields import object_of
from aiconnect.adapters.dialects.openai.passing import Passing
from aiconnect.adapters.dialects.openai.reader import ChatReader
from aiconnect.adapters.dialects.openai.writer import ChatWriter
from aiconnect.adapters.types import ModelCard, Usage
from aiconnect.adapters.usage import read_usage


class PassingInbound(Inbound):
    """What the wires share where the provider speaks them too."""

    @override
    def prepare(
        self, body: Mapping[str, Any], model_id: str, *, no_stream_options: bool = False
    ) -> dict[str, Any]:
        options = object_of(body, "stream_options")
        prepared = {**body, "model": model_id}
        if not self.is_stream(body):
            return prepared
        if no_stream_options:
            prepared.pop("stream_options", None)
            return prepared
        return {**prepared, "stream_options": {**options, "include_usage": True}}

    @override
    def usage(self, answer: Mapping[str, Any]) -> Usage | None:
        return read_usage(answer)

    @override
    def passing(self, body: Mapping[str, Any]) -> Stream:
        return Passing(wants_usage=reading.wants_usage(body))


class OpenAIChat(PassingInbound):
    """POST /chat/completions as programs call it."""

    name = "openai.chat"

    @override
    def read(self, body: Mapping[str, Any]) -> Chat:
        return reading.read(body)

    @override
    def complete(self, completion: Completion, answering: Answering) -> dict[str, Any]:
        return answers.write(completion, answering)

    @override
    def writer(self, answering: Answering) -> Writer:
        return ChatWriter(answering)


class OpenAIChatOut(Outbound):
    """POST /chat/completions as OpenAI and its imitators take it."""

    name = "openai.chat"

    @override
    def write(self, chat: Chat, card: ModelCard) -> Written:
        return writing.write(chat, card)

    @override
    def completion(self, answer: Mapping[str, Any]) -> Completion:
        return answers.read(answer)

    @override
    def reader(self) -> Reader:
        return ChatReader()
