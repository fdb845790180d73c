"""What a dialect's file offers. All of it is pure: values and bytes in, values and bytes out.

A *wire* is one endpoint's format, named `dialect.endpoint`. Three roles meet in a call:

- `Inbound` is a wire as programs speak it to us. Where the provider speaks it too, the bytes pass
  through (`prepare`, `usage`, `passing`); otherwise it is read into values and the answer is
  written from values (`read`, `complete`, `writer`).
- `Outbound` is a wire as we speak it to a provider: `write`, `completion`, `reader`.
- `Translated` is a stream that is read by an Outbound and written by an Inbound.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from typing_extensions import override

from aiconnect.adapters.chat import (
    Chat,
    Completion,
    Counted,
    Delta,
    Ended,
    Failed,
    Finished,
    RefusalDelta,
    SignatureDelta,
    Started,
    TextDelta,
    ThinkingDelta,
    ToolArguments,
    Written,
)
from aiconnect.adapters.refusing import MODEL
from aiconnect.adapters.refusing import of as refused_by
from aiconnect.adapters.types import ModelCard, Usage
from aiconnect.errors import CallError
from aiconnect.wire.http1 import Malformed

BYTES_PER_TOKEN = 4
MOST_BYTES = 256 * 1024 * 1024
"""Of one translated stream: some readers and writers keep what was said until its end."""
SSE = "text/event-stream; charset=utf-8"
NDJSON = "application/x-ndjson"


class Stream(ABC):
    """One streamed answer on its way: the provider's body bytes in, the caller's out.

    `started`: the caller-visible answer has begun (a role or an id alone is no beginning);
    `finished`: the provider has said that the answer is complete, so the end of the body is no
    cut; `done`: its end mark has been seen; `error`: it has reported an error, after which
    nothing goes on; `usage`: the latest count; `refused`: who refused the content (see
    adapters.refusing), "" for nobody.

    Whatever tells the caller that the answer is complete (finish reason, end mark, `done: true`)
    is held back until the stream has ended well, so that a cut answer never looks finished.
    """

    started = False
    finished = False
    done = False
    usage: Usage | None = None
    error: Failed | None = None
    refused = ""

    @abstractmethod
    def feed(self, chunk: bytes) -> bytes:
        """Bytes for the caller. Raises wire.http1.Malformed on what cannot be this wire."""

    def passes(self, whole: bytes) -> bool:  # noqa: ARG002 (most wires have none)
        """Whether `feed` would give these very bytes and change nothing but counts; counts them.

        A short cut for what most of a stream is made of: `feed` takes what it says no to.
        """
        return False

    @abstractmethod
    def end(self) -> bytes:
        """The body has ended and `finished` is true: what was held back."""

    @abstractmethod
    def fail(self, error: CallError, request_id: str) -> bytes:
        """The one error event that ends a stream after its first content."""

    @property
    @abstractmethod
    def estimated_tokens(self) -> int:
        """A guess at the output so far, from its size; 0 before the first content."""


class Reader(ABC):
    """A provider's stream into deltas, however its bytes are cut."""

    @abstractmethod
    def feed(self, chunk: bytes) -> list[Delta]:
        """The deltas that are whole by now. Raises wire.http1.Malformed."""

    def end(self) -> list[Delta]:
        """What the end of the body says, where the wire has no end mark of its own."""
        return []


class Writer(ABC):
    """Deltas into a caller's stream."""

    @abstractmethod
    def write(self, delta: Delta) -> bytes:
        """Started, text, thoughts, refusals and tool calls; never what ends an answer."""

    @abstractmethod
    def end(self, finish: Finished, usage: Usage | None) -> bytes:
        """The stream has ended well: finish, usage where the caller wants it, end mark."""

    @abstractmethod
    def fail(self, error: CallError, request_id: str) -> bytes:
        """The error event after content."""


@dataclass(frozen=True, slots=True)
class Answering:
    """What a writer needs beside the deltas.

    `id` is the call's; `model` the provider's own id of the model, for providers that do not say
    it; `created` seconds since the epoch; `elapsed_ns` nanoseconds since the call began.
    """

    id: str
    model: str
    created: int
    chat: Chat
    elapsed_ns: Callable[[], int]


class Inbound(ABC):
    """A chat wire as programs speak it to us."""

    name: ClassVar[str]
    stream_type: ClassVar[str] = SSE

    def is_stream(self, body: Mapping[str, Any]) -> bool:
        """Whether the answer is to be streamed. Raises CallError (400)."""
        stream = body.get("stream")
        if not isinstance(stream, bool | None):
            raise CallError("bad_request", detail="`stream` must be true or false.")
        return bool(stream)

    # --- where the provider speaks something else

    @abstractmethod
    def read(self, body: Mapping[str, Any]) -> Chat:
        """Raises CallError (400) on what is malformed, CannotCarry on what only this wire has."""

    @abstractmethod
    def complete(self, completion: Completion, answering: Answering) -> dict[str, Any]:
        """A whole answer in this wire's words."""

    @abstractmethod
    def writer(self, answering: Answering) -> Writer:
        """Writes one streamed answer."""

    # --- where the provider speaks it too

    @abstractmethod
    def prepare(
        self, body: Mapping[str, Any], model_id: str, *, no_stream_options: bool = False
    ) -> dict[str, Any]:
        """The body for the provider: only the model's name changes, and what asks for usage."""

    @abstractmethod
    def usage(self, answer: Mapping[str, Any]) -> Usage | None:
        """What a whole answer states; None where it states nothing."""

    @abstractmethod
    def passing(self, body: Mapping[str, Any]) -> Stream:
        """A stream that goes through unchanged; `body` is the caller's request."""


class Outbound(ABC):
    """A chat wire as we speak it to providers.

    `usual_limit` is how many tokens of output are asked for where nobody has said a limit and the
    wire wants one; 0 where it wants none.
    """

    name: ClassVar[str]
    usual_limit: ClassVar[int] = 0

    @abstractmethod
    def write(self, chat: Chat, card: ModelCard) -> Written:
        """The request for this model; `card` is what is known of it (at least its `id`).

        Raises CannotCarry where something that was asked for has no place here.
        """

    @abstractmethod
    def completion(self, answer: Mapping[str, Any]) -> Completion:
        """A whole answer as values. Raises Malformed on what is none."""

    @abstractmethod
    def reader(self) -> Reader:
        """Reads one streamed answer."""


class Translated(Stream):
    """A provider's stream in the caller's own dialect."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader, self._writer = reader, writer
        self._finish: Finished | None = None
        self._bytes = self._deltas = self._taken = 0

    @override
    def feed(self, chunk: bytes) -> bytes:
        self._taken += len(chunk)
        if self._taken > MOST_BYTES:
            raise Malformed("a stream without end")
        return b"".join([self._take(delta) for delta in self._reader.feed(chunk)])

    @override
    def end(self) -> bytes:
        last = b"".join([self._take(delta) for delta in self._reader.end()])
        return last if self.done else last + self._close()

    @override
    def fail(self, error: CallError, request_id: str) -> bytes:
        return self._writer.fail(error, request_id)

    @property
    @override
    def estimated_tokens(self) -> int:
        return max(self._deltas, self._bytes // BYTES_PER_TOKEN)

    def _take(self, delta: Delta) -> bytes:
        if self.error is not None or self.done:
            return b""
        if isinstance(delta, TextDelta | ThinkingDelta | RefusalDelta | ToolArguments):
            self._bytes += len(delta.text.encode("utf-8", "replace"))
            self._deltas += 1
            return self._say(delta)
        if isinstance(delta, Counted):
            self.usage = delta.usage
        elif isinstance(delta, Finished):
            self._finish = delta
            self.started = self.finished = True
            self.refused = refused_by(delta.finish, says_no=bool(self.refused))
        elif isinstance(delta, Failed):
            self.error = delta
        elif isinstance(delta, Ended):
            return self._close()
        else:
            return self._say(delta)
        return b""

    def _say(self, delta: Delta) -> bytes:
        if isinstance(delta, RefusalDelta):
            self.refused = MODEL
        self.started = self.started or not isinstance(delta, Started | SignatureDelta)
        return self._writer.write(delta)

    def _close(self) -> bytes:
        self.done = self.finished = True
        return self._writer.end(self._finish or Finished("stop"), self.usage)
