"""Whose a budget is: a person, an access token, a connection, a collection; and who sees that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from aiconnect.errors import N_, NotFound, Refused
from aiconnect.models import AccessToken, Budget, Collection, Connection, Person, Role, Scope
from aiconnect.services import connections
from aiconnect.services.audit import Actor

Target = AccessToken | Collection | Connection | Person

TABLES: Mapping[str, tuple[type[Any], InstrumentedAttribute[str]]] = {
    Scope.PERSON: (Person, Person.email),
    Scope.TOKEN: (AccessToken, AccessToken.name),
    Scope.CONNECTION: (Connection, Connection.name),
    Scope.COLLECTION: (Collection, Collection.name),
}
"""Where the targets of a scope are, and what each is called."""

FIELDS = {Scope.PERSON: "email", Scope.TOKEN: "access_token"}
"""What an error calls a target, where not as the scope."""

MISSING = {
    Scope.PERSON: N_("There is no person with the email %(name)s."),
    Scope.TOKEN: N_("There is no access token %(name)s that is valid now."),
    Scope.CONNECTION: N_("There is no connection named %(name)s."),
    Scope.COLLECTION: N_("There is no collection named %(name)s."),
}


@dataclass(frozen=True, slots=True)
class Named:
    """What a budget is of: `name` is "" for the team, and where it is not for the reader.

    `is_gone` says that there is no such thing any more: the budget counts nothing.
    """

    name: str = ""
    is_gone: bool = False
    is_hidden: bool = False


def find(session: Session, actor: Actor, scope: str, target: str | int) -> int | None:
    """The id of what is meant, None for the team. Raises NotFound or Refused."""
    if scope == Scope.TEAM:
        return None
    if scope not in TABLES:
        raise Refused(N_("Choose what the budget counts."), field="target")
    table, called = TABLES[scope]
    column = table.id if isinstance(target, int) else called
    wanted = connections.storable_id(target) if isinstance(target, int) else _typed(target)
    rows = select(table.id).where(column == wanted, *_choosable(scope, actor))
    found = session.scalar(rows)
    if found is None:
        field = FIELDS.get(Scope(scope), scope)
        raise NotFound(MISSING[Scope(scope)], field=field, name=str(target)[:300])
    return int(found)


def choices(session: Session, actor: Actor) -> dict[str, list[tuple[int, str]]]:
    """What a budget can be of: (id, name) by scope, the team left out."""
    return {scope: _choices(session, actor, scope) for scope in TABLES}


def names(session: Session, actor: Actor, budgets: Iterable[Budget]) -> dict[int, Named]:
    """What each budget is of, by the budget's id."""
    every = list(budgets)
    known = {scope: _known(session, scope, every) for scope in TABLES}
    theirs = {scope: _seen(session, actor, scope, every) for scope in TABLES}
    return {one.id: _named(one, known, theirs) for one in every}


def concerning(actor: Actor) -> ColumnElement[bool]:
    """For queries: budgets that they may see. Admins see all, others those that can stop them."""
    if actor.role.covers(Role.ADMIN):
        return true()
    seen = (
        and_(
            Budget.scope == scope, Budget.target_id.in_(select(table.id).where(*_own(scope, actor)))
        )
        for scope, (table, _) in TABLES.items()
    )
    return or_(Budget.scope == Scope.TEAM, *seen)


def is_gone(session: Session, budget: Budget) -> bool:
    """Whether what it is of is there no more."""
    if budget.scope == Scope.TEAM:
        return False
    return budget.target_id not in _known(session, budget.scope, [budget])


def _typed(target: str) -> str:
    return target.strip().replace("\0", "")


def _choices(session: Session, actor: Actor, scope: str) -> list[tuple[int, str]]:
    table, called = TABLES[scope]
    rows = select(table.id, called).where(*_choosable(scope, actor)).order_by(called)
    return [(row[0], row[1]) for row in session.execute(rows)]


def _choosable(scope: str, actor: Actor) -> Sequence[ColumnElement[bool]]:
    """What there is, and is theirs to name."""
    alive = {
        Scope.PERSON: [Person.disabled_at.is_(None)],
        Scope.TOKEN: [AccessToken.revoked_at.is_(None)],
    }
    return [*alive.get(Scope(scope), []), *_whole(scope, actor)]


def _whole(scope: str, actor: Actor) -> Sequence[ColumnElement[bool]]:
    """Of what can be personal, what they see whole."""
    if scope == Scope.CONNECTION:
        return [connections.whole(actor)]
    if scope == Scope.COLLECTION and actor.via not in {"command", "system"}:
        return [or_(Collection.owner_id.is_(None), Collection.owner_id == actor.person_id)]
    return []


def _own(scope: str, actor: Actor) -> Sequence[ColumnElement[bool]]:
    """What of a scope somebody uses who is no admin."""
    theirs = {
        Scope.PERSON: [Person.id == actor.person_id],
        Scope.TOKEN: [AccessToken.person_id == actor.person_id],
    }
    return theirs.get(Scope(scope)) or _whole(scope, actor)


def _known(session: Session, scope: str, budgets: Iterable[Budget]) -> dict[int, str]:
    """The names of targets that are there, by their ids."""
    table, called = TABLES[scope]
    wanted = {one.target_id for one in budgets if one.scope == scope}
    if not wanted:
        return {}
    alive = [AccessToken.revoked_at.is_(None)] if scope == Scope.TOKEN else []
    rows = session.execute(select(table.id, called).where(table.id.in_(wanted), *alive))
    return {row[0]: row[1] for row in rows}


def _seen(session: Session, actor: Actor, scope: str, budgets: Iterable[Budget]) -> frozenset[int]:
    table, _called = TABLES[scope]
    wanted = {one.target_id for one in budgets if one.scope == scope}
    if not wanted:
        return frozenset()
    rows = select(table.id).where(table.id.in_(wanted), *_whole(scope, actor))
    return frozenset(session.scalars(rows))


def _named(
    budget: Budget, known: Mapping[str, dict[int, str]], theirs: Mapping[str, frozenset[int]]
) -> Named:
    if budget.scope == Scope.TEAM:
        return Named()
    target = budget.target_id or 0
    if target not in known[budget.scope]:
        return Named(is_gone=True)
    if target not in theirs[budget.scope]:
        return Named(is_hidden=True)
    return Named(known[budget.scope][target])
