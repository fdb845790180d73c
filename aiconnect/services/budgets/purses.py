"""What keeps one person's calls from models that cost money, before any is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Budget, Connection, Scope
from aiconnect.services import team_zone
from aiconnect.services.budgets import belonging, freezing, tallies

FROZEN, OVER, UNPRICED = "spend_frozen", "over_budget", "unpriced"
"""Reasons: spending is frozen, a hard budget is spent, or one lets nothing through unpriced."""

Key = tuple[int, str]
"""(connection id, model id)."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which models some budgets count: all, those of connections, or single ones."""

    is_all: bool = False
    connections: frozenset[int] = frozenset()
    models: frozenset[Key] = frozenset()

    def has(self, key: Key) -> bool:
        return self.is_all or key[0] in self.connections or key in self.models


@dataclass(frozen=True, slots=True)
class Purse:
    """`spent` is what hard budgets have nothing left for, `strict` where they want a price.

    `paid` are the connections that a subscription pays for: nothing stops those.
    """

    is_frozen: bool = False
    spent: Reach = Reach()
    strict: Reach = Reach()
    paid: frozenset[int] = frozenset()

    def reason(self, key: Key, *, is_priced: bool) -> str:
        """Why a model that is not free cannot be called, "" where it can."""
        if key[0] in self.paid:
            return ""
        if self.is_frozen:
            return FROZEN
        if self.strict.has(key) and not is_priced:
            return UNPRICED
        return OVER if self.spent.has(key) else ""


def purse(session: Session, person_id: int | None) -> Purse:
    """This person's, by what the ledger says was spent; None: what holds for everybody."""
    is_frozen = freezing.is_frozen(session) is not None
    found = _hard(session, person_id)
    if not (found or is_frozen):
        return Purse()
    kept = tallies.current(session, team_zone.read(session), clock.now())
    spent = [one for one in found if kept[one.id].spent >= one.limit]
    strict = [one for one in found if not one.allows_unpriced]
    flat = select(Connection.id).where(Connection.flat_fee)
    return Purse(
        is_frozen,
        _reach(session, spent),
        _reach(session, strict),
        frozenset(session.scalars(flat)),
    )


def _hard(session: Session, person_id: int | None) -> list[Budget]:
    """Those that count calls of this person; of an access token nothing is known here."""
    every = session.scalars(select(Budget).where(Budget.is_soft.is_(False))).all()
    of_theirs = {Scope.PERSON: person_id, Scope.TOKEN: None}
    return [
        one
        for one in every
        if one.scope not in of_theirs
        or (one.target_id is not None and one.target_id == of_theirs[Scope(one.scope)])
    ]


def _reach(session: Session, budgets: Iterable[Budget]) -> Reach:
    every = list(budgets)
    members = belonging.members(session, every)
    return Reach(
        any(one.scope in {Scope.TEAM, Scope.PERSON} for one in every),
        frozenset(one.target_id or 0 for one in every if one.scope == Scope.CONNECTION),
        frozenset(key for models in members.values() for key in models),
    )
