"""Single calls a page at a time: each page begins where a call ends, so none is counted through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from aiconnect.models import UsageRecord
from aiconnect.services import recorded_calls
from aiconnect.services.audit import Actor
from aiconnect.services.recorded_calls import Seen

SIZE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Calls, the latest first; `newer` and `older` are the marks of the pages beside it, or ""."""

    calls: Sequence[Seen]
    newer: str = ""
    older: str = ""


def page(
    session: Session,
    actor: Actor,
    conditions: Sequence[ColumnElement[bool]],
    *,
    before: str = "",
    after: str = "",
    most: int = SIZE,
) -> Page:
    """The latest calls that fit, before a mark or after one; a mark that means nothing is none."""
    older, newer = _mark(before), _mark(after)
    key = tuple_(UsageRecord.at, UsageRecord.id)
    rows = select(UsageRecord).where(UsageRecord.outcome.is_not(None), *conditions)
    rows = rows.where(recorded_calls.seen_by(actor)).limit(most + 1)
    if newer is not None:
        rows = rows.where(key > newer).order_by(UsageRecord.at, UsageRecord.id)
    else:
        rows = rows.where(key < older) if older else rows
        rows = rows.order_by(UsageRecord.at.desc(), UsageRecord.id.desc())
    found = list(session.scalars(rows))
    is_more, found = len(found) > most, found[:most]
    if newer is not None:
        found.reverse()
    if not found:
        return Page([])
    return Page(
        list(recorded_calls.seen(session, actor, found)),
        newer=_written(found[0]) if older or (newer and is_more) else "",
        older=_written(found[-1]) if newer or is_more else "",
    )


def _written(record: UsageRecord) -> str:
    return f"{record.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}~{record.id}"


def _mark(text: str) -> tuple[datetime, str] | None:
    """When, as UTC, and which call; None for what no page has written."""
    at, _, id_ = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        is_whole = moment.tzinfo is not None and 0 < len(id_) <= 36 and id_.isascii()
        return (moment.astimezone(UTC), id_) if is_whole and id_.isprintable() else None
    except (ValueError, OverflowError):  # an offset may lead out of all years
        return None
