"""How long and how much the gateway takes: one value, given at the start."""

from __future__ import annotations

from dataclasses import dataclass

from aiconnect.calls import circuit


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes. `threads_for_pages` of the server's threads are never used by calls.

    `breaker` is when providers that fail are left alone. `longest_wait` is how long a call may
    wait before it is sent, or sent once more, because its provider asks for that.
    """

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
    segment_bytes: int = 16 * 1024 * 1024

    @property
    def threads_for_calls(self) -> int:
        return max(1, self.threads - self.threads_for_pages)
