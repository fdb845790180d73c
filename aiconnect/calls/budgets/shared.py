"""Holds that several processes share, counted in Redis or Valkey.

What this process holds is kept in `local` too, and there first: whoever tells Redis everything
tells that as well. While Redis is away, each process counts by itself, from the ledger and its own
holds, and takes no more than its share of what is left. When Redis is back, or has lost what it
knew, each process tells it anew what it holds; until all have, no limit has room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from redis.exceptions import RedisError
from typing_extensions import override

from aiconnect.calls.budgets.holding import Reached, Wanted
from aiconnect.calls.budgets.memory import MemoryBudgets
from aiconnect.calls.budgets.scripts import ABSORBED, BEAT, END, HOLD, TELL
from aiconnect.calls.budgets.values import Tally, Window
from aiconnect.calls.courier import Courier, Step
from aiconnect.ids import uuid7
from aiconnect.secret import Secret

PATIENCE = 1.0
"""Longer than for limits: a process that counts alone may spend what another one holds."""

TRIES = 3
"""How often a call asks a Redis that is emptied again and again."""

KEPT = 120.0
"""Seconds for which the holds of a process count that is heard of no more."""

ANEW = Step(None, [], [])
"""Tell Redis everything anew."""


class SharedBudgets(Courier):
    """Holds of all processes. `processes` are known to begin with: no room before all have told."""

    patience = PATIENCE
    beat = 1.0  # for so long an emptied Redis may not know what idle processes hold

    def __init__(
        self,
        url: Secret,
        local: MemoryBudgets | None = None,
        *,
        processes: int = 1,
        prefix: str = "aiconnect",
        clock: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(url, "budgets", prefix, clock)
        self._local = local or MemoryBudgets()
        register = self._redis.register_script
        self._tell, self._live = register(TELL), register(BEAT)
        self._hold, self._end = register(HOLD), register(END)
        self._absorbed = register(ABSORBED)
        self._all = [f"{self._prefix}:processes", f"{self._prefix}:generation"]
        self._told: set[Window] = set()
        self._generation = ""
        self._tellings = 0  # odd while one is under way, or has failed
        self._processes = processes

    def hold(self, call_id: str, wanted: Wanted) -> None:
        """Set aside all of it instead of what this call held before, or raise Reached."""
        if not self.is_away:
            try:
                self._share(call_id, wanted)
            except RedisError as error:
                self._lose(error)
            else:
                return
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
        if self.is_away:
            self._tell_all()
            self._is_back()
            self._tell_of(self._local.everything(), is_whole=False)  # what was held meanwhile
            return
        keys = [*self._all, *map(self._key, self._local.everything())]
        is_told, processes = self._live(keys, [*self._own, self._generation, self._processes])
        self._processes = int(processes)
        if not is_told:
            self._tell_all()

    @property
    def _own(self) -> list[str | int | float]:
        """Of this process, with what every script begins."""
        return [self._now(), self._process, KEPT]

    def _alone(self, call_id: str, wanted: Wanted) -> None:
        """With no more than this process' share of what the ledger leaves."""
        self.alone += bool(wanted)
        shares = [(window, self._part(window, limit), amount) for window, limit, amount in wanted]
        try:
            self._local.hold(call_id, shares)
        except Reached as reason:
            asked = {window: (limit, amount) for window, limit, amount in wanted}
            raise _reached(reason.window, asked, reason.spent, reason.held) from None

    def _part(self, window: Window, limit: int | None) -> int | None:
        if limit is None:
            return None
        spent = self._local.tally(window)[1]
        return spent + (limit - spent) // self._processes

    def _share(self, call_id: str, wanted: Wanted) -> None:
        tellings, former = self._tellings, self._local.amounts(call_id)
        self._local.hold(call_id, [(window, None, amount) for window, _, amount in wanted])
        try:
            self._ask(call_id, wanted, former)
        except (Reached, RedisError):
            self._local.hold(call_id, [(window, None, held) for window, held in former.items()])
            if tellings % 2 or self._tellings != tellings:
                self._queue.put(ANEW)  # it may have been told what this call does not hold
            raise

    def _ask(self, call_id: str, wanted: Wanted, former: Iterable[Window]) -> None:
        """Raises Reached, or RedisError where Redis cannot say."""
        asked: dict[Window, tuple[int | None, int]] = {
            window: (limit, amount) for window, limit, amount in wanted
        }
        windows = [*asked, *(one for one in former if one not in asked)]
        keys = [*self._all, *map(self._key, windows)]
        for _ in range(TRIES):
            args = [*self._own, self._generation, self._processes, call_id]
            for window in windows:
                told = "1" if window in self._told else ""
                args += [*self._local.tally(window), told, *_said(asked.get(window))]
            at, *more = (int(one) for one in self._hold(keys, args))
            if at > 0:
                raise _reached(windows[at - 1], asked, *more)
            if at == 0:
                self._processes = more[0]
                self._told.update(windows)
                return
            self._queue.put(ANEW)  # behind the ends that are on their way
            if not self.catch_up(PATIENCE):
                break
        raise RedisError("it could not be told what is held")

    def _carry_end(self, call_id: str, windows: Mapping[Window, int], cost: str) -> None:
        if windows:
            keys = [self._key(window) for window in windows]
            self._queue.put(Step(self._end, keys, [self._process, call_id, cost]))

    def _key(self, window: Window) -> str:
        return f"{self._prefix}:{window[0]}:{round(window[1].timestamp())}"

    @override
    def _carry(self, steps: Sequence[Step]) -> None:
        if ANEW in steps:
            self._tell_all()
        super()._carry([step for step in steps if step is not ANEW])

    def _tell_all(self) -> None:
        """Tell Redis all that this process holds, in the thread that tells it of ends.

        So none of them is overtaken. Calls hold more meanwhile: that is told in a second round.
        """
        self._tellings |= 1
        told = self._local.everything()
        generation = self._tell_of(told, is_whole=True)
        self._tell_of(self._local.everything(), is_whole=False)
        self._told, self._generation = set(told), generation
        self._tellings += 1

    def _tell_of(self, held: Mapping[Window, Mapping[str, int]], *, is_whole: bool) -> str:
        """The generation that was told it. `is_whole`: nothing else of this process is held."""
        args: list[str | int | float] = [*self._own, uuid7(), int(is_whole)]
        for window, calls in held.items():
            args += [*self._local.tally(window), len(calls)]
            args += [part for call in calls.items() for part in call]
        generation: bytes = self._tell([*self._all, *map(self._key, held)], args)
        return generation.decode()


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
