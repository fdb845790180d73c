"""Whatever happens in whatever order: nothing is uncounted, nothing stays held, no limit breaks."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from aiconnect.calls.budgets.holding import Holds, Reached
from aiconnect.calls.budgets.memory import MemoryBudgets
from aiconnect.calls.budgets.periods import EVER
from aiconnect.calls.budgets.shared import KEPT, SharedBudgets
from aiconnect.calls.budgets.values import Tally, Window
from tests.calls.counting import Clock
from tests.redis_server import RedisServer

HARD, SOFT = (1, EVER), (2, EVER)
LIMIT = 100


@dataclass
class Ledger:
    """What the database would say; `absorb` is one commit."""

    spent: dict[Window, int] = field(default_factory=lambda: {HARD: 0, SOFT: 0})
    version: int = 0

    def absorb(self, cost: int) -> None:
        self.version += 1
        for window in self.spent:
            self.spent[window] += cost

    def tallies(self) -> list[Tally]:
        return [(window, self.version, spent) for window, spent in self.spent.items()]


@dataclass
class Process:
    """One that calls; its journal outlives it."""

    holds: Holds
    under_way: dict[str, int] = field(default_factory=dict)
    journal: list[tuple[str, int]] = field(default_factory=list)


class Budgets(RuleBasedStateMachine):
    """`shared` is Redis for two processes, None: one process counts in its memory."""

    shared: RedisServer | None = None
    calls = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.ledger = Ledger()
        self.number = 0
        if self.shared is not None:
            self.shared.client.flushall()
        self.processes = [Process(self._made()) for _ in range(2 if self.shared else 1)]
        self.records: list[int] = []
        self.is_emptied = False

    def _made(self) -> Holds:
        if self.shared is None:
            return MemoryBudgets(self.clock)
        made = SharedBudgets(self.shared.url, MemoryBudgets(self.clock), clock=self.clock)
        made.start()
        return made

    @initialize(spent=st.integers(0, LIMIT // 2))
    def begin(self, spent: int) -> None:
        """Something was spent before this process began."""
        self.ledger.absorb(spent)
        self.records.append(spent)
        for process in self.processes:
            process.holds.absorbed((), self.ledger.tallies())

    @rule(target=calls, which=st.integers(0, 1), amount=st.integers(0, 40))
    def hold(self, which: int, amount: int) -> object:
        process = self.processes[which % len(self.processes)]
        self.number += 1
        call = f"call-{self.number}"
        return self._try(process, call, amount)

    def _try(self, process: Process, call: str, amount: int) -> object:
        has_room = self._taken() - process.under_way.get(call, 0) + max(amount, 1) <= LIMIT
        try:
            process.holds.hold(call, [(HARD, LIMIT, amount), (SOFT, None, amount)])
        except Reached:
            assert not has_room or self.is_emptied
            return multiple()
        assert has_room
        process.under_way[call] = amount
        return call

    @rule(call=calls, amount=st.integers(0, 40))
    def hold_again(self, call: str, amount: int) -> None:
        """The next attempt of a call is at another price."""
        process = self._of(call)
        if process is not None:
            self._try(process, call, amount)

    @rule(call=consumes(calls), share=st.integers(0, 100))
    def settle(self, call: str, share: int) -> None:
        """Twice, as from two ends of a call."""
        process = self._of(call)
        if process is None:
            return
        cost = process.under_way.pop(call) * share // 100
        for _ in range(2):
            if cost:
                process.holds.settle(call, cost)
            else:
                process.holds.release(call)
        process.journal.append((call, cost))

    @rule(call=consumes(calls))
    def release(self, call: str) -> None:
        process = self._of(call)
        if process is not None:
            del process.under_way[call]
            process.holds.release(call)

    @rule(which=st.integers(0, 1), count=st.integers(1, 3), looks_before=st.booleans())
    def absorb(self, which: int, count: int, *, looks_before: bool) -> None:
        """The writer's commit; the watcher may have looked before it says so."""
        process = self.processes[which % len(self.processes)]
        lines, process.journal = process.journal[:count], process.journal[count:]
        for _, cost in lines:
            self.ledger.absorb(cost)
            self.records.append(cost)
        if looks_before:
            process.holds.absorbed((), self.ledger.tallies())
        process.holds.absorbed([call for call, _ in lines], self.ledger.tallies())

    @rule()
    def hear_old_news(self) -> None:
        for process in self.processes:
            process.holds.absorbed((), [(HARD, 0, 0), (SOFT, 0, 0)])

    @rule(which=st.integers(0, 1))
    def crash(self, which: int) -> None:
        """What was under way is charged as far as it is known; the journal is taken in."""
        place = which % len(self.processes)
        process = self.processes[place]
        for cost in [cost for _, cost in process.journal] + [
            amount // 2 for amount in process.under_way.values()
        ]:
            self.ledger.absorb(cost)
            self.records.append(cost)
        if isinstance(process.holds, SharedBudgets):
            process.holds.stop()
            self._bury(process)
        self.processes[place] = Process(self._made())
        for one in self.processes:
            one.holds.absorbed((), self.ledger.tallies())

    @precondition(lambda self: self.shared is not None)
    @rule()
    def lose_all(self) -> None:
        """Redis is emptied; until each process has told what it holds, calls may be kept waiting.

        None of it is known there meanwhile, so the invariants look at it when it is told.
        """
        assert self.shared is not None
        self.shared.client.flushall()
        self.is_emptied = True

    @rule()
    def be_heard_of(self) -> None:
        for process in self.processes:
            if isinstance(process.holds, SharedBudgets):
                process.holds.say_alive()
        self.is_emptied = False

    def _bury(self, gone: Process) -> None:
        """Minutes pass in which only the others are heard of."""
        self.clock.now += KEPT - 1
        for process in self.processes:
            if isinstance(process.holds, SharedBudgets) and process is not gone:
                process.holds.say_alive()
        self.clock.now += 2

    @invariant()
    def nothing_is_uncounted(self) -> None:
        for process in self.processes:
            if isinstance(process.holds, SharedBudgets):
                assert process.holds.catch_up()
                assert not process.holds.is_away
        held = self.processes[0].holds.taken(HARD)[1]
        assert self.is_emptied or held >= self._waiting(), "something is missing"
        assert max(self.ledger.spent.values()) + self._waiting() <= LIMIT

    def teardown(self) -> None:
        for process in self.processes:
            for call, amount in process.under_way.items():
                process.holds.settle(call, amount) if amount else process.holds.release(call)
                process.journal.append((call, amount))
            process.under_way.clear()
            for call, cost in process.journal:
                self.ledger.absorb(cost)
                self.records.append(cost)
                process.holds.absorbed([call], self.ledger.tallies())
        try:
            self._ends_with_nothing_held()
        finally:
            for process in self.processes:
                if isinstance(process.holds, SharedBudgets):
                    process.holds.stop()

    def _ends_with_nothing_held(self) -> None:
        for process in self.processes:
            process.holds.absorbed((), self.ledger.tallies())
            if isinstance(process.holds, SharedBudgets):
                process.holds.say_alive()
                assert process.holds.catch_up()
        for window in (HARD, SOFT):
            assert [one.holds.taken(window)[1] for one in self.processes] == [0] * len(
                self.processes
            )
            for process in self.processes:
                assert process.holds.taken(window)[0] == sum(self.records)
            assert not self.processes[0].holds.windows()

    def _of(self, call: str) -> Process | None:
        return next((one for one in self.processes if call in one.under_way), None)

    def _waiting(self) -> int:
        """What calls under way may cost, and what those cost that the ledger does not know."""
        return sum(
            sum(one.under_way.values()) + sum(cost for _, cost in one.journal)
            for one in self.processes
        )

    def _taken(self) -> int:
        return self.ledger.spent[HARD] + self._waiting()


def test_in_the_memory_of_one_process():
    run_state_machine_as_test(Budgets, settings=settings(max_examples=150, deadline=None))


@pytest.mark.system
def test_in_redis_for_two_processes(redis_server: RedisServer):
    class Shared(Budgets):
        shared = redis_server

    slow = [HealthCheck.too_slow]
    run_state_machine_as_test(
        Shared,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=slow
        ),
    )
