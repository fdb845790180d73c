"""What is counted around a call: limits, breakers, what providers say is left, metrics."""

from __future__ import annotations

from collections.abc import Mapping

from aiconnect.calls.dispatch import Call, Settled
from aiconnect.calls.plan import Attempt
from aiconnect.errors import CallError


class Counting:
    """One for the process; every method may be called from any thread."""

    def admit(self, call: Call, tokens: int) -> None:
        """Hold what the limits of this access token and person allow. Raises CallError (429)."""

    def enter(self, call: Call, attempt: Attempt, *, is_last: bool) -> None:
        """Ask whether this connection may be called now. Raises CallError where it may not."""

    def report(self, attempt: Attempt, error: CallError | None) -> None:
        """Say how an attempt went; None: it has begun to answer."""

    def heard(self, attempt: Attempt, headers: Mapping[str, str]) -> None:
        """Take in what a provider's answer says about its limits."""

    def observe(self, settled: Settled) -> None:
        """Count a call that has ended."""
