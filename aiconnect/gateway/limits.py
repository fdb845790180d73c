"""How long and how much the gateway takes: given at the start, and changed by people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from aiconnect.calls import circuit
from aiconnect.calls.journal import SEGMENT_BYTES
from aiconnect.calls.snapshot import USUAL, Ceilings, Snapshot

SET_BY_PEOPLE = ("first_byte", "silence", "total", "longest_wait", "body_bytes")


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes. `threads_for_pages` of the server's threads are never used by calls.

    `processes` is how many of the server's share what they count.

    `breaker` is when providers that fail are left alone. `longest_wait` is how long a call may
    wait before it is sent, or sent once more, because its provider asks for that.
    """

    processes: int = 1
    threads: int = 64
    threads_for_pages: int = 16
    body_bytes: int = 32 * 1024 * 1024
    answer_bytes: int = 64 * 1024 * 1024
    first_byte: float = 300.0
    silence: float = 120.0
    total: float = 1800.0
    longest_wait: float = 5.0
    breaker: circuit.Settings = circuit.USUAL
    caller_stall: float = 30.0
    read_between: float = 10.0
    read_total: float = 60.0
    grace: int = 30
    segment_bytes: int = SEGMENT_BYTES

    @property
    def threads_for_calls(self) -> int:
        return max(1, self.threads - self.threads_for_pages)

    @property
    def usual(self) -> Ceilings:
        """What holds where people have set nothing; descriptors say how many streams."""
        same = {name: getattr(self, name) for name in SET_BY_PEOPLE}
        return Ceilings(calls=self.threads_for_calls, breaker=self.breaker.is_on, **same)

    def under(self, ceilings: Ceilings) -> Limits:
        """These limits with what people have set. `Capacity` counts calls and streams."""
        asked = {name: getattr(ceilings, name) for name in SET_BY_PEOPLE}
        return replace(self, **{name: one for name, one in asked.items() if one is not None})


class Bounds:
    """The limits in force: a server's own, with what people have set. From any thread."""

    def __init__(self, own: Limits, snapshot: Callable[[], Snapshot]) -> None:
        self._own, self._snapshot = own, snapshot
        self._known = USUAL, own

    @property
    def ceilings(self) -> Ceilings:
        """What people have set."""
        return self._snapshot().ceilings

    def __call__(self) -> Limits:
        asked = self.ceilings
        seen, found = self._known
        if asked is not seen:
            found = self._own.under(asked)
            self._known = asked, found
        return found
