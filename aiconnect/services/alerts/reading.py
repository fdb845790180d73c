"""Alerts as people read them: what concerns everyone, and what is a person's own."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, NotFound, Refused
from aiconnect.models import Alert, Role
from aiconnect.services import audit
from aiconnect.services.audit import Actor
from aiconnect.services.writing import writing

PERSON = "person"
"""A fact of alerts about one person's spending: beside the admins only they see it."""

MOST = 2000


def open_alerts(session: Session) -> list[Alert]:
    """All that are open, newest first."""
    return list(session.scalars(_rows(Alert.resolved_at.is_(None))))


def visible(session: Session, actor: Actor) -> list[Alert]:
    """Those that are open and that whoever asks may see."""
    return [one for one in open_alerts(session) if may_see(actor, one)]


def unseen(session: Session, actor: Actor) -> list[Alert]:
    """Those of them whose banner nobody has put away."""
    rows = _rows(Alert.resolved_at.is_(None) & Alert.seen_at.is_(None))
    return [one for one in session.scalars(rows) if may_see(actor, one)]


def past(session: Session, actor: Actor) -> list[Alert]:
    """Those that are over and that whoever asks may see, newest first."""
    rows = session.scalars(_rows(Alert.resolved_at.is_not(None)))
    return [one for one in rows if may_see(actor, one)]


def may_see(actor: Actor, alert: Alert) -> bool:
    """Whether it concerns them: what is about one person is theirs and the admins'."""
    person = alert.facts.get(PERSON)
    is_above = actor.role.covers(Role.ADMIN)
    return person is None or is_above or person == str(actor.person_id)


def put_away(session: Session, actor: Actor, alert_id: int) -> None:
    """Take the banner of an alert off everybody's pages; it stays open. Raises NotFound."""
    if not actor.role.covers(Role.MEMBER):
        raise Refused(N_("Your role only looks. Ask an owner to make you a member."))
    with writing(session):
        alert = session.get(Alert, alert_id, populate_existing=True)
        if alert is None or not may_see(actor, alert):
            raise NotFound(N_("There is no such alert."))
        if alert.seen_at is None:
            alert.seen_at, alert.seen_by = clock.now(), actor.name
            audit.record(session, actor, "see.alert", f"{alert.kind} {alert.subject}")


def _rows(which: ColumnElement[bool]) -> Select[Alert]:
    return select(Alert).where(which).order_by(Alert.id.desc()).limit(MOST)
