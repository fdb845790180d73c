"""One streamed answer on its way to the caller, without I/O: wire bytes in, caller's bytes out.

The mid-stream contract lives here. Before the first content nothing is given to the caller, so a
failure is an ordinary error, or the next attempt. After it, a failure is one error event and the
end of the body: no finish reason, no end mark.
"""

from __future__ import annotations

from aiconnect.adapters.chat import Failed
from aiconnect.calls.failing import call_error, said_in_stream
from aiconnect.calls.plan import Attempt
from aiconnect.errors import CallError, ProviderError
from aiconnect.gateway.tries import Sent, Tries
from aiconnect.wire.http1 import Body, Cut, Malformed
from aiconnect.wire.relay import Exchange

HELD_BYTES = 1024 * 1024  # of comments and roles before the first content


class NotAStream(Exception):
    """The provider answered with something else than a stream; `first` is what came of its body."""

    def __init__(self, first: bytes) -> None:
        super().__init__()
        self.first = first


class Turn:
    """`committed`: the caller's head is to be written; `ended`: nothing more will come.

    `is_broken`: the body ended too early, and its wire has no words for that.
    """

    __slots__ = (
        "_body", "_checked", "_feed", "_held", "call", "committed", "ended", "is_broken", "sent",
        "stream", "tries",
    )  # fmt: skip

    def __init__(self, tries: Tries, sent: Sent) -> None:
        self.tries, self.sent, self.call = tries, sent, tries.call
        self.stream = sent.way.stream()
        words, feed = self.call.words, self.stream.feed
        self._feed = feed if words is None else words.overhear(feed)
        self.committed = self.ended = self.is_broken = self._checked = False
        self._held = b""
        self._body: Body | None = None  # once its bytes may go on as they are

    @property
    def exchange(self) -> Exchange:
        return self.sent.exchange

    @property
    def attempt(self) -> Attempt:
        return self.sent.way.attempt

    @property
    def media_type(self) -> str:
        """What the caller is told that the body is."""
        head = self.exchange.head
        own = head.headers.get("content-type", "") if head else ""
        return self.sent.way.stream_type or own

    def take(self, chunk: bytes) -> bytes:
        """Take bytes from the wire (none: it has ended); gives the caller's bytes.

        Raises CallError before the first content, NotAStream at a head of another kind, and
        Stale from the exchange.
        """
        try:
            body = self.exchange.take(chunk)
            if body is None:
                return b""
            self._check_head(body)
            out = self._feed(body)
        except (Cut, Malformed):
            return self.fail(ProviderError("broke"))
        if self.stream.error is not None:
            return out + self.fail(self._reported(self.stream.error))
        return self._advance(out)

    def passes(self, wire: bytes) -> int:
        """How many of these bytes may go to a caller whose body is chunked as they are.

        They have been taken in then, as most of a stream is that nobody has to translate.
        """
        if self._body is None or self.ended:
            return 0
        start = 0
        while end := self._body.usual(wire, start):
            if not self.stream.passes(wire[wire.find(b"\n", start) + 1 : end - 2]):
                break
            start = end
        return start

    def fail(self, error: ProviderError) -> bytes:
        """The provider broke, fell silent or reported an error in the stream."""
        failure = call_error(self.attempt, error)
        if not self.committed:
            raise failure
        self.ended = True
        if self.stream.done:  # all was said and settled: only the body's end is missing
            return b""
        return self._cut_short(failure)

    def leave(self) -> None:
        """The caller has gone: what was delivered is counted."""
        self.ended = True
        if not self.committed:
            self.tries.left()
        self._settle_short("caller_left", "caller_left")

    def _cut_short(self, failure: CallError) -> bytes:
        self.tries.broke(failure)
        if self.call.words is not None:
            self.call.words.fail(failure)
        self._settle_short("cut", failure.code)
        event = self.stream.fail(failure, self.call.id)
        self.is_broken = not event
        return event

    def _check_head(self, body: bytes) -> None:
        head = self.exchange.head
        if self._checked or head is None:
            return
        self._checked = True
        if not self.sent.way.is_stream(head.status, head.content_type):
            raise NotAStream(body)

    def _advance(self, out: bytes) -> bytes:
        if self.exchange.body.done:
            if not self.stream.finished:
                return out + self.fail(ProviderError("broke"))
            out += self._end()
            if self.stream.error is not None:
                return out + self.fail(self._reported(self.stream.error))
            self.ended = True
        if self.ended or self.stream.done:
            self._settle_whole()
        if self.committed:
            return out
        return self._commit(out)

    def _end(self) -> bytes:
        last = self.stream.end()
        if self.call.words is not None:
            self.call.words.hear(last)
        return last

    def _commit(self, out: bytes) -> bytes:
        """Hold back what is no content yet; from the first content on, the caller gets all."""
        self._held += out
        if not (self.stream.started or self.stream.done or self.ended):
            return self.fail(ProviderError("broke")) if len(self._held) > HELD_BYTES else b""
        self.committed = True
        self._body = self.exchange.body if self.call.words is None else None
        self.call.mark_first()
        self.tries.heard(self.sent)
        self.tries.answered(self.sent)  # before its caller can call again
        held, self._held = self._held, b""
        return held

    def _settle_whole(self) -> None:
        self.call.mark_first()
        code = self.stream.refused or None
        if self.stream.usage is not None:
            self.call.settle("ok", status=200, code=code, usage=self.stream.usage)
        elif self.sent.way.counts:
            output = self.stream.estimated_tokens
            self.call.settle_estimated("ok", status=200, code=code, output=output)
        else:
            self.call.settle("ok", status=200)

    def _settle_short(self, outcome: str, code: str) -> None:
        status = 200 if self.committed else None
        if self.stream.usage is not None:
            self.call.settle(outcome, status=status, code=code, usage=self.stream.usage)
            return
        output = self.stream.estimated_tokens if self.committed else 0
        self.call.settle_estimated(outcome, status=status, code=code, output=output)

    def _reported(self, failed: Failed) -> ProviderError:
        return said_in_stream(self.attempt, failed, self.attempt.opened.target.secrets)
