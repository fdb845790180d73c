"""Ceilings: how much the gateway takes, as people have set it; one row of settings each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.calls.snapshot import USUAL, Ceilings
from aiconnect.errors import N_, NotFound, Refused
from aiconnect.models import Role, Setting
from aiconnect.services import audit, installation
from aiconnect.services.audit import Actor
from aiconnect.services.writing import writing

PREFIX = "ceiling."
DEFAULT = "default"
SWITCH: Mapping[str, bool] = {"on": True, "off": False}
DAY, HOUR, MEGABYTE = 24 * 3600, 3600, 1024 * 1024

Value = int | float | str | None
"""In the setting's own unit; a switch is "on" or "off"; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """One setting: `field` is its place in `Ceilings`, where it is counted in `unit`s.

    A switch has no `most`. What `is_capped` is never above the usual: the machine allows no more.
    """

    name: str
    field: str
    title: str
    meaning: str
    least: int = 1
    most: int = 0
    unit: int = 1
    is_capped: bool = False

    @property
    def is_switch(self) -> bool:
        return not self.most

    def of(self, ceilings: Ceilings) -> Value:
        """Its value there, None where there is none."""
        found = getattr(ceilings, self.field)
        if found is None:
            return None
        if self.is_switch:
            return "on" if found else "off"
        counted = found / self.unit
        return int(counted) if counted == int(counted) else counted


@dataclass(frozen=True, slots=True)
class Line:
    """A setting as it stands: what holds, what is usual, what somebody has set it to."""

    ceiling: Ceiling
    value: Value
    default: Value
    asked: Value


EVERY: Mapping[str, Ceiling] = {
    one.name: one
    for one in (
        Ceiling(
            "calls", "calls", N_("Calls at the same time"),
            N_("Calls that hold a thread. Beyond them one waits a moment, then it is answered "
               "with 503. Never more than the server's threads, less 16 for pages."),
            most=10_000, is_capped=True,
        ),
        Ceiling(
            "streams", "streams", N_("Open streams"),
            N_("Answers on their way, piece by piece. The next one is answered with 503. Never "
               "more than the server's descriptors leave room for."),
            most=1_000_000, is_capped=True,
        ),
        Ceiling(
            "first-byte-seconds", "first_byte", N_("Seconds to wait for an answer"),
            N_("Until its first byte, where neither the connection nor the step of a route says "
               "otherwise."),
            most=HOUR,
        ),
        Ceiling(
            "silence-seconds", "silence", N_("Seconds of silence"),
            N_("How long an answer that has begun may say nothing before it counts as broken off."),
            most=HOUR,
        ),
        Ceiling(
            "total-seconds", "total", N_("Seconds for a whole call"),
            N_("For all tries of a call together, where its route does not say otherwise; and for "
               "an answer that comes in one piece."),
            most=DAY,
        ),
        Ceiling(
            "longest-wait-seconds", "longest_wait", N_("Seconds to wait for a provider's turn"),
            N_("How long a call is held back where its provider asks for that, before it is sent "
               "or sent once more. 0 for not at all."),
            least=0, most=60,
        ),
        Ceiling(
            "breaker", "breaker", N_("Leave failing providers alone"),
            N_("For a while, then one call tries whether they are back. Off, every call goes out."),
        ),
        Ceiling(
            "body-megabytes", "body_bytes", N_("Megabytes of a request"),
            N_("A larger one is answered with 413."),
            most=1024, unit=MEGABYTE,
        ),
    )
}  # fmt: skip


def find(name: str) -> Ceiling:
    """The setting with this name; raises NotFound."""
    found = EVERY.get(name)
    if found is None:
        raise NotFound(N_("There is no setting %(name)s."), field="setting", name=name)
    return found


def read(session: Session) -> Ceilings:
    """What people have set; what another version has written differently does not count."""
    rows = session.execute(
        select(Setting.name, Setting.value).where(Setting.name.in_([PREFIX + n for n in EVERY]))
    )
    found: dict[str, int | bool] = {}
    for name, text in rows:
        one = EVERY[name.removeprefix(PREFIX)]
        stored = _parsed(one, text)
        if stored is not None:
            found[one.field] = stored
    return Ceilings(**found)  # type: ignore[arg-type]  # a switch for `breaker`, else numbers


def lines(session: Session, usual: Ceilings) -> Iterator[Line]:
    """Every setting; `usual` is what holds of a server where nothing is set."""
    asked = read(session)
    return (line(one, asked, usual) for one in EVERY.values())


def line(one: Ceiling, asked: Ceilings, usual: Ceilings) -> Line:
    """One setting as it stands."""
    chosen, default = one.of(asked), one.of(usual)
    value = default if chosen is None else chosen
    if one.is_capped and isinstance(value, int) and isinstance(default, int):
        value = min(value, default)
    return Line(one, value, default, chosen)


def put(
    session: Session, actor: Actor, name: str, text: str, *, usual: Ceilings = USUAL
) -> Ceiling:
    """Set it; "default" or nothing goes back to what is usual. It counts within a second.

    Raises NotFound, and Refused where it cannot be that: `usual` bounds what the machine bounds.
    """
    one, wanted = find(name), text.strip().lower()
    _check_right(actor)
    is_back = wanted in {"", DEFAULT}
    if not is_back:
        _check(one, wanted, usual)
    with writing(session):
        before = session.get(Setting, PREFIX + name, populate_existing=True)
        was = before.value if before else DEFAULT
        if is_back and before is not None:
            session.delete(before)
        elif not is_back:
            session.merge(Setting(name=PREFIX + name, value=wanted))
        audit.record(session, actor, "set.setting", name, value=wanted or DEFAULT, was=was)
        installation.bump_revision(session)
    return one


def _check_right(actor: Actor) -> None:
    if not actor.role.covers(Role.ADMIN):
        raise Refused(N_("Only an admin may change the settings of this server."))


def _check(one: Ceiling, text: str, usual: Ceilings) -> None:
    bound = one.of(usual) if one.is_capped else None
    most = min(one.most, bound) if isinstance(bound, int) else one.most
    if _parsed(one, text) is None or (one.is_capped and int(text) > most):
        raise _refused(one, most)


def _parsed(one: Ceiling, text: str) -> int | bool | None:
    """In the unit of its field; None where it cannot be that."""
    if one.is_switch:
        return SWITCH.get(text)
    if not re.fullmatch("[0-9]{1,9}", text) or not one.least <= int(text) <= one.most:
        return None
    return int(text) * one.unit


def _refused(one: Ceiling, most: int) -> Refused:
    if one.is_switch:
        return Refused(N_("%(name)s is on or off."), field="value", name=one.name)
    return Refused(
        N_("%(name)s is a whole number from %(least)s to %(most)s."),
        field="value",
        name=one.name,
        least=one.least,
        most=most,
    )
