"""Which connections are tried for a call, in which order, and why others are not: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiconnect.adapters.types import ModelCard
from aiconnect.calls.snapshot import NOTHING, Caller, Opened, Routed, Served, Snapshot, Step
from aiconnect.errors import CallError

COLLECTION = "collection/"
EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: this connection, with the model under the provider's own id.

    `first_byte` (seconds) and `retries` are the step's own; None for the usual. `parameters` are
    a collection's settings for the model, empty for none.
    """

    opened: Opened
    model_id: str
    card: ModelCard | None = None
    first_byte: float | None = None
    retries: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=lambda: NOTHING, hash=False)

    @property
    def name(self) -> str:
        return f"{self.opened.name}/{self.model_id}"

    @property
    def patience(self) -> float | None:
        """How many seconds to wait for the first byte, where step or connection says so."""
        return self.first_byte or self.opened.first_byte

    @property
    def known(self) -> ModelCard:
        return self.card or ModelCard(self.model_id)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A step that is not tried; `why` is a key of WHY."""

    name: str
    why: str


WHY = {
    "not_served": "model_not_found",
    "not_allowed": "model_not_allowed",
    "off": "connection_off",
    "key_unreadable": "provider_auth",
    "wrong_type": "model_type",
    "other_model": "model_type",
    "no_tools": "model_type",
    "no_pictures": "model_type",
    "too_long": "model_type",
}
"""What a caller is told where every step was skipped, and the first of them for this reason."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a call asks of a model, as far as its body shows at a glance; `tokens` is a guess."""

    type: str = "chat"
    tools: bool = False
    pictures: bool = False
    tokens: int = 0


ANYTHING = Needs("")


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be tried. `total` bounds all tries together, in seconds; None: the usual."""

    name: str
    attempts: tuple[Attempt, ...]
    skipped: tuple[Skipped, ...] = ()
    total: float | None = None

    @property
    def only_first(self) -> Plan:
        """The same without fallbacks: for an answer that is true of one model only."""
        return replace(self, attempts=self.attempts[:1])


def plan(snapshot: Snapshot, caller: Caller, name: str, needs: Needs = ANYTHING) -> Plan:
    """Look a name up in the contract's order and sort out what cannot serve this call.

    Raises CallError where nothing serves it, or nothing that this caller may use.
    """
    routed = named(snapshot, caller, name)
    tried: list[Attempt] = []
    skipped: list[Skipped] = []
    for step in routed.steps:
        attempt = _attempt(snapshot, caller, step)
        why = _unusable(attempt, caller) if attempt else "not_served"
        if why or attempt is None:
            skipped.append(Skipped(step.name, why))
        else:
            tried.append(attempt)
    fitting, unfit = _fitting(tried, needs)
    if not fitting:
        raise _nothing(name, (*skipped, *unfit))
    return Plan(name, tuple(fitting), (*skipped, *unfit), routed.total)


def find(snapshot: Snapshot, caller: Caller, name: str) -> Attempt | None:
    """The first attempt behind a name that this caller may use; None where there is none.

    Other people's personal connections are not there for anybody else.
    """
    try:
        steps = named(snapshot, caller, name).steps
    except CallError:
        return None
    found = (_attempt(snapshot, caller, step) for step in steps)
    return next((one for one in found if one and caller.may_use(one.name)), None)


def named(snapshot: Snapshot, caller: Caller, name: str) -> Routed:
    """What a name stands for: route, collection, `connection/id`, bare id; CallError: nothing."""
    routed = snapshot.routes.get(name)
    if routed is None and name.startswith(COLLECTION):
        routed = snapshot.collections.get(name.removeprefix(COLLECTION))
    if routed is not None and routed.owner_id in {None, caller.person_id}:
        return routed
    served = snapshot.by_name.get(name) or _open(snapshot, name)
    if served is not None and _serves(snapshot, caller, served):
        return Routed(name, (Step(served.connection, served.model_id),))
    bare = (one for one in snapshot.by_id.get(name, ()) if _serves(snapshot, caller, one))
    steps = tuple(Step(one.connection, one.model_id) for one in bare)
    if not steps:
        raise CallError("model_not_found", model=name[:200])
    return Routed(name, steps)


def _attempt(snapshot: Snapshot, caller: Caller, step: Step) -> Attempt | None:
    served = snapshot.by_name.get(step.name) or _open(snapshot, step.name)
    if served is None or not _serves(snapshot, caller, served):
        return None
    opened = snapshot.connections[served.connection]
    return Attempt(
        opened, served.model_id, served.card, step.first_byte, step.retries, step.parameters
    )


def _unusable(attempt: Attempt, caller: Caller) -> str:
    """Why this caller cannot use an attempt at all; "" where it can."""
    if not caller.may_use(attempt.name):
        return "not_allowed"
    if not attempt.opened.enabled:
        return "off"
    return "key_unreadable" if attempt.opened.broken else ""


def _fitting(tried: list[Attempt], needs: Needs) -> tuple[list[Attempt], list[Skipped]]:
    """The attempts whose model can do what is needed; all of them where none says that it can.

    What a card says may be wrong or old: where nothing else is left, the provider is asked.
    """
    why = {attempt.name: _unfit(attempt, tried[0], needs) for attempt in tried}
    fitting = [attempt for attempt in tried if not why[attempt.name]]
    if not fitting and needs.type != EMBEDDING:
        return tried, []
    return fitting, [Skipped(name, reason) for name, reason in why.items() if reason]


def _unfit(attempt: Attempt, first: Attempt, needs: Needs) -> str:
    if needs.type == EMBEDDING and attempt.model_id != first.model_id:
        return "other_model"  # vectors of two models have nothing to do with each other
    card = attempt.card
    if card is None or not needs.type:
        return ""
    if card.type != needs.type and EMBEDDING in {card.type, needs.type}:
        return "wrong_type" if attempt is not first or needs.type != EMBEDDING else ""
    if card.context is not None and needs.tokens > card.context:
        return "too_long"
    return _unable(card, needs)


def _unable(card: ModelCard, needs: Needs) -> str:
    """What a model that states its abilities does not state."""
    if not card.capabilities:
        return ""
    if needs.tools and "tools" not in card.capabilities:
        return "no_tools"
    return "no_pictures" if needs.pictures and "vision" not in card.capabilities else ""


def _nothing(name: str, skipped: Iterable[Skipped]) -> CallError:
    first = next(iter(skipped), Skipped(name, "not_served"))
    connection = first.name.partition("/")[0]
    code = WHY[first.why]
    return CallError(code, connection=connection, model=name[:200])


def _serves(snapshot: Snapshot, caller: Caller, served: Served) -> bool:
    return snapshot.connections[served.connection].serves(caller.person_id)


def _open(snapshot: Snapshot, name: str) -> Served | None:
    """A connection whose models nobody has listed yet takes any id under its name."""
    connection, slash, model_id = name.partition("/")
    opened = snapshot.connections.get(connection)
    if not slash or not model_id or opened is None or not opened.takes(model_id):
        return None
    return Served(opened.id, opened.name, model_id)
