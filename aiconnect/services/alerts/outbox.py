"""What is to be sent: a row for each message to each channel, tried until it is taken.

A row is claimed by counting the try up before it is sent, with the time of the next one: a process
that dies while it sends is followed by whoever looks at that time. A message may so arrive twice,
but with the same id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from aiconnect import clock, ids
from aiconnect.models import Alert, AlertChannel, AlertDelivery
from aiconnect.services.alerts import quiet
from aiconnect.services.writing import writing

OPENED, RESOLVED, TEST, DIGEST = "opened", "resolved", "test", "digest"
WAITING, SENT, GIVEN_UP = "waiting", "sent", "given_up"

PAUSES = (*(2**n for n in range(10)), 417)
"""Minutes after each try that failed: the last try is 24 hours after the first."""

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is the caller's to send, once; `tries` counts this one."""

    delivery: AlertDelivery
    channel: AlertChannel
    alert: Alert | None
    tries: int


def queue(
    session: Session,
    channel: AlertChannel,
    event: str,
    now: datetime,
    zone: tzinfo,
    alert: Alert | None = None,
    **content: object,
) -> AlertDelivery:
    """Add a message for a channel within the running unit of work; it waits for quiet to end."""
    row = AlertDelivery(
        channel_id=channel.id,
        alert_id=alert.id if alert else None,
        event=event,
        message={"id": ids.uuid7(), **content},
        state=WAITING,
        due_at=quiet.until(channel, now, zone),
        made_at=now,
    )
    session.add(row)
    return row


def resolve(session: Session, alert: Alert, now: datetime, zone: tzinfo, *, is_told: bool) -> None:
    """Queue the end of an alert where its beginning was told; else that is not sent any more."""
    rows = select(AlertDelivery).where(AlertDelivery.alert_id == alert.id)
    for row in session.scalars(rows, execution_options={"populate_existing": True}).all():
        if row.event != OPENED:
            continue
        if row.state == WAITING and row.tries == 0:
            session.delete(row)
        elif is_told and row.state != GIVEN_UP:
            channel = session.get_one(AlertChannel, row.channel_id)
            queue(session, channel, RESOLVED, now, zone, alert)


def is_due(session: Session) -> bool:
    """Whether something is to be sent now."""
    return bool(session.scalar(select(exists().where(*_due(clock.now())))))


def due(session: Session, now: datetime) -> Sequence[int]:
    """The messages to send now, oldest first; of one alert its beginning before its end."""
    rows = select(AlertDelivery.id).where(*_due(now))
    return session.scalars(rows.order_by(AlertDelivery.id).limit(MOST_AT_ONCE)).all()


def claim(session: Session, delivery_id: int, now: datetime, zone: tzinfo) -> Claimed | None:
    """Take a message to send; None where it is not due any more, or its channel is quiet now."""
    with writing(session):
        row = session.get(AlertDelivery, delivery_id, populate_existing=True)
        if row is None or row.state != WAITING or row.due_at > now:
            return None
        channel = session.get_one(AlertChannel, row.channel_id, populate_existing=True)
        row.due_at = quiet.until(channel, now, zone)
        if row.due_at > now:
            return None
        if row.tries > len(PAUSES):  # whoever made the last try died with it
            row.state, row.ended_at = GIVEN_UP, now
            return None
        row.due_at = now + pause(row.tries)
        row.tries += 1
        return Claimed(row, channel, _alert(session, row), row.tries)


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries and one more: 1, 2, 4 … minutes."""
    return timedelta(minutes=PAUSES[min(tries, len(PAUSES) - 1)])


def settle(session: Session, claimed: Claimed, failure: str | None, now: datetime) -> None:
    """Write down what came of a try; what waits for the same channel waits with it."""
    row = AlertDelivery
    with writing(session):
        found = session.get(row, claimed.delivery.id, populate_existing=True)
        if found is None or found.tries != claimed.tries or found.state != WAITING:
            return
        found.failure = failure
        if failure is None:
            found.state, found.ended_at = SENT, now
            return
        if found.tries > len(PAUSES):
            found.state, found.ended_at = GIVEN_UP, now
            return
        found.due_at = max(found.due_at, now)
        others = (row.channel_id == found.channel_id, row.state == WAITING)
        session.execute(
            update(row).where(*others, row.due_at < found.due_at).values(due_at=found.due_at),
            execution_options={"synchronize_session": False},
        )


def end_test(session: Session, claimed: Claimed, failure: str | None, now: datetime) -> None:
    """Write down what came of a test: it is tried once, while somebody waits."""
    with writing(session):
        found = session.get(AlertDelivery, claimed.delivery.id, populate_existing=True)
        if found is not None:
            found.state, found.failure = (GIVEN_UP, failure) if failure else (SENT, None)
            found.ended_at = now


def begin_test(session: Session, channel_id: int, now: datetime) -> Claimed:
    """A test of a channel, whatever the hour; raises NoResultFound where it is gone."""
    with writing(session):
        channel = session.get_one(AlertChannel, channel_id, populate_existing=True)
        row = queue(session, channel, TEST, now, UTC)
        row.due_at, row.tries, row.state = now, 1, GIVEN_UP  # no job takes it up
        session.flush()
        return Claimed(row, channel, None, 1)


def drop_waiting(session: Session, channel: AlertChannel) -> None:
    """Nothing more is sent to a channel that is switched off, within the running unit of work."""
    waiting = (AlertDelivery.channel_id == channel.id, AlertDelivery.state == WAITING)
    gone = delete(AlertDelivery).where(*waiting)
    session.execute(gone, execution_options={"synchronize_session": False})


def past(session: Session, number: int, size: int) -> tuple[Sequence[AlertDelivery], int]:
    """A page of all messages, newest first, and how many there are."""
    total = session.scalar(select(func.count()).select_from(AlertDelivery)) or 0
    rows = select(AlertDelivery).order_by(AlertDelivery.id.desc())
    return session.scalars(rows.offset((number - 1) * size).limit(size)).all(), total


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    earlier = aliased(AlertDelivery)
    waits_for = exists().where(
        earlier.channel_id == AlertDelivery.channel_id,
        earlier.alert_id == AlertDelivery.alert_id,
        earlier.state == WAITING,
        earlier.id < AlertDelivery.id,
    )
    return (AlertDelivery.state == WAITING, AlertDelivery.due_at <= now, ~waits_for)


def _alert(session: Session, row: AlertDelivery) -> Alert | None:
    if row.alert_id is None:
        return None
    return session.get(Alert, row.alert_id, populate_existing=True)
