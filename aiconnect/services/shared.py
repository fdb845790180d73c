"""What routes and collections share: admins change them, and their models stand in an order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from aiconnect.errors import N_, Conflict, Refused
from aiconnect.models import CollectionModel, Connection, Role, RouteStep
from aiconnect.services.audit import Actor
from aiconnect.services.named import Named

MOST = 200
"""Models in one route or collection: nobody reads a longer one, and no call tries them all."""

Entry = TypeVar("Entry", RouteStep, CollectionModel)


class Placed(Protocol):
    """A model of a connection, as a step or an entry names it."""

    @property
    def connection(self) -> Connection: ...

    @property
    def model_id(self) -> str: ...


def check_right(actor: Actor) -> None:
    """Raise Refused where they may only look: both are the whole team's."""
    if not actor.role.covers(Role.ADMIN):
        sentence = N_("Only an admin may change routes and collections. Ask one of them.")
        raise Refused(sentence)


def name_of(one: Placed) -> str:
    """`connection/id`, as programs write it."""
    return f"{one.connection.name}/{one.model_id}"


def check_new(entries: Iterable[Placed], found: Named) -> None:
    """Raise Conflict where the model is among them already, Refused where there are too many."""
    names = [name_of(one) for one in entries]
    if found.name in names:
        raise Conflict(N_("%(model)s is in it already."), field="model", model=found.name)
    if len(names) >= MOST:
        raise Refused(N_("%(most)s models at most."), field="model", most=MOST)


def place(entries: list[Entry], one: Entry, position: int) -> None:
    """Put an entry at a position, counted from 1; beyond the last it is the last."""
    order = [other for other in entries if other is not one]
    order.insert(max(position, 1) - 1, one)
    number(order)
    entries.sort(key=lambda entry: entry.position)


def number(entries: Iterable[Entry]) -> None:
    """Count positions anew from 1, in the order given."""
    for position, one in enumerate(entries, 1):
        one.position = position
