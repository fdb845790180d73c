"""The output items of one answer, in the order in which they began."""

from __future__ import annotations

from collections.abc import Iterator

from aiconnect.adapters.chat import (
    Completion,
    Delta,
    Finish,
    Refusal,
    RefusalDelta,
    Said,
    SignatureDelta,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolArguments,
    ToolStart,
)
from aiconnect.adapters.dialects.base import Answering
from aiconnect.adapters.dialects.responses.envelope import Item, item_id, status_of
from aiconnect.adapters.dialects.responses.output import Call, Event, Message, Output, Thought

Taken = tuple[Output, list[Event]]


class Outputs:
    """Puts each delta into the item that it belongs to, or begins a new one."""

    def __init__(self, answering: Answering) -> None:
        self.items: list[Output] = []
        self._answering = answering
        self._calls: dict[int, Call] = {}

    def take(self, delta: Delta) -> Taken | None:
        """The item and its new events; None for what says nothing."""
        match delta:
            case TextDelta() | RefusalDelta() if delta.text:
                return self._say(delta)
            case ThinkingDelta() if delta.text:
                return self._think(delta)
            case SignatureDelta() if delta.signature or delta.redacted:
                return self._seal(delta)
            case ToolStart():
                return self._start(delta)
            case ToolArguments() if delta.text and delta.index in self._calls:
                call = self._calls[delta.index]
                return call, call.add(delta.text)
        return None

    def _say(self, delta: TextDelta | RefusalDelta) -> Taken:
        last = self.items[-1] if self.items else None
        if isinstance(last, Message):
            return last, last.add(delta)
        new = Message(*self._place(Message))
        return new, [*self._begin(new), *new.add(delta)]

    def _think(self, delta: ThinkingDelta) -> Taken:
        thought, beginning = self._thought()
        return thought, [*beginning, *thought.add(delta.text)]

    def _seal(self, delta: SignatureDelta) -> Taken:
        thought, beginning = self._thought()
        thought.seal(delta)
        return thought, beginning

    def _thought(self) -> tuple[Thought, list[Event]]:
        last = self.items[-1] if self.items else None
        if isinstance(last, Thought) and not last.is_sealed:
            return last, []
        new = Thought(*self._place(Thought))
        return new, self._begin(new)

    def _start(self, delta: ToolStart) -> Taken:
        call = self._calls[delta.index] = Call(*self._place(Call), delta)
        return call, self._begin(call)

    def _place(self, kind: type[Output]) -> tuple[str, int]:
        index = len(self.items)
        return item_id(kind.prefix, self._answering, index), index

    def _begin(self, item: Output) -> list[Event]:
        self.items.append(item)
        return item.begin()


def whole_output(completion: Completion, answering: Answering) -> list[Item]:
    """The items of a whole answer."""
    outputs = Outputs(answering)
    for number, part in enumerate(completion.parts):
        for delta in _deltas(part, number):
            outputs.take(delta)
    return [item.ended(last_status(item, outputs, completion.finish)) for item in outputs.items]


def last_status(item: Output, outputs: Outputs, finish: Finish) -> str:
    """An answer that is incomplete is so because of its last item."""
    return status_of(finish) if item is outputs.items[-1] else "completed"


def _deltas(part: Said, number: int) -> Iterator[Delta]:
    match part:
        case Text():
            yield TextDelta(part.text)
        case Refusal():
            yield RefusalDelta(part.text)
        case Thinking():
            yield ThinkingDelta(part.text)
            yield SignatureDelta(part.signature, part.redacted)
        case _:
            yield ToolStart(number, part.id, part.name, part.signature)
            yield ToolArguments(number, part.arguments)
