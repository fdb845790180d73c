"""Rules: one of each kind, with thresholds of the team's own; they are there from the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Conflict, NotFound, Refused
from aiconnect.models import AlertRule, Role
from aiconnect.services import audit, marks
from aiconnect.services.alerts.kinds import KINDS, Kind, Threshold
from aiconnect.services.audit import Actor
from aiconnect.services.writing import writing

CHANGED = N_(
    "Somebody has changed this rule meanwhile. Open it anew to see what holds, or save again to "
    "set yours."
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it stands; `row_id` is None until it is kept."""

    kind: Kind
    thresholds: Mapping[str, int]
    enabled: bool
    row_id: int | None = None

    @property
    def mark(self) -> str:
        """A short text that is another one as soon as the rule is."""
        return marks.mark(dict(self.thresholds), self.enabled)


def every(session: Session) -> list[Rule]:
    """Each kind's, as usual where nobody has changed it."""
    rows = {one.kind: one for one in _rows(session)}
    return [_rule(kind, rows.get(kind.code)) for kind in KINDS.values()]


def get(session: Session, code: str) -> Rule:
    """The rule of this kind; raises NotFound."""
    found = next((one for one in every(session) if one.kind.code == code), None)
    if found is None:
        raise NotFound(N_("There is no such rule."))
    return found


def change(
    session: Session,
    actor: Actor,
    code: str,
    thresholds: Mapping[str, int],
    *,
    enabled: bool,
    seen: str | None = None,
) -> None:
    """Set the thresholds of a rule, and whether it tells anything; raises Refused, NotFound.

    `seen` is the `mark` of the rule that was looked at; raises Conflict where somebody has changed
    it since.
    """
    check_right(actor)
    kind = get(session, code).kind
    settings = {one.name: _checked(one, thresholds.get(one.name)) for one in kind.thresholds}
    with writing(session):
        row = seed(session)[code]
        if seen not in {None, _rule(kind, row).mark}:
            raise Conflict(CHANGED)
        row.settings, row.enabled = settings, enabled
        told = {name: str(value) for name, value in settings.items()}
        told["enabled"] = "yes" if enabled else "no"
        audit.record(session, actor, "change.alert_rule", code, **told)


def seed(session: Session) -> dict[str, AlertRule]:
    """The rows of all rules, within the running unit of work; those that lack are made."""
    rows = {one.kind: one for one in _rows(session)}
    for kind in KINDS.values():
        if kind.code not in rows:
            rows[kind.code] = AlertRule(
                kind=kind.code, settings=kind.usual, enabled=True, made_at=clock.now()
            )
            session.add(rows[kind.code])
    session.flush()
    return rows


def check_right(actor: Actor) -> None:
    """Raise Refused where they may only look."""
    if not actor.role.covers(Role.ADMIN):
        raise Refused(N_("Only an admin may change what is told and to whom. Ask one of them."))


def _rows(session: Session) -> list[AlertRule]:
    rows = select(AlertRule).order_by(AlertRule.id.desc())
    return list(session.scalars(rows, execution_options={"populate_existing": True}))


def _rule(kind: Kind, row: AlertRule | None) -> Rule:
    if row is None:
        return Rule(kind, kind.usual, enabled=True)
    kept = {one.name: _kept(one, row.settings.get(one.name)) for one in kind.thresholds}
    return Rule(kind, kept, row.enabled, row.id)


def _kept(one: Threshold, value: object) -> int:
    """What a row says; the usual where another version has written something else."""
    is_sane = isinstance(value, int) and one.least <= value <= one.most
    return value if is_sane and isinstance(value, int) else one.usual


def _checked(one: Threshold, value: int | None) -> int:
    if value is None or not one.least <= value <= one.most:
        sentence = N_("Write a whole number from %(least)s to %(most)s.")
        raise Refused(sentence, field=one.name, least=one.least, most=one.most)
    return value
