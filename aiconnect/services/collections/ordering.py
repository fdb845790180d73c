"""The order of a collection, safe against two people who change it at once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from aiconnect.models import Collection, CollectionModel
from aiconnect.services import shared
from aiconnect.services.audit import Actor
from aiconnect.services.collections.filling import entry
from aiconnect.services.collections.finding import own
from aiconnect.services.collections.rights import record, touch
from aiconnect.services.shared import name_of
from aiconnect.services.writing import writing

UP, DOWN = "up", "down"


@dataclass(frozen=True, slots=True)
class Wish:
    """An entry is to go `up` or `down` one place, or to a place counted from 1.

    `version` and `place` are those of the collection and of the entry in the page that was looked
    at, None where nobody looked.
    """

    entry_id: int
    to: str | int
    version: int | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Reordered:
    """How a wish ended: `entry` is None where it is not in the collection any more.

    `changed_by` is who has changed the collection since the page was read, "" for nobody.
    """

    collection: Collection
    entry: CollectionModel | None
    moved: bool
    changed_by: str = ""


def move(session: Session, actor: Actor, which: str | int, model: str, position: int) -> Collection:
    """Put a model at a position, counted from 1; beyond the last it is the last."""
    with writing(session):
        found = own(session, actor, which)
        _place(session, actor, found, entry(found, model), position)
    return found


def reorder(session: Session, actor: Actor, which: str | int, wish: Wish) -> Reordered:
    """Fulfil a wish in the order as it is now, which another may have changed meanwhile.

    Nothing of the other's is undone: the entry moves among the places of now, one that is there
    already stays, and one that is gone is left alone.
    """
    with writing(session):
        found = own(session, actor, which)
        is_stale = wish.version is not None and wish.version != found.version
        by = found.changed_by if is_stale else ""
        one = next((one for one in found.models if one.id == wish.entry_id), None)
        if one is None:
            return Reordered(found, None, moved=False, changed_by=by or found.changed_by)
        now = found.models.index(one) + 1
        target = min(max(_target(wish, now), 1), len(found.models))
        if target != now:
            _place(session, actor, found, one, target)
    return Reordered(found, one, moved=target != now, changed_by=by)


def _target(wish: Wish, now: int) -> int:
    """The place that is wanted; one that went the same way meanwhile has arrived."""
    if isinstance(wish.to, int):
        return wish.to
    seen = wish.place or now
    if wish.to == UP:
        return now if now < seen else now - 1
    return now if now > seen else now + 1


def _place(
    session: Session, actor: Actor, found: Collection, one: CollectionModel, position: int
) -> None:
    shared.place(found.models, one, position)
    touch(found, actor)
    record(session, actor, "change", found, moved=name_of(one), to=str(one.position))
