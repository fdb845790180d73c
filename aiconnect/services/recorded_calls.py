"""Single calls of the ledger, as far as somebody may see them."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.calls.plan import COLLECTION
from aiconnect.errors import N_, NotFound
from aiconnect.models import Role, UsageRecord
from aiconnect.services import collections, connections, pricing
from aiconnect.services.audit import Actor

SHOWN = 25
SPAN = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Seen:
    """A call. Where it is not `whole`, it touched a personal connection of somebody else.

    Which model was called then, and under which name, is theirs. `asked` is that name, "" where
    it is not for the reader: one of a personal collection is its owner's alone.
    """

    record: UsageRecord
    whole: bool = True
    asked: str = ""

    @property
    def tokens(self) -> int:
        """All of them, in and out."""
        one = self.record
        inward = (one.input_tokens, one.cache_read_tokens, one.cache_write_tokens)
        return sum(part or 0 for part in (*inward, one.output_tokens, one.reasoning_tokens))

    @property
    def cost(self) -> Decimal | None:
        """In USD; None where it is not known."""
        return pricing.usd(self.record.cost)


def latest(session: Session, actor: Actor, *, most: int = SHOWN) -> list[Seen]:
    """The latest settled calls of a month, the newest first: admins see all, others their own."""
    rows = (
        select(UsageRecord)
        .where(UsageRecord.at >= clock.now() - SPAN, UsageRecord.outcome.is_not(None))
        .where(seen_by(actor))
        .order_by(UsageRecord.at.desc(), UsageRecord.id.desc())
        .limit(most)
    )
    return list(seen(session, actor, session.scalars(rows)))


def get(session: Session, actor: Actor, call_id: str) -> Seen:
    """A settled call; raises NotFound, also where they may not see it."""
    rows = select(UsageRecord).where(UsageRecord.id == call_id, UsageRecord.outcome.is_not(None))
    found = session.scalars(rows.where(seen_by(actor)))
    for one in seen(session, actor, found):
        return one
    raise NotFound(N_("There is no such call in the ledger."), field="call")


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """For queries: calls that they see; admins see all, others their own."""
    return true() if actor.role.covers(Role.ADMIN) else UsageRecord.person_id == actor.person_id


def seen(session: Session, actor: Actor, records: Iterable[UsageRecord]) -> Iterable[Seen]:
    """These records as far as they may see them, in the same order."""
    theirs = connections.theirs(session, actor)
    known = {f"{COLLECTION}{name}" for name in collections.names(session, actor).values()}
    for record in records:
        touches = record.connection_id in theirs.ids or _named(record) & theirs.names
        is_own, asked = record.person_id == actor.person_id, record.asked or ""
        whole = is_own or not (touches or _is_hidden(record.model, known))
        is_shown = is_own or (whole and not _is_hidden(asked, known))
        yield Seen(record, whole=whole, asked=asked if is_shown else "")


def _is_hidden(name: str, known: Container[str]) -> bool:
    """Whether it may be the name of somebody's personal collection."""
    return name.startswith(COLLECTION) and name not in known


def _named(record: UsageRecord) -> set[str]:
    """Every connection that a record may name."""
    asked = {name.partition("/")[0] for name in (record.asked or "", record.model)}
    return asked | {str(one[0]) for one in record.tries or ()}
