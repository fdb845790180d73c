"""Deltas as the stream that OpenAI's callers read."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from aiconnect.adapters.chat import (
    Delta,
    Finished,
    RefusalDelta,
    SignatureDelta,
    Started,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolArguments,
    ToolStart,
)
from aiconnect.adapters.dialects.base import Answering, Writer
from aiconnect.adapters.dialects.openai import counts, reasoning
from aiconnect.adapters.dialects.openai.answers import call_id
from aiconnect.adapters.dialects.openai.errors import DONE, error_event, event
from aiconnect.adapters.dialects.openai.uses import written_signature
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError


class ChunkWriter(Writer):
    """What the streams of chats and of the older completions share: the chunk around a choice."""

    kind = "chat.completion.chunk"
    prefix = "chatcmpl"

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._id, self._model = f"{self.prefix}-{answering.id}", answering.model

    def begin(self, delta: Started) -> None:
        """Take over what the provider calls the answer and the model."""
        self._id, self._model = delta.id or self._id, delta.model or self._model

    def chunk(self, *choices: dict[str, Any], **more: Any) -> bytes:
        """One event."""
        head = {
            "id": self._id,
            "object": self.kind,
            "created": self._answering.created,
            "model": self._model,
        }
        return event({**head, "choices": list(choices), **more})

    def close(self, usage: Usage | None) -> bytes:
        """Usage where the caller asked for it, and the end mark."""
        is_asked = usage is not None and self._answering.chat.wants_usage
        return (self.chunk(usage=counts.written(usage)) if usage and is_asked else b"") + DONE

    @override
    def fail(self, error: CallError, request_id: str) -> bytes:
        return error_event(error, request_id)


class ChatWriter(ChunkWriter):
    """The role first, then a chunk for each delta.

    A signature comes as an entry of OpenRouter's `reasoning_details` that holds the whole block
    again, so that a caller who keeps the list can send it back as it was.
    """

    def __init__(self, answering: Answering) -> None:
        super().__init__(answering)
        self._is_begun = False
        self._shows = answering.chat.shows_thinking is not False
        self._thought: list[str] = []
        self._blocks = 0
        self._silent: set[int] = set()  # calls without arguments so far

    @override
    def write(self, delta: Delta) -> bytes:
        if isinstance(delta, Started):
            self.begin(delta)
        said = self._said(delta)
        role = b"" if self._is_begun else self._delta({"role": "assistant", "content": ""})
        self._is_begun = True
        return role + (self._delta(said) if said else b"")

    @override
    def end(self, finish: Finished, usage: Usage | None) -> bytes:
        role = b"" if self._is_begun else self.write(Started())
        # No arguments are an empty object: callers parse what they got.
        empty = b"".join(self._delta(_arguments(index, "{}")) for index in sorted(self._silent))
        return role + empty + self._delta({}, finish.finish) + self.close(usage)

    def _delta(self, said: dict[str, Any], finish: str | None = None) -> bytes:
        return self.chunk({"index": 0, "delta": said, "logprobs": None, "finish_reason": finish})

    def _said(self, delta: Delta) -> dict[str, Any]:
        match delta:
            case TextDelta():
                return {"content": delta.text}
            case RefusalDelta():
                return {"refusal": delta.text}
            case ThinkingDelta() | SignatureDelta():
                return self._thinking(delta) if self._shows else {}
            case ToolStart():
                self._silent.add(delta.index)
                return self._start(delta)
            case ToolArguments():
                self._silent.discard(delta.index)
                return _arguments(delta.index, delta.text)
        return {}

    def _thinking(self, delta: ThinkingDelta | SignatureDelta) -> dict[str, Any]:
        if isinstance(delta, ThinkingDelta):
            self._thought.append(delta.text)
            return {"reasoning_content": delta.text}
        text = "" if delta.redacted else "".join(self._thought)
        block = Thinking(text, delta.signature, delta.redacted)
        self._blocks += 1
        self._thought = []
        return {"reasoning_details": [reasoning.detail(block, self._blocks - 1)]}

    def _start(self, delta: ToolStart) -> dict[str, Any]:
        call = {
            "index": delta.index,
            "id": delta.id or call_id(self._answering, delta.index),
            "type": "function",
            "function": {"name": delta.name, "arguments": ""},
        }
        return {"tool_calls": [call | written_signature(delta.signature)]}


def _arguments(index: int, text: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, "function": {"arguments": text}}]}
