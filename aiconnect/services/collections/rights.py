"""Who sees a collection, who changes it, and what the audit log says of a change."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, true
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import Collection, Role
from aiconnect.services import audit, budgets, installation, shared
from aiconnect.services.audit import Actor

PERSONAL = "a personal collection"
"""What the audit log, which admins read, calls one: not even its name is theirs to see."""


def seen(actor: Actor) -> ColumnElement[bool]:
    """For queries: the team's collections and their own; the operator sees every one."""
    if _is_operator(actor):
        return true()
    if actor.person_id is None:
        return Collection.owner_id.is_(None)
    return or_(Collection.owner_id.is_(None), Collection.owner_id == actor.person_id)


def may_keep(actor: Actor) -> bool:
    """Whether they may have collections of their own."""
    return actor.role.covers(Role.MEMBER)


def may_change(actor: Actor, collection: Collection) -> bool:
    """Whether they may change one that they see."""
    needed = Role.ADMIN if collection.owner_id is None else Role.MEMBER
    return _is_operator(actor) or actor.role.covers(needed)


def check_add(actor: Actor, owner_id: int | None) -> None:
    """Raise Refused where they may not make one for this person, or for the team (None)."""
    if owner_id is None:
        shared.check_right(actor)
        return
    is_theirs = owner_id == actor.person_id and may_keep(actor)
    if not (is_theirs or _is_operator(actor)):
        raise Refused(N_("Members may keep collections of their own, and nobody for others."))


def check_change(actor: Actor, collection: Collection) -> None:
    """Raise Refused where they may only look."""
    if may_change(actor, collection):
        return
    if collection.owner_id is None:
        shared.check_right(actor)
    raise Refused(N_("Members may keep collections of their own, and nobody for others."))


def record(session: Session, actor: Actor, verb: str, collection: Collection, **facts: str) -> None:
    """Write a change down, within the running unit of work; its budget and the gateway learn of it.

    What was changed is changed by then.
    """
    if verb != "add":
        budgets.collection_changed(session, collection.id, is_gone=verb == "remove")
    action = f"{verb}.collection"
    if collection.owner_id is None:
        audit.record(session, actor, action, collection.name, **facts)
    else:
        audit.record(session, actor, action, PERSONAL)
    installation.bump_revision(session)


def touch(collection: Collection, actor: Actor) -> None:
    """Count a change of what is in it or in which order."""
    collection.version += 1
    collection.changed_at, collection.changed_by = clock.now(), actor.name


def _is_operator(actor: Actor) -> bool:
    return actor.via in {"command", "system"}
