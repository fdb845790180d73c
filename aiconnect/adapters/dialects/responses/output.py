"""Output items while they are written: each tells its events, and at last itself.

An event is a type and its fields; `sequence_number` is added where it is sent. Source:
platform.openai.com/docs/api-reference/responses-streaming, 2026-11.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from typing_extensions import override

from aiconnect.adapters.chat import RefusalDelta, SignatureDelta, TextDelta, ToolStart
from aiconnect.adapters.dialects.responses import marks

Event = tuple[str, dict[str, Any]]
Item = dict[str, Any]

LOOKS = 8  # how often a call is read to see whether it is whole: it may be megabytes long

TEXT, REFUSAL = "output_text", "refusal"


class Output(ABC):
    """One item of the output. `index` is its place, `id` its own."""

    prefix: ClassVar[str]

    def __init__(self, item_id: str, index: int) -> None:
        self.id, self.index = item_id, index

    def begin(self) -> list[Event]:
        """Announce it, with nothing in it."""
        return [self._told("response.output_item.added", item=self.item("in_progress"))]

    def end(self, status: str) -> list[Event]:
        """Close what is open in it, then itself."""
        closing = self._close()
        return [*closing, self._told("response.output_item.done", item=self.item(status))]

    def ended(self, status: str) -> Item:
        """The item as it is when it has ended."""
        self.end(status)
        return self.item(status)

    def is_whole(self) -> bool:
        """Whether it can end as it is, when something else begins."""
        return True

    @abstractmethod
    def item(self, status: str) -> Item:
        """What it is by now."""

    @abstractmethod
    def _close(self) -> list[Event]:
        """The events that end its content."""

    def _told(self, kind: str, **fields: Any) -> Event:
        return kind, {"output_index": self.index, **fields}

    def _inside(self, kind: str, **fields: Any) -> Event:
        return self._told(kind, item_id=self.id, **fields)


class Message(Output):
    """A message: texts and refusals, each a part of its own."""

    prefix = "msg"

    def __init__(self, item_id: str, index: int) -> None:
        super().__init__(item_id, index)
        self._parts: list[tuple[str, list[str]]] = []

    def add(self, delta: TextDelta | RefusalDelta) -> list[Event]:
        """More of it; a part of the other kind begins a new one."""
        kind = TEXT if isinstance(delta, TextDelta) else REFUSAL
        opening = [] if self._is_open(kind) else self._open(kind)
        self._parts[-1][1].append(delta.text)
        more: Item = {"logprobs": []} if kind == TEXT else {}
        return [*opening, self._content(f"response.{kind}.delta", delta=delta.text, **more)]

    @override
    def item(self, status: str) -> Item:
        content = [_part(kind, "".join(pieces)) for kind, pieces in self._parts]
        return {
            "id": self.id,
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": content,
        }

    def _is_open(self, kind: str) -> bool:
        return bool(self._parts) and self._parts[-1][0] == kind

    def _open(self, kind: str) -> list[Event]:
        closing = self._close()
        self._parts.append((kind, []))
        return [*closing, self._content("response.content_part.added", part=_part(kind, ""))]

    @override
    def _close(self) -> list[Event]:
        if not self._parts:
            return []
        kind, pieces = self._parts[-1]
        part = _part(kind, "".join(pieces))
        fields = {key: value for key, value in part.items() if key not in ("type", "annotations")}
        return [
            self._content(f"response.{kind}.done", **fields),
            self._content("response.content_part.done", part=part),
        ]

    def _content(self, kind: str, **fields: Any) -> Event:
        return self._inside(kind, content_index=len(self._parts) - 1, **fields)


class Thought(Output):
    """Thoughts, as the summary of a reasoning item."""

    prefix = "rs"

    def __init__(self, item_id: str, index: int) -> None:
        super().__init__(item_id, index)
        self._pieces: list[str] = []
        self._sealed: str | None = None
        self.is_sealed = False

    def add(self, text: str) -> list[Event]:
        """More of it."""
        opening = [] if self._pieces else [self._part_event("added", "")]
        self._pieces.append(text)
        return [*opening, self._summary("response.reasoning_summary_text.delta", delta=text)]

    def seal(self, delta: SignatureDelta) -> None:
        """Nothing comes after its signature."""
        self._sealed = marks.sealed(delta.signature, delta.redacted)
        self.is_sealed = True

    @override
    def item(self, status: str) -> Item:
        summary = [_summary("".join(self._pieces))] if self._pieces else []
        item = {"id": self.id, "type": "reasoning", "summary": summary}
        is_told = self._sealed is not None and status != "in_progress"
        return item | ({"encrypted_content": self._sealed} if is_told else {})

    @override
    def _close(self) -> list[Event]:
        if not self._pieces:
            return []
        text = "".join(self._pieces)
        done = self._summary("response.reasoning_summary_text.done", text=text)
        return [done, self._part_event("done", text)]

    def _part_event(self, what: str, text: str) -> Event:
        return self._summary(f"response.reasoning_summary_part.{what}", part=_summary(text))

    def _summary(self, kind: str, **fields: Any) -> Event:
        return self._inside(kind, summary_index=0, **fields)


class Call(Output):
    """A call of a function. A call without arguments is one with an empty object."""

    prefix = "fc"

    def __init__(self, item_id: str, index: int, start: ToolStart) -> None:
        super().__init__(item_id, index)
        self._start = start
        self._pieces: list[str] = []
        self._looks = 0

    def add(self, text: str) -> list[Event]:
        """More of its arguments."""
        self._pieces.append(text)
        return [self._inside("response.function_call_arguments.delta", delta=text)]

    @override
    def is_whole(self) -> bool:
        self._looks += 1
        return self._looks <= LOOKS and _is_object("".join(self._pieces))

    @override
    def item(self, status: str) -> Item:
        item = {
            "id": self.id,
            "type": "function_call",
            "status": status,
            "call_id": self._start.id or f"call_{self.id.removeprefix('fc_')}",
            "name": self._start.name,
            "arguments": "".join(self._pieces),
        }
        return item | marks.beside(self._start.signature)

    @override
    def _close(self) -> list[Event]:
        return list(self._closing())

    def _closing(self) -> Iterator[Event]:
        if not "".join(self._pieces).strip():
            yield from self.add("{}")
        whole = "".join(self._pieces)
        yield self._inside("response.function_call_arguments.done", arguments=whole)


def _part(kind: str, text: str) -> Item:
    if kind == REFUSAL:
        return {"type": REFUSAL, "refusal": text}
    return {"type": TEXT, "text": text, "annotations": [], "logprobs": []}


def _summary(text: str) -> Item:
    return {"type": "summary_text", "text": text}


def _is_object(text: str) -> bool:
    if not text.rstrip().endswith("}"):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
