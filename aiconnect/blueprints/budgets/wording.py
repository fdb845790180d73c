"""Budgets in words: whose, for how long, how they stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import format_date

from aiconnect import clock
from aiconnect.blueprints.filters import dollars, money
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.showing import Shown
from aiconnect.errors import N_
from aiconnect.extensions import parts
from aiconnect.models.budget import Period, Scope
from aiconnect.services.budgets import Standing

OF: Mapping[str, str] = {
    Scope.PERSON: N_("Calls of %(name)s"),
    Scope.TOKEN: N_("Calls with the access token %(name)s"),
    Scope.CONNECTION: N_("Calls through the connection %(name)s"),
    Scope.COLLECTION: N_("Calls that a model of the collection %(name)s answers"),
}
HIDDEN: Mapping[str, str] = {
    Scope.CONNECTION: N_("Calls through somebody's personal connection"),
    Scope.COLLECTION: N_("Calls that a model of somebody's personal collection answers"),
}
GONE: Mapping[str, str] = {
    Scope.PERSON: N_("Of a person who is there no more: nothing counts any more"),
    Scope.TOKEN: N_("Of an access token that was revoked: nothing counts any more"),
    Scope.CONNECTION: N_("Of a connection that was removed: nothing counts any more"),
    Scope.COLLECTION: N_("Of a collection that was removed: nothing counts any more"),
}
EACH: Mapping[str, str] = {
    Period.DAY: N_("each day"),
    Period.MONTH: N_("each month"),
    Period.TOTAL: N_("for all of its time"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "ok": ("ok", N_("Within the limit")),
    "warn": ("warn", N_("Near the limit")),
    "spent": ("bad", N_("Spent: calls are stopped")),
    "gone": ("off", N_("Of nothing any more")),
}
OVER = ("warn", N_("Over the limit"))
"""How a soft one that is spent stands."""


FILTERS: Mapping[str, str] = {
    Scope.TEAM: "",
    Scope.PERSON: "person",
    Scope.TOKEN: "token",
    Scope.CONNECTION: "connection",
}
"""What the page of usage calls them. Its collections are those that were called."""

SPANS: Mapping[str, str] = {Period.DAY: "today", Period.MONTH: "month"}


def whose(one: Standing) -> str:
    """What a budget counts."""
    scope, target = one.budget.scope, one.target
    if scope == Scope.TEAM:
        return _("All calls of the team")
    if target.is_gone:
        return _(GONE[scope])
    if target.is_hidden:
        return _(HIDDEN.get(scope) or GONE[scope])
    return _(OF[scope], name=target.name)


def each(period: str) -> str:
    """How long a budget lasts."""
    return _(EACH[period])


def shown(one: Standing) -> Shown:
    """How it stands."""
    is_over = one.state == "spent" and one.budget.is_soft
    shape, word = OVER if is_over else STATES[one.state]
    return Shown(shape, _(word))


def amount(value: Decimal) -> str:
    """Dollars, also where there are none: what is left is no price."""
    return money(value) if value else dollars(value)


def day(moment: datetime) -> str:
    """A day in the team's time zone, where budgets begin anew: 1 December, with another year's."""
    here = _here(moment)
    is_this_year = here.year == _here(clock.now()).year
    return str(format_date(here, "d MMMM" if is_this_year else "d MMMM y"))


def period_words(period: str, start: datetime) -> str:
    """Which day or month it was."""
    if period == Period.TOTAL:
        return _("All of its time")
    pattern = "d MMMM y" if period == Period.DAY else "LLLL y"
    return str(format_date(_here(start), pattern))


def usage_url(one: Standing) -> str:
    """The usage of the same calls in the present period; "" where no filter has just them."""
    name, until = one.target.name, one.tally.end
    if one.budget.scope not in FILTERS or (one.budget.scope != Scope.TEAM and not name):
        return ""
    found: dict[str, Any] = {FILTERS[Scope(one.budget.scope)]: name} if name else {}
    span = SPANS[Period(one.budget.period)] if until else None
    return url_for("usage.show", **found, span=span)


def team_zone() -> str:
    """Where days and months begin."""
    return parts().settings.timezone.key


def _here(moment: datetime) -> datetime:
    return moment.astimezone(parts().settings.timezone)
