"""How numbers, money, times and sizes are written in pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel import Locale
from flask import Flask
from flask_babel import format_currency, format_datetime, format_decimal, get_locale
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from aiconnect import clock
from aiconnect.blueprints import locales
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.zones import zone

CENT = Decimal("0.01")
LEAST = Decimal("0.0001")
HOURS = "HH:mm"


def init_app(app: Flask) -> None:
    """Make the filters known to templates."""
    spoken = (at, dollars, exact, money, number, percent, short, size, when)
    app.jinja_env.filters.update({one.__name__: _when_read(one) for one in spoken})


def number(value: float | Decimal) -> str:
    """Written as 1,204."""
    return str(format_decimal(value, format="#,##0"))


def short(value: float) -> str:
    """31.2 M from a million on, 1,204 below."""
    if value >= 1_000_000_000:
        return _("%(count)s G", count=tenths(value / 1_000_000_000))
    if value >= 1_000_000:
        return _("%(count)s M", count=tenths(value / 1_000_000))
    return number(value)


def percent(share: float) -> str:
    """Written as 97.8%."""
    return f"{format_decimal(share * 100, format='#,##0.#')}%"


def money(value: Decimal | None) -> str:
    """$41.27; $0.0039 under one cent; what is free or not known is said so, never $0.00."""
    if not value:
        return _("Unknown") if value is None else _("Free")
    if 0 < value < LEAST:
        return _("under %(amount)s", amount=_dollars(LEAST, "0.0000"))
    return _dollars(value, "0.00" if value >= CENT else "0.00##")


def dollars(amount: Decimal) -> str:
    """$12.40, where nothing is left too: an account is not a price."""
    return _dollars(amount, "0.00")


def size(count: int | None) -> str:
    """4.7 GB, as file managers count; empty where nobody said."""
    if count is None:
        return ""
    for limit, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= limit:
            return f"{format_decimal(count / limit, format='#,##0.#')} {unit}"
    return f"{number(count)} B"


def when(moment: datetime | None) -> str:
    """4 min ago, today 14:07, 3 November, 3 November 2025: the nearer, the finer."""
    if moment is None:
        return _("never")
    return _timed(moment, _near(moment.astimezone(zone())))


def at(moment: datetime) -> str:
    """As `when`, but always a point in time: today 14:07, 3 November."""
    here = moment.astimezone(zone())
    return _timed(moment, _day(here, clock.now().astimezone(here.tzinfo)))


def exact(moment: datetime) -> str:
    """Written as 22 November 2026, 14:11:09 WIB."""
    here = moment.astimezone(zone())
    return _timed(moment, f"{_form(here, f'd MMMM y, {HOURS}:ss')} {here.tzname()}")


def clock_time(here: datetime) -> str:
    """14:07, of a moment that is in the zone to be shown already."""
    return _form(here, HOURS)


def tenths(value: float) -> str:
    """Written as 1,204.5."""
    return str(format_decimal(value, format="#,##0.0"))


def _near(here: datetime) -> str:
    now = clock.now().astimezone(here.tzinfo)
    minutes = int((now - here).total_seconds() // 60)
    if 0 <= minutes < 60:
        return _("%(count)s min ago", count=minutes) if minutes else _("just now")
    return _day(here, now)


def _day(here: datetime, now: datetime) -> str:
    if here.date() == now.date():
        return _("today %(time)s", time=_form(here, HOURS))
    return _form(here, "d MMMM" if here.year == now.year else "d MMMM y")


def _when_read(spoken: Callable[..., str]) -> Callable[..., str]:
    """A filter that Jinja does not work out once for all readers when it compiles a template."""

    @pass_context
    def say(_context: Context, *values: Any) -> str:
        return spoken(*values)

    return say


def _form(here: datetime, pattern: str) -> str:
    between = "." if "." in _locale().time_formats["short"].pattern else ":"
    return str(format_datetime(here, pattern.replace(":", between), rebase=False))


def _dollars(amount: Decimal, digits: str) -> str:
    """The digits in the language's own pattern: $41.27, US$ 41,27."""
    pattern = _locale().currency_formats["standard"].pattern.replace("0.00", digits)
    return str(format_currency(amount, "USD", format=pattern, currency_digits=False))


def _locale() -> Locale:
    return get_locale() or Locale(locales.FIRST)


def _timed(moment: datetime, words: str) -> str:
    return Markup('<time datetime="{}">{}</time>').format(clock.iso(moment), words)


def language() -> str:
    """The language that a page is written in."""
    return str(_locale()).replace("_", "-")
