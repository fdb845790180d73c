"""What endpoints and the back room work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from aiconnect.calls.dispatch import Call, ChatRequest, call_error
from aiconnect.calls.journal import Journal
from aiconnect.calls.meters import Capacity
from aiconnect.calls.plan import Attempt
from aiconnect.calls.snapshot import Snapshot
from aiconnect.errors import ProviderError
from aiconnect.gateway.limits import Limits
from aiconnect.gateway.line import Line
from aiconnect.gateway.requests import Environ
from aiconnect.gateway.stream import Relay
from aiconnect.wire.relay import Exchange, Upstream


@dataclass(frozen=True, slots=True)
class Parts:
    """The gateway's fixed parts; `snapshot` gives the current picture of the database.

    `detach` takes the caller's socket away from the server; None where the server cannot let go
    of it, and then a stream keeps its thread.
    """

    snapshot: Callable[[], Snapshot]
    journal: Journal
    upstream: Upstream
    limits: Limits
    capacity: Capacity
    relay: Relay
    detach: Callable[[Environ], Line] | None = None

    def send(
        self, call: Call, request: ChatRequest, attempt: Attempt, *, fresh: bool = False
    ) -> Exchange:
        """Send the call to its provider. Raises CallError where it cannot be reached."""
        call.attempts += not fresh
        door, body = attempt.opened.chat, request.encode(attempt)
        try:
            return self.upstream.send(door, body, request.headers, fresh=fresh)
        except ProviderError as error:
            raise call_error(attempt, error) from None

    def learn_no_stream_options(self, attempt: Attempt) -> Attempt:
        """Remember that an endpoint rejects `stream_options`; gives the attempt to make now."""
        self.journal.note({"k": "n", "what": "no_stream_options", "c": attempt.opened.id})
        return Attempt(replace(attempt.opened, no_stream_options=True), attempt.model_id)
