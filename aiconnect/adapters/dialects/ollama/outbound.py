"""`/api/chat` as we speak it to Ollama: the request, and its answer read into values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from aiconnect.adapters.chat import (
    Chat,
    Completion,
    Counted,
    Delta,
    Ended,
    Finish,
    Finished,
    Said,
    Started,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolArguments,
    ToolStart,
    ToolUse,
    Written,
)
from aiconnect.adapters.dialects.base import Outbound, Reader
from aiconnect.adapters.dialects.ollama import asking
from aiconnect.adapters.dialects.ollama.counts import read_usage
from aiconnect.adapters.dialects.ollama.errors import failed
from aiconnect.adapters.dialects.ollama.objects import write_object
from aiconnect.adapters.dialects.ollama.passing import last_line
from aiconnect.adapters.dialects.ollama.writing import write_messages, write_tools
from aiconnect.adapters.types import ModelCard
from aiconnect.adapters.values import entries, mapping, moment, name
from aiconnect.errors import CannotCarry
from aiconnect.ids import uuid7
from aiconnect.wire import ndjson
from aiconnect.wire.http1 import Malformed


class OllamaChatOut(Outbound):
    """`POST /api/chat`."""

    name: ClassVar[str] = "ollama.chat"

    @override
    def write(self, chat: Chat, card: ModelCard) -> Written:
        if chat.logprobs:
            raise CannotCarry("`logprobs`")  # no answer as values has a place for them
        body: dict[str, Any] = {"model": card.id, "messages": write_messages(chat)}
        tools, options = write_tools(chat), asking.options(chat)
        if tools:
            body["tools"] = tools
        if options:
            body["options"] = options
        body |= asking.shape(chat) | asking.think(chat, card) | {"stream": chat.is_stream}
        return Written(body, asking.dropped(chat, card))

    @override
    def completion(self, answer: Mapping[str, Any]) -> Completion:
        if answer.get("done") is False or not isinstance(answer.get("message"), dict):
            raise Malformed("no whole answer of Ollama's")
        parts = (*_said(answer["message"]),)
        made = moment(answer.get("created_at"))
        return Completion(
            parts=parts,
            finish=_finish(answer, calls=any(isinstance(part, ToolUse) for part in parts)),
            model=name(answer.get("model")),
            usage=read_usage(answer),
            created=int(made.timestamp()) if made else None,
        )

    @override
    def reader(self) -> Reader:
        return LineReader()


class LineReader(Reader):
    """Lines into deltas; the one with `done` is the end, and a body without it was cut."""

    def __init__(self) -> None:
        self._lines = ndjson.Lines()
        self._has_begun = self._is_over = False
        self._calls = 0

    @override
    def feed(self, chunk: bytes) -> list[Delta]:
        if self._is_over:
            return []
        found = [delta for line in self._lines.take(chunk) for delta in self._read(line)]
        last = last_line(self._lines)
        return [*found, *self._read(last)] if last else found

    def _read(self, line: bytes) -> Iterator[Delta]:
        if self._is_over:
            return
        value = ndjson.decode(line)
        error = failed(value)
        if error is not None:
            self._is_over = True
            yield error
            return
        if not self._has_begun:
            self._has_begun = True
            yield Started(model=name(value.get("model")))
        yield from self._deltas(_said(mapping(value.get("message"))))
        if value.get("done") is True:
            self._is_over = True
            yield from self._end(value)

    def _deltas(self, parts: Iterable[Said]) -> Iterator[Delta]:
        for part in parts:
            match part:
                case Text(text):
                    yield TextDelta(text)
                case Thinking(text):
                    yield ThinkingDelta(text)
                case ToolUse(id_, called, arguments):
                    yield ToolStart(self._calls, id_, called)
                    yield ToolArguments(self._calls, arguments)
                    self._calls += 1

    def _end(self, value: Mapping[str, Any]) -> Iterator[Delta]:
        usage = read_usage(value)
        if usage is not None:
            yield Counted(usage)
        yield Finished(_finish(value, calls=self._calls > 0))
        yield Ended()


def _said(message: Mapping[str, Any]) -> Iterator[Said]:
    """What a message, or one line's part of it, says. Raises Malformed on a call of nothing."""
    thinking, content = message.get("thinking"), message.get("content")
    if isinstance(thinking, str) and thinking:
        yield Thinking(thinking)
    if isinstance(content, str) and content:
        yield Text(content)
    for call in entries(message.get("tool_calls")):
        yield _call(call)


def _call(call: Mapping[str, Any]) -> ToolUse:
    """Older versions give a call no id; programs of other dialects need one."""
    function = mapping(call.get("function"))
    called, arguments = function.get("name"), write_object(function.get("arguments"))
    if not isinstance(called, str) or not called or arguments is None:
        raise Malformed("a call of no tool")
    given = call.get("id")
    made = given if isinstance(given, str) and given else f"call_{uuid7().replace('-', '')}"
    return ToolUse(made, called, arguments)


def _finish(value: Mapping[str, Any], *, calls: bool) -> Finish:
    """Ollama says `stop` after calls too, and `load` or `unload` where nothing was asked."""
    if value.get("done_reason") == "length":
        return "length"
    return "tool_calls" if calls else "stop"
