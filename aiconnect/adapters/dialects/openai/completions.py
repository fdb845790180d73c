"""The older text completions, which are one message of the user to every provider without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from aiconnect.adapters.chat import (
    Chat,
    Completion,
    Delta,
    Finished,
    Message,
    Refusal,
    RefusalDelta,
    Started,
    Text,
    TextDelta,
)
from aiconnect.adapters.dialects.base import Answering, Writer
from aiconnect.adapters.dialects.openai import answers, reading
from aiconnect.adapters.dialects.openai.fields import bad, dropped, flag, text_of, whole
from aiconnect.adapters.dialects.openai.wires import PassingInbound
from aiconnect.adapters.dialects.openai.writer import ChunkWriter
from aiconnect.adapters.types import Usage
from aiconnect.errors import CannotCarry

KNOWN = {
    "model", "prompt", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k",
    "stop", "presence_penalty", "frequency_penalty", "seed", "user", "safety_identifier",
    "stream", "stream_options", "n", "echo", "best_of", "logprobs", "suffix",
}  # fmt: skip
KIND = "text_completion"


class OpenAICompletions(PassingInbound):
    """POST /completions as programs call it."""

    name = "openai.completions"

    @override
    def read(self, body: Mapping[str, Any]) -> Chat:
        reading.refuse_more(body)
        _refuse_only_here(body)
        return Chat(
            model=text_of(body, "model"),
            messages=(Message("user", (Text(_prompt(body.get("prompt"))),)),),
            dropped=dropped(body, KNOWN),
            **reading.common(body),
        )

    @override
    def complete(self, completion: Completion, answering: Answering) -> dict[str, Any]:
        said = (part.text for part in completion.parts if isinstance(part, Text | Refusal))
        choice = _choice("".join(said), _finish(completion.finish))
        return answers.envelope(completion, answering, KIND, "cmpl", choice)

    @override
    def writer(self, answering: Answering) -> Writer:
        return CompletionWriter(answering)


class CompletionWriter(ChunkWriter):
    """Only text has a place here."""

    kind = KIND
    prefix = "cmpl"

    @override
    def write(self, delta: Delta) -> bytes:
        if isinstance(delta, Started):
            self.begin(delta)
        if isinstance(delta, TextDelta | RefusalDelta):
            return self.chunk(_choice(delta.text, None))
        return b""

    @override
    def end(self, finish: Finished, usage: Usage | None) -> bytes:
        return self.chunk(_choice("", _finish(finish.finish))) + self.close(usage)


def _choice(text: str, finish: str | None) -> dict[str, Any]:
    return {"text": text, "index": 0, "logprobs": None, "finish_reason": finish}


def _finish(finish: str) -> str:
    return "stop" if finish == "tool_calls" else finish


def _prompt(stated: object) -> str:
    if isinstance(stated, list) and len(stated) == 1:
        stated = stated[0]
    if isinstance(stated, str):
        return stated
    if not isinstance(stated, list) or not stated:
        raise bad("`prompt` must be a string.")
    raise CannotCarry("several prompts or prompts of token ids")


def _refuse_only_here(body: Mapping[str, Any]) -> None:
    best_of = whole(body, "best_of")
    asked = {
        "`echo`": flag(body, "echo"),
        "`best_of` above 1": best_of is not None and best_of > 1,
        "`logprobs`": body.get("logprobs") is not None,
        "`suffix`": text_of(body, "suffix"),
    }
    for what, is_asked in asked.items():
        if is_asked:
            raise CannotCarry(what)
