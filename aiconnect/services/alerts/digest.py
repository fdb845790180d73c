"""The week's summary: what was spent and on what, alerts, and what became of your models.

It is queued once, after Monday 08:00 in the team's zone, or later where no server ran then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_
from aiconnect.models import Alert, AlertChannel, ModelChange, Setting
from aiconnect.services import connections, pricing, reconciling, reports
from aiconnect.services.alerts import outbox, wording
from aiconnect.services.alerts.conditions.connections import of_team
from aiconnect.services.alerts.conditions.models import TOLD, changes_of_collections
from aiconnect.services.alerts.tongue import Tongue, plain, told
from aiconnect.services.writing import writing

SENT_FOR = "alerts.digest"
"""The setting that keeps the Monday of the digest that was queued last."""

HOUR = 8
WEEK = timedelta(days=7)
MOST = 5
TITLE = N_("The week in brief")


def due_monday(now: datetime, zone: tzinfo) -> date:
    """The latest Monday whose 08:00 has come."""
    here = now.astimezone(zone) - timedelta(hours=HOUR)
    return here.date() - timedelta(days=here.weekday())


def queue(session: Session, now: datetime, zone: tzinfo) -> int:
    """Queue this week's for those who want it; gives for how many. Twice changes nothing."""
    monday = due_monday(now, zone).isoformat()
    if _kept(session) == monday:
        return 0
    content = contents(session, date.fromisoformat(monday), zone)
    session.commit()
    with writing(session):
        kept = _kept(session)
        session.merge(Setting(name=SENT_FOR, value=monday))
        if kept in {None, monday}:  # the first week of an installation is not a whole one
            return 0
        wanted = select(AlertChannel).where(AlertChannel.enabled, AlertChannel.digest)
        found = session.scalars(wanted).all()
        for channel in found:
            outbox.queue(session, channel, outbox.DIGEST, now, zone, digest=content)
    return len(found)


def contents(session: Session, monday: date, zone: tzinfo) -> dict[str, Any]:
    """What the week before this Monday was like, as JSON keeps it; money in nano-dollars."""
    until, since = _midnight(monday, zone), _midnight(monday - WEEK, zone)
    rows = _models(session, since, until, zone)
    before = _models(session, since - WEEK, since, zone)
    return {
        "since": clock.iso(since),
        "until": clock.iso(until),
        "spent": _spent(rows),
        "before": _spent(before),
        "calls": sum(row.calls for row in rows),
        "unpriced": sum(row.unpriced for row in rows),
        "models": [_line(row) for row in _top(rows)],
        "alerts": _alerts(session, since, until),
        "changes": _changes(session, since, until),
        "drift": _drift(session),
    }


def text(content: Mapping[str, Any], zone: tzinfo) -> str:
    """The digest as a letter."""
    return "\n".join(_lines(content, plain(zone)))


def _lines(content: Mapping[str, Any], tongue: Tongue) -> Iterator[str]:
    head = {name: str(content.get(name, "")) for name in ("since", "spent", "calls")}
    yield told(tongue, N_("From %(since)s on, one week."), head)
    yield ""
    yield told(tongue, N_("Spent: %(spent)s with %(calls)s calls."), head)
    yield told(tongue, N_("The week before: %(spent)s."), {"spent": str(content.get("before", 0))})
    if content.get("unpriced"):
        count = {"count": str(content["unpriced"])}
        yield told(tongue, N_("Calls without a known price, not in these sums: %(count)s."), count)
    for title, facts, sentence in _lists(content):
        yield ""
        yield tongue.translate(title)
        lines = [f"- {told(tongue, sentence, one)}" for one in facts]
        yield from lines or [f"- {tongue.translate(N_('none'))}"]


def _lists(content: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, str]], str]]:
    models = N_("%(name)s: %(spent)s, calls: %(calls)s")
    yield N_("What cost most:"), content.get("models", []), models
    yield N_("Alerts of the week:"), content.get("alerts", []), N_("%(at)s: %(title)s")
    changes = N_("%(model)s: %(what)s")
    yield N_("Changes of the models in your collections:"), content.get("changes", []), changes
    if content.get("drift"):
        drift = N_("%(name)s, since %(since)s: the provider %(limit)s, we %(spent)s")
        yield N_("Where the provider counts otherwise:"), content["drift"], drift


def _models(session: Session, since: datetime, until: datetime, zone: tzinfo) -> list[reports.Row]:
    """By model; those of personal connections are one line without a name."""
    theirs = connections.personal(session).ids
    return reports.summary(
        session, by="model", since=since, until=until, timezone=zone, unnamed=theirs
    )


def _top(rows: list[reports.Row]) -> list[reports.Row]:
    named = (row for row in rows if row.key and row.cost_usd)
    return sorted(named, key=lambda row: row.cost_usd or Decimal(0), reverse=True)[:MOST]


def _line(row: reports.Row) -> dict[str, str]:
    spent = pricing.nano(row.cost_usd or Decimal(0))
    return {"name": row.key, "spent": str(spent), "calls": str(row.calls)}


def _spent(rows: list[reports.Row]) -> int:
    return sum(pricing.nano(row.cost_usd) for row in rows if row.cost_usd is not None)


def _alerts(session: Session, since: datetime, until: datetime) -> list[dict[str, str]]:
    rows = select(Alert).where(Alert.opened_at >= since, Alert.opened_at < until)
    found = session.scalars(rows.order_by(Alert.id.desc()).limit(20)).all()
    tongue = plain(UTC)
    return [
        {"at": clock.iso(one.opened_at), "title": wording.words(one.kind, one.facts, tongue).title}
        for one in reversed(found)
    ]


def _changes(session: Session, since: datetime, until: datetime) -> list[dict[str, str]]:
    which = (ModelChange.at >= since, ModelChange.at < until, ModelChange.what.in_(TOLD))
    found = changes_of_collections(session, *which)
    return [
        {"model": f"{one.connection.name}/{one.model_id}", "what": WHATS[one.what]}
        for one in found[:20]
    ]


def _drift(session: Session) -> list[dict[str, str]]:
    """The team's connections whose provider counts otherwise than we: the longest such time."""
    found = []
    for connection in of_team(session):
        drifts = [one for one in reconciling.compare(session, connection).drifts if not one.agrees]
        if drifts:
            one = drifts[-1]
            sums = {"limit": str(one.provider), "spent": str(one.ours)}
            found.append({"name": connection.name, "since": clock.iso(one.since), **sums})
    return found


WHATS: Mapping[str, str] = {
    "added": N_("listed again"),
    "gone": N_("gone"),
    "retiring": N_("to be retired"),
    "repriced": N_("another price"),
}


def _kept(session: Session) -> str | None:
    row = session.get(Setting, SENT_FOR, populate_existing=True)
    return row.value if row else None


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
