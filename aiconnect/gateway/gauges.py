"""Numbers that are looked up at each scrape, not counted at each call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from aiconnect.calls.breaker import Breakers, Standing
from aiconnect.calls.budgets.refusing import CODES
from aiconnect.calls.budgets.spending import Spending
from aiconnect.calls.circuit import CLOSED, HALF_OPEN, KINDS
from aiconnect.calls.waiting import Allowances

NANO = 10**9


@runtime_checkable
class Apart(Protocol):
    """How the holds that several processes share fare: `calls.budgets.shared.SharedBudgets`."""

    is_away: bool
    alone: int


@runtime_checkable
class Sharing(Protocol):
    """How the limits that several processes share fare: `calls.limits.shared.SharedLimits`."""

    is_away: bool
    alone: int
    lost: int


@dataclass(frozen=True, slots=True)
class Sources:
    """Where numbers are that are looked up when they are asked for.

    `names` gives the connections of the current snapshot by id.
    """

    streams_open: Callable[[], int]
    calls_in_threads: Callable[[], int]
    names: Callable[[], Mapping[int, str]]
    breakers: Breakers
    allowances: Allowances
    sharing: Sharing | None = None
    budgets: Spending = field(default_factory=Spending)
    texts_lost: Callable[[], int] = int


class Gauges:
    """A collector for a registry of Prometheus' library."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def collect(self) -> Iterable[Metric]:
        sources = self._sources
        yield _gauge("streams_open", "Streams on their way.", sources.streams_open())
        yield _gauge("calls_in_threads", "Calls that hold a thread.", sources.calls_in_threads())
        names = sources.names()
        standings = [one for one in sources.breakers.standings() if one.connection_id in names]
        yield _breakers(names, standings)
        yield _paused(names, standings)
        yield from _allowances(names, sources.allowances)
        if sources.sharing is not None:
            yield from _sharing(sources.sharing)
        yield from _budgets(sources.budgets)
        lost = "Texts of calls that were to be kept and could not be."
        yield CounterMetricFamily("aiconnect_texts_lost", lost, value=sources.texts_lost())


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"aiconnect_{name}", text, value=value)


def _breakers(names: Mapping[int, str], standings: Iterable[Standing]) -> GaugeMetricFamily:
    text = "1 while calls to a connection are held back, 0.5 while one tries, by why."
    found = GaugeMetricFamily("aiconnect_breaker_state", text, labels=["connection", "kind"])
    for one in standings:
        if one.model:
            continue
        for kind in KINDS:
            value = {CLOSED: 0.0, HALF_OPEN: 0.5}.get(one.state, 1.0) if one.kind == kind else 0.0
            found.add_metric([names[one.connection_id], kind], value)
    return found


def _paused(names: Mapping[int, str], standings: Iterable[Standing]) -> GaugeMetricFamily:
    text = "Models that are held back while their connection is not."
    found = GaugeMetricFamily("aiconnect_models_paused", text, labels=["connection"])
    counts: dict[int, int] = {}
    for one in standings:
        counts.setdefault(one.connection_id, 0)
        counts[one.connection_id] += bool(one.model and one.is_troubled)
    for connection_id, count in counts.items():
        found.add_metric([names[connection_id]], count)
    return found


def _allowances(names: Mapping[int, str], allowances: Allowances) -> Iterable[GaugeMetricFamily]:
    for what in ("requests", "tokens"):
        text = f"What the provider's latest answers leave of {what}: the least of its models."
        name = f"aiconnect_allowance_{what}_left"
        found = GaugeMetricFamily(name, text, labels=["connection"])
        for connection_id in allowances.connections():
            noted = [
                getattr(one.allowance, f"{what}_left") for one in allowances.look(connection_id)
            ]
            known = [left for left in noted if left is not None]
            if known and connection_id in names:
                found.add_metric([names[connection_id]], min(known))
        yield found


def _sharing(sharing: Sharing) -> Iterable[Metric]:
    yield _gauge("limits_away", "1 while limits hold per process: Redis is away.", sharing.is_away)
    alone = "Calls whose limits were counted by this process alone."
    yield CounterMetricFamily("aiconnect_limits_alone", alone, value=sharing.alone)
    lost = "Ends of calls that did not reach Redis."
    yield CounterMetricFamily("aiconnect_limits_lost", lost, value=sharing.lost)


def _budgets(budgets: Spending) -> Iterable[Metric]:
    """In dollars. What is held is of all processes together, where they count in Redis."""
    amounts = {
        "spent": "What the ledger says was spent of a budget in its present period.",
        "held": "What calls hold of it that the ledger does not know yet.",
        "limit": "How much it is.",
    }
    found = {
        name: GaugeMetricFamily(f"aiconnect_budget_{name}_dollars", text, labels=["budget"])
        for name, text in amounts.items()
    }
    for one in budgets.rules.budgets:
        spent, held = budgets.present(one.id)
        for name, nano in (("spent", spent), ("held", held), ("limit", one.limit)):
            found[name].add_metric([one.name], nano / NANO)
    yield from found.values()
    text = "Attempts that budgets, prices or the freeze withheld, by why."
    refused = CounterMetricFamily("aiconnect_budget_refusals", text, labels=["code"])
    for code in CODES:
        refused.add_metric([code], budgets.refusals[code])
    yield refused
    if isinstance(budgets.holds, Apart):
        away = "1 while what calls hold of budgets is counted per process: Redis is away."
        yield _gauge("budgets_away", away, budgets.holds.is_away)
        alone = "Calls that this process held against budgets alone."
        yield CounterMetricFamily("aiconnect_budgets_alone", alone, value=budgets.holds.alone)
