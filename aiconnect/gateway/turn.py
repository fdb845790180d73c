"""One streamed answer on its way to the caller, without I/O: wire bytes in, caller's bytes out.

The mid-stream contract lives here. Before the first content nothing is given to the caller, so a
failure is an ordinary error. After it, a failure is one error event and the end of the body: no
finish reason, no `[DONE]`.
"""

from __future__ import annotations

import json

from aiconnect.adapters.openai_stream import ChatStream
from aiconnect.adapters.values import text
from aiconnect.calls.dispatch import Call, ChatRequest, call_error
from aiconnect.calls.plan import Attempt
from aiconnect.errors import ProviderError
from aiconnect.gateway.answers import error_body
from aiconnect.wire import sse
from aiconnect.wire.http1 import Cut, Malformed
from aiconnect.wire.redact import redact
from aiconnect.wire.relay import Exchange

STREAM_TYPES = {"text/event-stream"}
HELD_BYTES = 1024 * 1024  # of comments and roles before the first content
QUOTED = 10_000


class NotAStream(Exception):
    """The provider answered with something else than a stream; `first` is what came of its body."""

    def __init__(self, first: bytes) -> None:
        super().__init__()
        self.first = first


class Turn:
    """`committed`: the caller's head is to be written; `ended`: nothing more will come."""

    __slots__ = (
        "_checked", "_held", "_settled", "attempt", "call", "committed", "ended", "exchange",
        "request", "stream",
    )  # fmt: skip

    def __init__(
        self, call: Call, request: ChatRequest, attempt: Attempt, exchange: Exchange
    ) -> None:
        self.call, self.request, self.attempt, self.exchange = call, request, attempt, exchange
        self.stream = ChatStream(wants_usage=request.wants_usage)
        self.committed = self.ended = False
        self._checked = self._settled = False
        self._held = b""

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
            out = self.stream.feed(body)
        except (Cut, Malformed):
            return self.fail(ProviderError("broke"))
        if self.stream.error is not None:
            return out + self.fail(self._provider_words())
        return self._advance(out)

    def fail(self, error: ProviderError) -> bytes:
        """The provider broke, fell silent or reported an error in the stream."""
        failure = call_error(self.attempt, error)
        if not self.committed:
            raise failure
        self.ended = True
        if self.stream.done:  # all was said and settled: only the body's end is missing
            return b""
        self._settle_short("cut", failure.code)
        return sse.encode(error_body(failure, self.call.id))

    def leave(self) -> None:
        """The caller has gone: what was delivered is counted."""
        self.ended = True
        self._settle_short("caller_left", "caller_left")

    def _check_head(self, body: bytes) -> None:
        head = self.exchange.head
        if self._checked or head is None:
            return
        self._checked = True
        if head.status != 200 or head.content_type not in STREAM_TYPES:
            raise NotAStream(body)

    def _advance(self, out: bytes) -> bytes:
        if self.exchange.body.done:
            if not self.stream.finished:
                return out + self.fail(ProviderError("broke"))
            out += self.stream.end()
            self.ended = True
        if self.ended or self.stream.done:
            self._settle_whole()
        if self.committed:
            return out
        self._held += out
        if not (self.stream.started or self.stream.done or self.ended):
            return self.fail(ProviderError("broke")) if len(self._held) > HELD_BYTES else b""
        self.committed = True
        self.call.mark_first()
        held, self._held = self._held, b""
        return held

    def _settle_whole(self) -> None:
        self.call.mark_first()
        if self.stream.usage is not None:
            self.call.settle("ok", status=200, usage=self.stream.usage)
        else:
            self.call.settle_estimated("ok", status=200, output=self.stream.estimated_tokens)

    def _settle_short(self, outcome: str, code: str) -> None:
        status = 200 if self.committed else None
        if self.stream.usage is not None:
            self.call.settle(outcome, status=status, code=code, usage=self.stream.usage)
            return
        output = self.stream.estimated_tokens if self.committed else 0
        self.call.settle_estimated(outcome, status=status, code=code, output=output)

    def _provider_words(self) -> ProviderError:
        error = (self.stream.error or {}).get("error")
        words = error.get("message") if isinstance(error, dict) else error
        secrets = self.attempt.opened.target.secrets
        said = redact(str(words or json.dumps(error))[:QUOTED], secrets)
        return ProviderError("stream_error", facts={"detail": text(said)})
