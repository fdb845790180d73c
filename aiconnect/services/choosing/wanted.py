"""What a reader asks of the list of models, as values."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import inf

from aiconnect.errors import N_
from aiconnect.services.choosing.lines import FREE, KNOWN, UNKNOWN, Line
from aiconnect.services.pricing import nano
from aiconnect.services.speed import Speed

LONGEST = 300
DIGITS = re.compile(r"([0-9]{1,18})")
TEAM_ORDER = "team"
SORTS: Mapping[str, str] = {
    TEAM_ORDER: N_("By connection"),
    "name": N_("By name"),
    "price": N_("Cheapest first"),
    "context": N_("Longest context first"),
    "speed": N_("Fastest first"),
}
COSTS: Mapping[str, str] = {
    FREE: N_("Free"),
    KNOWN: N_("Known"),
    UNKNOWN: N_("Unknown"),
}
PLACES: Mapping[str, str] = {"local": N_("On your machines"), "cloud": N_("In the cloud")}
MODERATED: Mapping[str, str] = {"yes": N_("Moderated"), "no": N_("Not moderated")}
STATES: Mapping[str, str] = {
    "available": N_("Usable now"),
    "unavailable": N_("Not usable now"),
    "hidden": N_("Switched off"),
    "not_allowed": N_("Not on the allow-list"),
    "retired": N_("Retired"),
    "not_listed": N_("No longer listed"),
    "over_budget": N_("Over budget"),
    "unpriced": N_("Without a price"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters, order and page; an empty one asks for nothing.

    `q` is part of a name; `kind` a type; `can` a capability; `place` local or cloud; `cost` free,
    known or unknown; `most` the USD that a million tokens of output may cost; `context` how many
    tokens it takes at least; `collection` and `connection` are names; `use` is for which form a
    model is chosen.
    """

    q: str = ""
    kind: str = ""
    can: str = ""
    collection: str = ""
    place: str = ""
    cost: str = ""
    most: Decimal | None = None
    context: int | None = None
    tag: str = ""
    moderated: str = ""
    connection: str = ""
    state: str = ""
    sort: str = TEAM_ORDER
    number: int = 1
    use: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A line as one reader sees it: what filters and orders look at beside it."""

    line: Line
    reason: str
    tag: str
    speed: Speed | None
    collections: Collection[str]
    is_pinned: bool


def found_in(every: Iterable[Seen], wanted: Wanted) -> list[Seen]:
    """What the reader asked for."""
    asked = [check for name, check in CHECKS.items() if getattr(wanted, name)]
    here = [one for one in every if one.line.is_served or _may_be_gone(one, wanted)]
    for check in asked:
        here = [one for one in here if check(one, wanted)]
    return here


def _may_be_gone(seen: Seen, wanted: Wanted) -> bool:
    """A model that vanished is shown to who asks for it, and where somebody keeps it."""
    return wanted.state == "not_listed" or seen.is_pinned or bool(wanted.collection)


def _in_state(seen: Seen, wanted: Wanted) -> bool:
    if wanted.state in {"available", "unavailable"}:
        return (not seen.reason) == (wanted.state == "available")
    return seen.reason == wanted.state


def _costs_at_most(seen: Seen, wanted: Wanted) -> bool:
    output = seen.line.output
    return output is not None and output <= nano(wanted.most or Decimal())


CHECKS: Mapping[str, Callable[[Seen, Wanted], bool]] = {
    "connection": lambda one, wanted: one.line.connection == wanted.connection,
    "collection": lambda one, wanted: wanted.collection in one.collections,
    "kind": lambda one, wanted: one.line.type == wanted.kind,
    "can": lambda one, wanted: wanted.can in one.line.capabilities,
    "place": lambda one, wanted: one.line.is_local == (wanted.place == "local"),
    "cost": lambda one, wanted: one.line.cost == wanted.cost,
    "most": _costs_at_most,
    "context": lambda one, wanted: (one.line.context or 0) >= (wanted.context or 0),
    "tag": lambda one, wanted: one.tag == wanted.tag,
    "moderated": lambda one, wanted: one.line.moderated is (wanted.moderated == "yes"),
    "state": _in_state,
    "q": lambda one, wanted: wanted.q.casefold() in one.line.sought,
}
"""What a filter asks of a model; quick ones come first."""


def _speed(seen: Seen) -> float:
    return -seen.speed.tokens_per_second if seen.speed else inf


def _cheapness(seen: Seen) -> float:
    line = seen.line
    if line.output is None:
        return inf
    return (line.input or 0) + line.output


def natural(name: str) -> tuple[tuple[str, int], ...]:
    """A key by which 2B comes before 11B, as people read numbers."""
    parts = DIGITS.split(name.casefold())
    numbers = (*map(int, parts[1::2]), 0)
    return tuple(zip(parts[::2], numbers, strict=True))


ORDERS: Mapping[str, Callable[[Seen], object]] = {
    TEAM_ORDER: lambda _: 0,  # lines come in it
    "name": lambda one: natural(one.line.title),
    "price": _cheapness,
    "context": lambda one: -(one.line.context or 0),
    "speed": _speed,
}
