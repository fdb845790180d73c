"""The list of models as one reader sees it: narrowed, in order, 50 at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, Person
from aiconnect.services import budgets, collections, connections, maturity, speed
from aiconnect.services.audit import Actor
from aiconnect.services.choosing import lines, pins
from aiconnect.services.choosing.lines import Key
from aiconnect.services.choosing.picks import picks
from aiconnect.services.choosing.recommended import Recommendation, recommended
from aiconnect.services.choosing.standing import Standing, home_reason
from aiconnect.services.choosing.wanted import ORDERS, TEAM_ORDER, Seen, Wanted, found_in

SIZE = 50
SHARED = {"route"}
"""What is the whole team's, so that a personal connection is nothing for it."""


@dataclass(frozen=True, slots=True)
class Group:
    """Models under one heading: pinned ones, those of one connection, or (neither) all of them.

    `parts` are (maker, models); the maker is "" where nothing tells, or it is no order here.
    """

    parts: Sequence[tuple[str, Sequence[Seen]]]
    connection: Connection | None = None
    is_pinned: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """Of a connection: how many models it serves, and how many can be chosen now."""

    served: int
    usable: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of what was asked for; `number` counts from 1, `total` is over all pages.

    `served` and `usable` count everything that the reader sees, asked for or not; `kinds` and
    `abilities` are what one can ask for, the most frequent first; `best` is everything recommended.
    """

    items: Sequence[Seen]
    groups: Sequence[Group]
    total: int
    number: int
    pages: int
    counts: Mapping[int, Counts]
    kinds: Sequence[str]
    abilities: Sequence[str]
    recommended: Mapping[Key, Sequence[Recommendation]]
    best: Sequence[tuple[Recommendation, Seen]]
    last: str = ""
    size: int = SIZE

    @property
    def served(self) -> int:
        return sum(one.served for one in self.counts.values())

    @property
    def usable(self) -> int:
        return sum(one.usable for one in self.counts.values())

    @property
    def first_shown(self) -> int:
        return (self.number - 1) * self.size + 1 if self.items else 0

    @property
    def last_shown(self) -> int:
        return (self.number - 1) * self.size + len(self.items)


def page(session: Session, actor: Actor, wanted: Wanted, *, paused: Container[Key] = ()) -> Page:
    """The models that they asked for among those that they may use, pinned ones first.

    `paused` is what the breakers leave alone at the moment; (connection, "") is a whole one.
    """
    standing = _standing(session, actor, wanted.use, paused)
    every = _every(session, actor, standing)
    found = sorted(
        found_in(every, wanted),
        key=lambda one: (not one.is_pinned, ORDERS[wanted.sort](one)),
    )
    pages = max(1, -(-len(found) // SIZE))
    number = min(max(wanted.number, 1), pages)
    items = found[(number - 1) * SIZE : number * SIZE]
    served = [one for one in every if one.line.is_served]
    best = recommended(served, picks(session))
    return Page(
        items=items,
        groups=list(_groups(items, standing, is_flat=wanted.sort != TEAM_ORDER)),
        total=len(found),
        number=number,
        pages=pages,
        counts=_counts(served),
        kinds=_frequent(one.line.type for one in served),
        abilities=_frequent(name for one in served for name in one.line.capabilities),
        recommended=best,
        best=[(why, one) for one in served for why in best.get(one.line.key, ())],
        last=pins.last(session, actor.person_id, wanted.use or "try"),
    )


def get(
    session: Session, actor: Actor, model_id: int, *, paused: Container[Key] = ()
) -> tuple[Seen, Sequence[Recommendation]] | None:
    """One model by its id and what it is recommended for; None where they do not see it."""
    standing = _standing(session, actor, "", paused)
    every = _every(session, actor, standing)
    found = next((one for one in every if one.line.id == model_id), None)
    if found is None:
        return None
    return found, recommended(every, picks(session)).get(found.line.key, [])


def _standing(session: Session, actor: Actor, use: str, paused: Container[Key]) -> Standing:
    rows = select(Connection).where(connections.whole(actor))
    ordered = rows.order_by(Connection.position, Connection.id)
    seen = {one.id: one for one in session.scalars(ordered)}
    is_shared = use in SHARED
    person = session.get(Person, actor.person_id) if actor.person_id else None
    return Standing(
        connections=seen,
        now=clock.now(),
        tags=lines.every(session).tags,
        homes={one.id: home_reason(one, paused, is_shared=is_shared) for one in seen.values()},
        paused=paused,
        is_mature=person is None or maturity.is_on(session, person),
        purse=budgets.purse(session, actor.person_id),
    )


def _every(session: Session, actor: Actor, standing: Standing) -> list[Seen]:
    """All that they see; the speed and place of each are asked for at once."""
    pinned = pins.pinned(session, actor.person_id)
    speeds = speed.every(session, standing.connections)
    held = collections.memberships(session, actor)
    return [
        Seen(
            line,
            standing.reason(line),
            standing.tag(line),
            speeds.get(line.key),
            held.get(line.key, ()),
            line.key in pinned,
        )
        for line in lines.every(session).lines
        if line.connection_id in standing.connections
    ]


def _groups(items: Sequence[Seen], standing: Standing, *, is_flat: bool) -> Iterable[Group]:
    def home(one: Seen) -> int:
        return 0 if one.is_pinned or is_flat else one.line.connection_id

    for (is_pinned, number), some in groupby(items, lambda one: (one.is_pinned, home(one))):
        parts = [(maker, list(models)) for maker, models in groupby(some, _maker(number))]
        yield Group(parts, standing.connections.get(number), is_pinned)


def _maker(number: int) -> Callable[[Seen], str]:
    return lambda one: one.line.maker if number else ""


def _counts(served: Iterable[Seen]) -> dict[int, Counts]:
    every = Counter(one.line.connection_id for one in served)
    usable = Counter(one.line.connection_id for one in served if not one.reason)
    return {number: Counts(many, usable[number]) for number, many in every.items()}


def _frequent(names: Iterable[str]) -> list[str]:
    return [name for name, _ in Counter(names).most_common(SIZE)]
