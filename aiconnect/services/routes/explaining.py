"""What would be tried for a public name, in which order; and of everything else why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from aiconnect import clock
from aiconnect.calls.budgets.foreseeing import withheld
from aiconnect.calls.budgets.rules import Rules
from aiconnect.calls.plan import COLLECTION, WHY, named, plan
from aiconnect.calls.snapshot import Caller, Routed, Snapshot, Step
from aiconnect.errors import N_, CallError, NotFound
from aiconnect.models import Connection, ServedModel
from aiconnect.services import budgets, catalog, team_zone
from aiconnect.services.named import TAG

ANYBODY = Caller(0, "", 0, "")
"""A caller without limits, who has no personal connection."""

WHYS: Mapping[str, str] = {
    "not_served": N_("Its connection does not serve it"),
    "hidden": N_("It is switched off"),
    "outside": N_("It is outside of its connection's allow-list"),
    "not_listed": N_("Its provider does not list it any more"),
    "not_allowed": N_("This access token may not use it"),
    "off": N_("Its connection is off"),
    "key_unreadable": N_("The master key does not open its connection's key"),
    "wrong_type": N_("It is not of the type that is asked for"),
    "other_model": N_("Vectors of another model do not fit those of the first"),
    "no_tools": N_("It cannot call tools"),
    "no_pictures": N_("It does not see pictures"),
    "too_long": N_("The request is longer than its context"),
    "budget_spent": N_("A budget that counts it is spent"),
    "unpriced_model": N_("Nobody knows what it costs, and a budget wants a price"),
    "spend_frozen": N_("Spending is frozen, and it costs money"),
}
"""Why a model is not tried: every reason of a plan, and more of what is not served."""

REFINED = {"hidden": "hidden", "not_allowed": "outside", "not_listed": "not_listed"}
"""Reasons of the catalog that make a model not served, as they are said here."""

BY_CODE = {code: why for why, code in reversed(WHY.items())}
"""What a refused plan of one step means: without needs, each code has one reason, the first."""


@dataclass(frozen=True, slots=True)
class Line:
    """A model behind a name: `number` is its place among those tried, else `why` says why not.

    `first_byte` (seconds) and `retries` are the step's own, None for the usual; `state` is its
    connection's, "" where that has gone.
    """

    name: str
    connection: str
    model_id: str
    number: int | None
    why: str = ""
    first_byte: float | None = None
    retries: int | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """What a public name stands for; `kind` is route, collection or model."""

    name: str
    kind: str
    lines: tuple[Line, ...]
    total: float | None = None


def explain(session: Session, picture: Snapshot, name: str, caller: Caller = ANYBODY) -> Explained:
    """Every model behind a name, in order. Raises NotFound where the name stands for nothing."""
    routed, rules = _routed(picture, caller, name), _rules(session, picture)
    reasons = [_why(picture, rules, caller, step) for step in routed.steps]
    missing = [step for step, why in zip(routed.steps, reasons, strict=True) if why == "not_served"]
    refined, states = _refined(session, missing), _states(session)
    number = count(1)
    lines = (
        Line(
            step.name, step.connection, step.model_id, None if why else next(number),
            refined.get(step.name, why), step.first_byte, step.retries,
            states.get(step.connection, ""),
        )
        for step, why in zip(routed.steps, reasons, strict=True)
    )  # fmt: skip
    return Explained(name, _kind(picture, name), tuple(lines), routed.total)


def caller_of(picture: Snapshot, access_token: str) -> Caller:
    """The caller with the access token of this name; raises NotFound, also for one that is over."""
    found = (one for one in picture.callers.values() if one.token_name == access_token.strip())
    caller = next(found, None)
    if caller is None:
        sentence = N_("There is no access token %(name)s that is valid now.")
        raise NotFound(sentence, field="access_token", name=access_token.strip())
    return caller


def _routed(picture: Snapshot, caller: Caller, name: str) -> Routed:
    """What the gateway would find, and connections that are off behind a bare id."""
    try:
        routed = named(picture, caller, name)
    except CallError as error:
        routed = Routed(name, tuple(_switched_off(picture, caller, name)))
        if not routed.steps:
            sentence = N_("Nothing here is called %(name)s.")
            raise NotFound(sentence, field="model", name=name) from error
        return routed
    is_bare = _kind(picture, name) == "model" and name not in {one.name for one in routed.steps}
    more = _switched_off(picture, caller, name) if is_bare else ()
    return replace(routed, steps=(*routed.steps, *more))


def _switched_off(picture: Snapshot, caller: Caller, model_id: str) -> Iterator[Step]:
    for one in picture.served:
        opened = picture.connections[one.connection]
        is_this = one.model_id in {model_id, model_id + TAG}
        if is_this and not opened.enabled and opened.serves(caller.person_id):
            yield Step(one.connection, one.model_id)


def _rules(session: Session, picture: Snapshot) -> Rules:
    """With budgets as they stand now: the picture says what was spent when it was made."""
    if not picture.budgets:
        return Rules.of(picture)
    in_force = budgets.in_force(session, team_zone.read(session))
    return Rules.of(replace(picture, budgets=in_force))


def _why(picture: Snapshot, rules: Rules, caller: Caller, step: Step) -> str:
    """Asked of the plan that calls get, as a route of this step alone; then of budgets."""
    alone = replace(picture, routes={step.name: Routed(step.name, (step,))})
    try:
        (attempt, *_) = plan(alone, caller, step.name).attempts
    except CallError as error:
        return BY_CODE.get(error.code, "not_served")
    return withheld(rules, caller, attempt, int(clock.now().timestamp() * 1000))


def _kind(picture: Snapshot, name: str) -> str:
    if name in picture.routes:
        return "route"
    is_collection = name.removeprefix(COLLECTION) in picture.collections
    return "collection" if name.startswith(COLLECTION) and is_collection else "model"


def _refined(session: Session, steps: Iterable[Step]) -> dict[str, str]:
    """Of models that are not served, what the catalog knows of the reason, by name."""
    found = {}
    for step in steps:
        row = _row(session, step)
        reason = catalog.available(row)[1] if row else ""
        found[step.name] = REFINED.get(reason, "not_served")
    return found


def _row(session: Session, step: Step) -> ServedModel | None:
    rows = select(ServedModel).join(ServedModel.connection)
    rows = rows.options(contains_eager(ServedModel.connection))
    rows = rows.where(Connection.name == step.connection, ServedModel.model_id == step.model_id)
    return session.scalar(rows)


def _states(session: Session) -> dict[str, str]:
    return {one.name: one.shown_state.value for one in session.scalars(select(Connection))}
