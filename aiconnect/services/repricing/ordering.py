"""The order to price records anew: one at a time for the team, kept until it is done."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Conflict, NotFound, Refused
from aiconnect.models import Role, Setting
from aiconnect.services import audit
from aiconnect.services.audit import Actor
from aiconnect.services.budgets import tallies
from aiconnect.services.pricing import usd
from aiconnect.services.repricing import anew
from aiconnect.services.repricing.chosen import Place, Selection
from aiconnect.services.repricing.previewing import preview
from aiconnect.services.writing import writing

NAME = "repricing"
CHANGED = N_("Prices or calls have changed meanwhile. Look at what changes again.")
DONE, BROKEN_OFF = "done", "broken_off"


@dataclass(frozen=True, slots=True)
class Order:
    """What was ordered, and how far it has come.

    `prices` is the digest of the prices that were seen; `place` the last record that was looked
    at; `calls` of `total` were, `changed` got another cost; `before` and `after` are nano-dollars
    that are owed for those that were looked at. `ended` is DONE, or BROKEN_OFF where prices have
    changed since they were seen.
    """

    selection: Selection
    by: str
    via: str
    ordered_at: datetime
    prices: str
    total: int
    place: Place | None = None
    calls: int = 0
    changed: int = 0
    before: int = 0
    after: int = 0
    ended: str = ""

    @property
    def before_usd(self) -> Decimal:
        return usd(self.before) or Decimal(0)

    @property
    def after_usd(self) -> Decimal:
        return usd(self.after) or Decimal(0)


def order(
    session: Session, actor: Actor, selection: Selection, digest: str, *, most: int | None = None
) -> Order:
    """Order what was seen in a preview of this digest; nothing is written to records yet.

    Raises Conflict where it would be something else by now, or another order is not done, and
    Refused for whoever is no admin, and where nothing would change.
    """
    check_right(actor)
    seen = preview(session, selection, most=most)
    if seen.digest != digest:
        raise Conflict(CHANGED)
    if not seen.total.changed:
        raise Refused(N_("Nothing would change: every call costs that already."))
    with writing(session):
        if read(session) is not None:
            raise Conflict(N_("Another period is being priced anew. Wait until it is done."))
        if anew.prices_of(session) != seen.prices:  # a preview of many calls takes its time
            raise Conflict(CHANGED)
        total = seen.total.calls
        made = Order(selection, actor.name, actor.via, clock.now(), seen.prices, total)
        keep(session, made)
        audit.record(session, actor, "order.reprice", subject(made), **_chosen(made))
    return made


def stop(session: Session, actor: Actor) -> Order:
    """Leave it where it is: what is done stays done, and can be priced anew again."""
    check_right(actor)
    with writing(session):
        found = read(session)
        if found is None:
            raise NotFound(N_("Nothing is being priced anew."))
        close(session, found, actor, "stop.reprice")
    return found


def under_way(session: Session) -> Order | None:
    """The order that is not done yet."""
    return read(session)


def is_ordered(session: Session) -> bool:
    """Whether there is one: cheap enough to ask every few seconds."""
    return bool(session.scalar(select(exists().where(Setting.name == NAME))))


def check_right(actor: Actor) -> None:
    """Raises Refused: what calls have cost is changed by admins only."""
    if not actor.role.covers(Role.ADMIN):
        raise Refused(N_("Only an admin may price calls anew. Ask one of them."))


def read(session: Session) -> Order | None:
    """The order as the database has it now."""
    kept = session.scalar(select(Setting.value).where(Setting.name == NAME))
    return None if kept is None else _from_json(json.loads(kept))


def keep(session: Session, made: Order) -> None:
    """Write the order down, within the running unit of work."""
    row = session.get(Setting, NAME, populate_existing=True)
    if row is None:
        session.add(Setting(name=NAME, value=_as_json(made)))
    else:
        row.value = _as_json(made)
    session.flush()


def close(session: Session, done: Order, actor: Actor, action: str) -> None:
    """Within the running unit of work: budgets are summed up, and it is told what has changed."""
    row = session.get(Setting, NAME, populate_existing=True)
    if row is not None:
        session.delete(row)
        session.flush()
    tallies.recount_all(session)
    facts = {
        "calls": str(done.calls), "changed": str(done.changed),
        "before": f"{done.before_usd:f}", "after": f"{done.after_usd:f}",
    }  # fmt: skip
    audit.record(session, actor, action, subject(done), **_chosen(done), **facts)


def subject(made: Order) -> str:
    """What the audit log calls it: the days that it is about."""
    return f"{made.selection.since:%Y-%m-%d} – {made.selection.until:%Y-%m-%d}"  # noqa: RUF001


def _chosen(made: Order) -> dict[str, str]:
    chosen = made.selection.as_json()
    return {name: str(value) for name, value in chosen.items() if value and name != "last"}


def _as_json(made: Order) -> str:
    place = made.place and [made.place[0].isoformat(), made.place[1]]
    kept = asdict(made) | {
        "selection": made.selection.as_json(), "place": place,
        "ordered_at": made.ordered_at.isoformat(),
    }  # fmt: skip
    return json.dumps(kept)


def _from_json(kept: dict[str, Any]) -> Order:
    place = kept["place"]
    made = Order(**kept)
    return replace(
        made,
        selection=Selection.from_json(kept["selection"]),
        ordered_at=datetime.fromisoformat(kept["ordered_at"]),
        place=None if place is None else (datetime.fromisoformat(place[0]), place[1]),
    )
