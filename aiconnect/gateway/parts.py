"""What endpoints and the back room work with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiconnect.calls.meters import Capacity
from aiconnect.calls.snapshot import Snapshot
from aiconnect.calls.words import Word, of_this_process
from aiconnect.gateway.limits import Limits
from aiconnect.gateway.line import Line
from aiconnect.gateway.requests import Environ
from aiconnect.gateway.stream import Relay
from aiconnect.gateway.tries import Reach
from aiconnect.wire.relay import Exchange


@dataclass(frozen=True, slots=True)
class About:
    """What the gateway says of itself, and whom it believes to come from elsewhere."""

    version: str = ""
    public_url: str = ""
    trusted_proxies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """The gateway's fixed parts; `snapshot` gives the current picture of the database.

    `detach` takes the caller's socket away from the server; None where the server cannot let go
    of it, and then a stream keeps its thread. `fellows` gives what the server's other processes
    said of themselves last.
    """

    snapshot: Callable[[], Snapshot]
    reach: Reach
    capacity: Capacity
    relay: Relay
    about: About = About()
    detach: Callable[[Environ], Line] | None = None
    fellows: Callable[[], Sequence[Word]] = tuple

    @property
    def limits(self) -> Limits:
        return self.reach.limits

    def word(self, metrics: bytes) -> Word:
        """What this process says of itself."""
        return of_this_process(
            streams=self.capacity.streams,
            calls=self.capacity.in_threads,
            metrics=metrics,
            standings=self.reach.counting.breakers.standings(),
        )

    def keep(self, exchange: Exchange) -> None:
        """Take back a provider's connection, or close it."""
        self.reach.upstream.keep(exchange)
