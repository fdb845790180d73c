"""`/api/chat` and `/api/generate` as programs speak them to us."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from aiconnect.adapters.chat import Chat, Completion, Message, Text
from aiconnect.adapters.dialects.base import NDJSON, Answering, Inbound, Stream, Writer
from aiconnect.adapters.dialects.ollama.answers import (
    LineWriter,
    Says,
    in_chat,
    in_generate,
    whole,
)
from aiconnect.adapters.dialects.ollama.counts import read_usage
from aiconnect.adapters.dialects.ollama.objects import bad
from aiconnect.adapters.dialects.ollama.passing import Passing
from aiconnect.adapters.dialects.ollama.reading import read_messages, read_tools, said, string
from aiconnect.adapters.dialects.ollama.wishes import read_wishes
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError, CannotCarry


class LineWire(Inbound):
    """What both have in common: a stream of lines, unless it is declined."""

    stream_type: ClassVar[str] = NDJSON

    @property
    @abstractmethod
    def says(self) -> Says:
        """How this endpoint says text, thoughts and calls."""

    @override
    def is_stream(self, body: Mapping[str, Any]) -> bool:
        return body.get("stream") is None or super().is_stream(body)

    @override
    def complete(self, completion: Completion, answering: Answering) -> dict[str, Any]:
        return whole(self.says, completion, answering)

    @override
    def writer(self, answering: Answering) -> Writer:
        return LineWriter(self.says, answering)

    @override
    def prepare(
        self, body: Mapping[str, Any], model_id: str, *, no_stream_options: bool = False
    ) -> dict[str, Any]:
        return {**body, "model": model_id}

    @override
    def usage(self, answer: Mapping[str, Any]) -> Usage | None:
        return read_usage(answer)

    @override
    def passing(self, body: Mapping[str, Any]) -> Stream:
        return Passing()


class OllamaChat(LineWire):
    """`POST /api/chat`."""

    name: ClassVar[str] = "ollama.chat"

    @property
    @override
    def says(self) -> Says:
        return in_chat

    @override
    def read(self, body: Mapping[str, Any]) -> Chat:
        messages = read_messages(body.get("messages"))
        if not messages:
            raise CannotCarry("an empty list of messages, which loads or unloads a model")
        return Chat(
            model=read_model(body),
            messages=messages,
            tools=read_tools(body.get("tools")),
            is_stream=self.is_stream(body),
            **read_wishes(body, ("messages", "tools")),
        )


ONLY_HERE = ("suffix", "template", "context", "raw")
"""Fields of `/api/generate` that change what is asked, and have a place nowhere else."""


class OllamaGenerate(LineWire):
    """`POST /api/generate`."""

    name: ClassVar[str] = "ollama.generate"

    @property
    @override
    def says(self) -> Says:
        return in_generate

    @override
    def read(self, body: Mapping[str, Any]) -> Chat:
        for field in ONLY_HERE:
            if body.get(field):
                raise CannotCarry(f"`{field}`")
        asked = (*said(body, "prompt"),)
        if not asked:
            raise CannotCarry("an empty prompt, which loads or unloads a model")
        system = string(body, "system")
        told = (Message("system", (Text(system),)),) if system else ()
        return Chat(
            model=read_model(body),
            messages=(*told, Message("user", asked)),
            is_stream=self.is_stream(body),
            **read_wishes(body, ("prompt", "system", "images", *ONLY_HERE)),
        )


def read_model(body: Mapping[str, Any]) -> str:
    """Raises CallError where no model is named."""
    model = body.get("model")
    if not isinstance(model, str | None):
        raise bad("model", "a string")
    if not model:
        raise CallError("model_missing")
    return model
