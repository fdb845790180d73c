"""Holds that several processes share, counted in Redis or Valkey.

What this process holds is kept in `local` too. While Redis is away, each process counts by itself,
from the ledger and its own holds: a limit can then be overshot by what the others hold. When it is
back, or has lost what it knew, each process tells it anew what it holds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from redis.exceptions import RedisError
from typing_extensions import override

from aiconnect.calls.budgets.holding import Reached, Wanted
from aiconnect.calls.budgets.memory import MemoryBudgets
from aiconnect.calls.budgets.scripts import ABSORBED, BEAT, END, HOLD, REPLAY
from aiconnect.calls.budgets.values import Tally, Window
from aiconnect.calls.courier import Courier, Step
from aiconnect.secret import Secret

KEPT = 120.0
"""Seconds for which the holds of a process count that is heard of no more."""

ANEW = Step(None, [], [])
"""Tell Redis everything anew."""


class SharedBudgets(Courier):
    """Holds of all processes."""

    def __init__(
        self,
        url: Secret,
        local: MemoryBudgets | None = None,
        *,
        prefix: str = "aiconnect",
        clock: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(url, "budgets", prefix, clock)
        self._local = local or MemoryBudgets()
        register = self._redis.register_script
        self._hold, self._end = register(HOLD), register(END)
        self._absorbed, self._replay = register(ABSORBED), register(REPLAY)
        self._beat = register(BEAT)
        self._told: set[Window] = set()
        self._is_known = False
        self._telling = threading.Lock()

    def hold(self, call_id: str, wanted: Wanted) -> None:
        """Set aside all of it instead of what this call held before, or raise Reached."""
        if self.is_away:
            self._alone(call_id, wanted)
            return
        try:
            self._share(call_id, wanted)
        except RedisError as error:
            self._lose(error)
            self._alone(call_id, wanted)

    def settle(self, call_id: str, cost: int) -> None:
        windows = self._local.amounts(call_id)
        self._local.settle(call_id, cost)
        self._carry_end(call_id, windows, str(cost) if cost else "")

    def release(self, call_id: str) -> None:
        windows = self._local.amounts(call_id)
        self._local.release(call_id)
        self._carry_end(call_id, windows, "")

    def absorbed(self, call_ids: Iterable[str], tallies: Iterable[Tally]) -> None:
        """Each window in one piece: what the ledger says, and the calls that it knows by it."""
        calls, newer = list(call_ids), list(tallies)
        of_window: dict[Window, list[str]] = {window: [] for window, _, _ in newer}
        for call_id in calls:
            for window in self._local.amounts(call_id):
                of_window.setdefault(window, []).append(call_id)
        news = {window: self._local.tally(window) for window in of_window}
        self._local.absorbed(calls, newer)
        for window, known in of_window.items():
            tally = self._local.tally(window)
            if known or tally != news[window]:
                args: list[str | int | float] = [self._process, *tally, *known]
                self._queue.put(Step(self._absorbed, [self._key(window)], args))

    def taken(self, window: Window) -> tuple[int, int]:
        """As Redis has them, where it has heard of the window; of this process while it is away."""
        if not self.is_away:
            try:
                found: Any = self._redis.hmget(self._key(window), ["s", "h"])
            except RedisError as error:
                self._lose(error)
            else:
                spent = self._local.taken(window)[0] if found[0] is None else int(found[0])
                return spent, int(found[1] or 0)
        return self._local.taken(window)

    def windows(self) -> set[Window]:
        return self._local.windows()

    def tidy(self, settled_before: float) -> int:
        """What is lost here is lost in Redis: told anew, it forgets what this process has not."""
        lost = self._local.tidy(settled_before)
        if lost:
            self._queue.put(ANEW)
        return lost

    def keep(self, windows: Iterable[Window]) -> None:
        self._local.keep(windows)

    @override
    def say_alive(self) -> None:
        """Say that this process lives, and forget what those held that are heard of no more."""
        keys = [f"{self._prefix}:processes", *map(self._key, self._local.everything())]
        self._unless_lost(self._beat, keys, [], 0)
        if self.is_away:
            self._tell_all(is_whole=True)
            self._is_back()
            self._tell_all(is_whole=False)  # what was held meanwhile

    def _alone(self, call_id: str, wanted: Wanted) -> None:
        self.alone += bool(wanted)
        self._local.hold(call_id, wanted)

    def _share(self, call_id: str, wanted: Wanted) -> None:
        asked: dict[Window, tuple[int | None, int]] = {
            window: (limit, amount) for window, limit, amount in wanted
        }
        windows = [*asked, *(one for one in self._local.amounts(call_id) if one not in asked)]
        keys = [f"{self._prefix}:processes", *map(self._key, windows)]
        args: list[str | int | float] = [call_id]
        for window in windows:
            args += [*self._local.tally(window), *_said(asked.get(window))]
        at, *more = (int(one) for one in self._unless_lost(self._hold, keys, args, [-1]))
        if at:
            raise _reached(windows[at - 1], asked, *more)
        self._local.hold(call_id, [(window, None, amount) for window, _, amount in wanted])
        if more[0] and self._told.issuperset(windows):
            self._queue.put(ANEW)  # it has forgotten what it was told
        self._told.update(windows)

    def _unless_lost(
        self, script: Any, keys: list[str], args: list[str | int | float], lost: object
    ) -> Any:
        """What a script gives. Where Redis has lost this process, it is told all it holds first.

        It learns of that from this process alone: another one's calls make the windows anew.
        """
        own: list[str | int | float] = [self._now(), self._process, KEPT]
        found = script(keys, [*own, "1" if self._is_known else "", *args])
        if found == lost:
            with self._telling:
                found = script(keys, [*own, "1", *args])  # another thread may have told it
                if found == lost:
                    self._tell_all(is_whole=True)
                    found = script(keys, [*own, "", *args])
        self._is_known = True
        return found

    def _carry_end(self, call_id: str, windows: Mapping[Window, int], cost: str) -> None:
        if windows:
            keys = [self._key(window) for window in windows]
            self._queue.put(Step(self._end, keys, [self._process, call_id, cost]))

    def _key(self, window: Window) -> str:
        return f"{self._prefix}:{window[0]}:{round(window[1].timestamp())}"

    @override
    def _carry(self, steps: Sequence[Step]) -> None:
        if ANEW in steps:
            self._tell_all(is_whole=True)
            self._tell_all(is_whole=False)
        super()._carry([step for step in steps if step is not ANEW])

    def _tell_all(self, *, is_whole: bool) -> None:
        """Tell Redis what this process holds; `is_whole`: and nothing else, of it."""
        for window, calls in self._local.everything().items():
            args: list[str | int | float] = [
                self._process,
                *self._local.tally(window),
                int(is_whole),
            ]
            args += [part for call in calls.items() for part in call]
            self._replay([self._key(window)], args)


def _said(asked: tuple[int | None, int] | None) -> tuple[int | str, int | str]:
    """A window's limit and amount, as the script takes them."""
    if asked is None:
        return "", ""
    limit, amount = asked
    return "" if limit is None else limit, amount


def _reached(
    window: Window, asked: Mapping[Window, tuple[int | None, int]], spent: int, held: int
) -> Reached:
    limit, amount = asked[window]
    return Reached(window, limit or 0, spent, held, amount)
