"""What the processes of one server count and say together, in Redis; nothing without it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aiconnect.calls.breaker import Breakers
from aiconnect.calls.budgets.spending import Spending
from aiconnect.calls.counting import Counting
from aiconnect.calls.limits.memory import MemoryLimits
from aiconnect.calls.words import Word
from aiconnect.gateway.limits import Limits
from aiconnect.secret import Secret

if TYPE_CHECKING:
    from aiconnect.calls.budgets.shared import SharedBudgets
    from aiconnect.calls.fellows import Fellows
    from aiconnect.calls.limits.shared import SharedLimits


class Shared:
    """Each part is None where a process counts for itself; `processes` are of this machine."""

    def __init__(self, url: Secret | None, processes: int = 1) -> None:
        self._url = url
        self._local = MemoryLimits(time.monotonic)
        self.limits: SharedLimits | None = None
        self.budgets: SharedBudgets | None = None
        self.fellows: Fellows | None = None
        if url is not None:
            self._share(url, processes)

    def _share(self, url: Secret, processes: int) -> None:
        # Loaded only where it is used: most servers are one process.
        from aiconnect.calls.budgets.shared import SharedBudgets  # noqa: PLC0415
        from aiconnect.calls.limits.shared import SharedLimits  # noqa: PLC0415

        self.limits = SharedLimits(url, self._local)
        self.budgets = SharedBudgets(url, processes=processes)

    def counting(self, limits: Limits) -> Counting:
        """What a process counts of its calls."""
        return Counting(
            Breakers(time.monotonic, limits.breaker),
            self.limits or self._local,
            budgets=Spending(self.budgets),
            longest_wait=limits.longest_wait,
        )

    def speak(self, word: Callable[[], Word]) -> None:
        """Tell the other processes what this one has to say, and hear them."""
        if self._url is None:
            return
        from aiconnect.calls.fellows import Fellows  # noqa: PLC0415

        self.fellows = Fellows(self._url, word)

    def heard(self) -> Sequence[Word]:
        """What the other processes of this server said of themselves last."""
        return () if self.fellows is None else self.fellows.heard

    def start(self) -> None:
        for one in (self.limits, self.budgets, self.fellows):
            if one is not None:
                one.start()

    def stop(self) -> None:
        """End all but the budgets, which are told of what the writer absorbs last."""
        for one in (self.fellows, self.limits):
            if one is not None:
                one.stop()

    def stop_budgets(self) -> None:
        if self.budgets is not None:
            self.budgets.stop()
