"""A breaker under any order of calls, reports and time."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from aiconnect.calls.breaker import Breakers
from aiconnect.calls.circuit import USUAL

ONE = 1
MODELS = st.sampled_from(["a", "b", "c"])
CODES = st.sampled_from([
    None, "provider_unreachable", "provider_error", "provider_silent", "provider_auth",
    "provider_no_credit", "provider_rate_limited", "model_not_found", "no_permission",
    "provider_refused", "caller_left",
])  # fmt: skip
WAITS = st.sampled_from([None, 0.0, 3.0, 900.0])
LONGEST = max(USUAL.longest_pause, USUAL.longest_wait, USUAL.steady_pause, USUAL.patience)


class Calls(RuleBasedStateMachine):
    """Calls under way are (model, when they began, whether each was the probe)."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.breakers = Breakers(lambda: self.now, jitter=lambda: 0.5)
        self.under_way: list[tuple[str, float, bool]] = []

    @rule(seconds=st.sampled_from([0.0, 1.0, 9.0, 30.0, 61.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(model=MODELS)
    def call(self, model: str) -> None:
        self.now += 0.001  # no two calls begin at once, so that each is known by when it began
        is_probe = self.breakers.look(ONE).is_troubled
        if self.breakers.admit(ONE, model) is not None:
            return
        since = self.now - USUAL.patience
        others = [one for one in self.under_way if one[2] and one[1] > since]
        assert not (is_probe and others)
        self.under_way.append((model, self.now - 0.0005, is_probe))  # noted just before

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0, 9), code=CODES, wait=WAITS)
    def report(self, which: int, code: str | None, wait: float | None) -> None:
        self.now += 0.001
        model, began, _ = self.under_way.pop(which % len(self.under_way))
        self.breakers.report(ONE, model, code, wait, began=began)
        if not self.breakers.look(ONE).is_troubled:
            self.forget_probes()
        if code is None:
            assert self.breakers.look(ONE).kind in {"", "rate"}
            assert self.breakers.look(ONE, model).kind in {"", "rate"}

    @rule(model=MODELS)
    def recover(self, model: str) -> None:
        """Whatever happened: at the time that it says, a call goes out."""
        ends = (self.breakers.look(ONE), self.breakers.look(ONE, model))
        self.now = max([self.now, *(one.until for one in ends)]) + 0.001
        assert self.breakers.admit(ONE, model) is None
        self.breakers.report(ONE, model, None, began=self.now)
        self.forget_probes()
        for standing in (self.breakers.look(ONE), self.breakers.look(ONE, model)):
            assert not standing.is_troubled

    def forget_probes(self) -> None:
        """The connection is as ever, so all that is under way are ordinary calls."""
        self.under_way = [(name, began, False) for name, began, _ in self.under_way]

    @invariant()
    def nothing_lasts_for_ever(self) -> None:
        for standing in self.breakers.standings():
            assert standing.until <= self.now + LONGEST
            assert standing.is_troubled == bool(standing.kind)


TestCalls = Calls.TestCase
TestCalls.settings = settings(stateful_step_count=60)
