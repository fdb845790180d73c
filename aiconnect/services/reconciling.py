"""Our sums beside what providers say that a key has used, and why they may differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from aiconnect.adapters.types import Account
from aiconnect.models import AccountReading, Connection
from aiconnect.services import rollups
from aiconnect.services.audit import Actor
from aiconnect.services.connections import rights
from aiconnect.services.pricing import nano, usd
from aiconnect.services.rollups import Figures, Wanted

WINDOWS = ("day", "week", "month", "total", "balance")
KEPT = timedelta(days=400)
PER_MILLE = 1000
NEAR = 5
"""Thousandths of the provider's figure, up to which two sums agree."""
CENT = 10**7


@dataclass(frozen=True, slots=True)
class Drift:
    """One window of a connection, up to when the provider was asked; nano-dollars.

    `window` is day, week or month of UTC; total: since it was first asked with this key; or
    balance: what an account has lost since then, or since it was last topped up.
    `reasons` are codes of what may explain a difference, the likely ones first.
    """

    window: str
    since: datetime
    until: datetime
    provider: int
    ours: int
    calls: int
    reasons: tuple[str, ...] = ()

    @property
    def nano(self) -> int:
        """How much more the provider says; below 0: less."""
        return self.provider - self.ours

    @property
    def agrees(self) -> bool:
        """Whether the difference is less than a cent, or than what rounding makes."""
        return abs(self.nano) < CENT or abs(self.nano) * PER_MILLE <= NEAR * self.provider

    @property
    def share(self) -> float | None:
        """The difference as a part of the provider's figure; None where that is nothing."""
        return self.nano / self.provider if self.provider else None

    @property
    def provider_usd(self) -> Decimal:
        return usd(self.provider) or Decimal(0)

    @property
    def ours_usd(self) -> Decimal:
        return usd(self.ours) or Decimal(0)

    @property
    def usd(self) -> Decimal:
        return usd(self.nano) or Decimal(0)


@dataclass(frozen=True, slots=True)
class Compared:
    """A connection whose provider tells what its key has used; no drifts: it was not asked yet."""

    connection: Connection
    at: datetime | None = None
    drifts: tuple[Drift, ...] = ()


def keep(session: Session, connection_id: int, account: Account | None, at: datetime) -> None:
    """Write down what a provider has said, and forget what is old; within the unit of work."""
    for window, amount in _stated(account).items():
        row = AccountReading(connection_id=connection_id, at=at, window=window, used=nano(amount))
        session.add(row)
    session.execute(
        delete(AccountReading).where(
            AccountReading.connection_id == connection_id, AccountReading.at < at - KEPT
        ),
        execution_options={"synchronize_session": False},
    )


def _stated(account: Account | None) -> Mapping[str, Decimal]:
    """What a key has used; of an account that says no such thing, what is left of it."""
    if account is None:
        return {}
    if not account.spent and account.limit is None and account.remaining is not None:
        return {"balance": account.remaining}
    return {name: used for name, used in account.spent.items() if name in WINDOWS and used >= 0}


def compared(session: Session, actor: Actor) -> list[Compared]:
    """Every connection that they see whole and whose provider has told something."""
    told = select(AccountReading.connection_id).distinct()
    rows = select(Connection).where(rights.whole(actor), Connection.id.in_(told))
    found = session.scalars(rows.order_by(Connection.position, Connection.id))
    return [compare(session, one) for one in found]


def compare(session: Session, connection: Connection) -> Compared:
    """The latest word of its provider, window by window, beside our sum of the same time."""
    begun = _key_made(connection)
    latest = _latest(session, connection.id, begun)
    if not latest:
        return Compared(connection)
    drifts = [one for row in latest if (one := _drift(session, connection, row, begun))]
    drifts.sort(key=lambda one: WINDOWS.index(one.window))
    return Compared(connection, latest[0].at, tuple(drifts))


def since(window: str, at: datetime) -> datetime:
    """When the day, week (from Monday) or month of UTC began."""
    day = datetime.combine(at.astimezone(UTC).date(), time(), UTC)
    match window:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case _:
            return day


def _key_made(connection: Connection) -> datetime:
    """Since when this key is used here: what was said of another one is of no use."""
    return connection.key.made_at if connection.key else connection.made_at


def _latest(session: Session, connection_id: int, begun: datetime) -> list[AccountReading]:
    rows = _readings(connection_id, begun).order_by(AccountReading.at.desc())
    newest = session.scalars(rows.limit(1)).first()
    if newest is None:
        return []
    return list(session.scalars(rows.where(AccountReading.at == newest.at)))


def _readings(connection_id: int, begun: datetime) -> Select[AccountReading]:
    return select(AccountReading).where(
        AccountReading.connection_id == connection_id, AccountReading.at >= begun
    )


def _drift(
    session: Session, connection: Connection, row: AccountReading, begun: datetime
) -> Drift | None:
    if row.window == "total":
        return _growth(session, connection, row, begun)
    if row.window == "balance":
        return _fall(session, connection, row, begun)
    start = since(row.window, row.at)
    figures = _ours(session, connection.id, start, row.at)
    return _told(row, start, row.used, figures, is_older=begun > start)


def _growth(
    session: Session, connection: Connection, row: AccountReading, begun: datetime
) -> Drift | None:
    """A key's whole use began before we knew it: what counts is how much was added since."""
    readings = _readings(connection.id, begun).where(AccountReading.window == "total")
    first = session.scalars(readings.order_by(AccountReading.at).limit(1)).first()
    if first is None or first.at >= row.at or row.used < first.used:
        return None
    figures = _ours(session, connection.id, first.at, row.at)
    return _told(row, first.at, row.used - first.used, figures, is_older=False)


def _fall(
    session: Session, connection: Connection, row: AccountReading, begun: datetime
) -> Drift | None:
    """A balance falls by what is used until somebody tops it up: since then counts."""
    readings = _readings(connection.id, begun).where(AccountReading.window == "balance")
    first = row
    for earlier in session.scalars(readings.order_by(AccountReading.at.desc())):
        if earlier.used < first.used:
            break
        first = earlier
    if first.at >= row.at:
        return None
    figures = _ours(session, connection.id, first.at, row.at)
    return _told(row, first.at, first.used - row.used, figures, is_older=False)


def _ours(session: Session, connection_id: int, start: datetime, end: datetime) -> Figures:
    found = rollups.sums(session, None, start, end, Wanted(connection_id=connection_id))
    return found[0].figures if found else Figures()


def _told(
    row: AccountReading, start: datetime, used: int, figures: Figures, *, is_older: bool
) -> Drift:
    drift = Drift(row.window, start, row.at, used, figures.cost, figures.calls)
    if drift.agrees:
        return drift
    reasons = tuple(_reasons(drift, figures, is_older=is_older))
    return Drift(row.window, start, row.at, used, figures.cost, figures.calls, reasons)


def _reasons(drift: Drift, figures: Figures, *, is_older: bool) -> Iterator[str]:
    if figures.unpriced:
        yield "unknown_cost"
    if drift.nano > 0 and is_older:
        yield "used_before"
    if drift.nano > 0:
        yield "used_elsewhere"
    if drift.nano > 0 and drift.window == "balance":
        yield "expired"
    if figures.estimated:
        yield "estimates"
    if figures.notional:
        yield "subscription"
    yield "delay"
