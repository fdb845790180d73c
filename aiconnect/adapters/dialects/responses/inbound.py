"""The Responses API as programs speak it to us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from aiconnect.adapters.chat import Chat, Completion
from aiconnect.adapters.dialects.base import Answering, Inbound, Stream, Writer
from aiconnect.adapters.dialects.responses import envelope, marks
from aiconnect.adapters.dialects.responses.outputs import whole_output
from aiconnect.adapters.dialects.responses.passing import Passing
from aiconnect.adapters.dialects.responses.reading import read_chat
from aiconnect.adapters.dialects.responses.writing import ResponsesWriter
from aiconnect.adapters.types import Usage
from aiconnect.adapters.usage import read_usage


class Responses(Inbound):
    """`POST /v1/responses`, without state: nothing is kept for a later call."""

    name: ClassVar[str] = "openai.responses"

    @override
    def read(self, body: Mapping[str, Any]) -> Chat:
        return read_chat(body, is_stream=self.is_stream(body))

    @override
    def complete(self, completion: Completion, answering: Answering) -> dict[str, Any]:
        output = whole_output(completion, answering)
        finish, usage = completion.finish, completion.usage
        return envelope.ended(answering, completion.model, output, finish, usage)

    @override
    def writer(self, answering: Answering) -> Writer:
        return ResponsesWriter(answering)

    @override
    def prepare(
        self, body: Mapping[str, Any], model_id: str, *, no_stream_options: bool = False
    ) -> dict[str, Any]:
        """The model's name changes, and what only we understand of an earlier answer goes."""
        prepared = {**body, "model": model_id}
        if "input" in body:
            prepared["input"] = marks.without(body["input"])
        return prepared

    @override
    def usage(self, answer: Mapping[str, Any]) -> Usage | None:
        return read_usage(answer)

    @override
    def passing(self, body: Mapping[str, Any]) -> Stream:
        return Passing()
