"""A look at everything that rules watch: what begins is opened and queued, what is over resolved.

What is so is read without the write lock. What follows from it (alerts, and what is to be sent of
them) is one transaction: a process that dies leaves all of it or nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect.models import Alert, AlertChannel, ModelChange, Setting
from aiconnect.services.alerts import channels, outbox, rules
from aiconnect.services.alerts.conditions import WATCHED
from aiconnect.services.alerts.signs import NEWS_AGE, Seen, Sight, Sign
from aiconnect.services.writing import writing

log = logging.getLogger("aiconnect.alerts")

LOOKED_AT = "alerts.model_change"
"""The setting that keeps which change of a model was looked at last."""

ONCE = "once"
"""A fact of what has happened and does not last."""


@dataclass(slots=True)
class Told:
    """What a look has changed."""

    opened: int = 0
    resolved: int = 0


def look(sight: Sight) -> Told:
    """Open what is so and was not, resolve what was so and is over. Twice changes nothing."""
    sight = _with_changes(sight)
    seen = dict(_seen(sight))
    sight.session.commit()
    with writing(sight.session):
        if _marked(sight.session) != sight.after:
            return Told()  # another process has looked at these changes meanwhile
        told = _follow(sight, seen)
        _mark(sight, is_whole="price" in seen and "models" in seen)
    return told


def _seen(sight: Sight) -> Iterator[tuple[str, Seen]]:
    """What each rule that is on sees; a rule that cannot look leaves its alerts as they are."""
    for rule in rules.every(sight.session):
        code = rule.kind.code
        try:
            yield code, WATCHED[code](sight, rule.thresholds) if rule.enabled else Seen()
        except Exception:  # one rule's fault must not keep the others from being told
            sight.session.rollback()
            log.exception("a rule of alerts cannot look", extra={"rule": code})


def _follow(sight: Sight, seen: Mapping[str, Seen]) -> Told:
    session, told = sight.session, Told()
    listening = channels.listening(session)
    known = rules.seed(session)
    opened = _open(session)
    for code, found in seen.items():
        rule = known[code]
        own = {one.subject: one for one in opened if one.kind == code}
        told.resolved += _resolve(sight, own, found, is_told=rule.enabled)
        for sign in found.signs if rule.enabled else ():
            if sign.subject in own:
                _renew(own[sign.subject], sign)
                continue
            _tell(sight, rule.id, code, sign, listening)
            told.opened += 1
    return told


def _renew(alert: Alert, sign: Sign) -> None:
    """Pages say what is so now; nobody is told anew."""
    if sign.lasts and ONCE not in alert.facts and alert.facts != dict(sign.facts):
        alert.facts = dict(sign.facts)


def _open(session: Session) -> Sequence[Alert]:
    rows = select(Alert).where(Alert.resolved_at.is_(None))
    return session.scalars(rows, execution_options={"populate_existing": True}).all()


def _tell(
    sight: Sight, rule_id: int, code: str, sign: Sign, listening: Sequence[AlertChannel]
) -> None:
    facts = dict(sign.facts) if sign.lasts else {**sign.facts, ONCE: "yes"}
    alert = Alert(
        rule_id=rule_id, kind=code, subject=sign.subject, facts=facts, opened_at=sight.now
    )
    sight.session.add(alert)
    sight.session.flush()
    for channel in listening:
        if channels.wants(channel, code):
            outbox.queue(sight.session, channel, outbox.OPENED, sight.now, sight.zone, alert)


def _resolve(sight: Sight, own: Mapping[str, Alert], found: Seen, *, is_told: bool) -> int:
    so = {one.subject for one in found.signs} | found.held
    over = [one for one in own.values() if _is_over(sight, one, so, is_told=is_told)]
    for alert in over:
        alert.resolved_at = sight.now
        is_silent = not is_told or ONCE in alert.facts or alert.subject in found.superseded
        outbox.resolve(sight.session, alert, sight.now, sight.zone, is_told=not is_silent)
    return len(over)


def _is_over(sight: Sight, alert: Alert, so: set[str] | frozenset[str], *, is_told: bool) -> bool:
    if ONCE in alert.facts:
        return not is_told or alert.opened_at < sight.now - NEWS_AGE
    return alert.subject not in so


def _with_changes(sight: Sight) -> Sight:
    """Which changes of models are to be looked at; the first look of all tells none of the past."""
    last = sight.session.scalar(select(func.max(ModelChange.id))) or 0
    return replace(sight, after=_marked(sight.session), upto=last)


def _marked(session: Session) -> int:
    row = session.get(Setting, LOOKED_AT, populate_existing=True)
    if row is not None and row.value.isdecimal():
        return int(row.value)
    return session.scalar(select(func.max(ModelChange.id))) or 0


def _mark(sight: Sight, *, is_whole: bool) -> None:
    """Keep how far it was looked, unless one of those who look could not."""
    row = sight.session.get(Setting, LOOKED_AT)
    if row is None:
        sight.session.add(Setting(name=LOOKED_AT, value=str(sight.after)))
    elif is_whole:
        row.value = str(max(sight.upto, sight.after))
