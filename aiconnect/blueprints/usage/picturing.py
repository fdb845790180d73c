"""Sums of hours, days or months as drawings, each with the table of its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from flask_babel import format_date

from aiconnect.blueprints.filters import clock_time, dollars, money, short
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.usage.charts import Chart, Column, drawn
from aiconnect.blueprints.usage.projecting import Projection
from aiconnect.blueprints.usage.spans import DAY, Span, midnight
from aiconnect.errors import N_
from aiconnect.services import pricing

LEAST = 100_000
"""Nano-dollars between two lines of a scale: less is not written."""
STEPS: Mapping[str, str] = {"hour": N_("Hour"), "day": N_("Day"), "month": N_("Month")}

Piles = Mapping[datetime, Sequence[int]]
"""A value to each series, by when its hour, day or month begins (UTC)."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One bar in numbers: a value to each series, then all together."""

    label: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing and its words; `id` is of its heading."""

    id: str
    title: str
    name: str
    chart: Chart
    series: Sequence[str]
    heads: Sequence[str]
    rows: Sequence[TableRow]
    sums: Sequence[str]
    step_word: str
    table_title: str
    soon: str = ""


def of_costs(
    span: Span, heads: Sequence[str], piles: Piles, projection: Projection | None = None
) -> Picture:
    """Nano-dollars; with the days to come at the pace of the latest ones."""
    titles = {
        "hour": N_("Cost per hour"),
        "day": N_("Cost per day"),
        "month": N_("Cost per month"),
    }
    columns = list(_columns(span, piles, len(heads), _cost, projection.a_day if projection else 0))
    chart = drawn(columns, _scale, least=LEAST)
    return _picture("costs", _(titles[span.step]), span, heads, piles, chart, _cost)


def of_tokens(span: Span, heads: Sequence[str], piles: Piles) -> Picture:
    """Tokens, in and out together."""
    titles = {
        "hour": N_("Tokens per hour"),
        "day": N_("Tokens per day"),
        "month": N_("Tokens per month"),
    }
    chart = drawn(list(_columns(span, piles, len(heads), short)), short)
    return _picture("tokens", _(titles[span.step]), span, heads, piles, chart, short)


def begins(span: Span) -> list[datetime]:
    """When each hour, day or month of a span begins, as UTC."""
    match span.step:
        case "hour":
            hours = (span.until - span.since) // timedelta(hours=1)
            return [span.since + timedelta(hours=number) for number in range(hours)]
        case "day":
            return [midnight(span.first + DAY * number, span.zone) for number in range(span.days)]
    return [midnight(day, span.zone) for day in _months(span.first, span.last)]


def _months(first: date, last: date) -> Iterator[date]:
    day = first.replace(day=1)
    while day <= last:
        yield day
        day = (day + 31 * DAY).replace(day=1)


def _columns(
    span: Span,
    piles: Piles,
    series: int,
    written: Callable[[int], str],
    a_day: int = 0,
) -> Iterator[Column]:
    every = begins(span)
    apart = 1 if len(every) < 13 else 5
    now = sum(start <= span.now for start in every) - 1 if span.now < span.until else -len(every)
    for number, (start, end) in enumerate(zip(every, [*every[1:], span.until], strict=True)):
        values = piles.get(start, (0,) * series)
        is_now = start <= span.now < end
        spoken, amount = _spoken(span, start), written(sum(values))
        title = _("%(when)s: %(amount)s", when=spoken, amount=amount) if any(values) else ""
        if is_now:
            title = _("%(when)s, so far: %(amount)s", when=spoken, amount=amount)
        is_beside = is_now or (apart > 1 and 0 < abs(number - now) <= 1 + len(every) // 32)
        label = "" if is_beside else _label(span, start, number, apart)
        label = _short_label(span, start) if is_now else label
        expected = a_day if span.step == "day" and end > span.now else 0
        if expected and start > span.now:
            title = _("%(when)s, expected: %(amount)s", when=spoken, amount=written(a_day))
        yield Column(values, title, label, is_unfinished=is_now, expected=expected)


def _picture(
    id_: str,
    title: str,
    span: Span,
    heads: Sequence[str],
    piles: Piles,
    chart: Chart,
    written: Callable[[int], str],
) -> Picture:
    whole = [sum(values[n] for values in piles.values()) for n in range(len(heads))]
    return Picture(
        id=id_,
        title=title,
        name=_("%(title)s, as bars. The numbers are in the table below it.", title=title),
        chart=chart,
        series=[
            _("%(name)s %(amount)s", name=name, amount=written(amount))
            for name, amount in zip(heads, whole, strict=True)
        ],
        heads=heads,
        rows=list(_rows(span, piles, written)),
        sums=[written(amount) for amount in (*whole, sum(whole))],
        step_word=_(STEPS[span.step]),
        table_title=_("%(title)s, in numbers", title=title),
        soon=_("expected"),
    )


def _rows(span: Span, piles: Piles, written: Callable[[int], str]) -> Iterator[TableRow]:
    """The latest first, without those in which nothing was called."""
    for start in reversed(begins(span)):
        values = piles.get(start)
        if values is not None:
            written_ = ["" if not one else written(one) for one in values]
            yield TableRow(_spoken(span, start), [*written_, written(sum(values))])


def _spoken(span: Span, start: datetime) -> str:
    here = start.astimezone(span.zone)
    match span.step:
        case "hour":
            return clock_time(here)
        case "day":
            return str(format_date(here.date(), "EEE d MMMM"))
    return str(format_date(here.date(), "LLLL y"))


def _label(span: Span, start: datetime, number: int, apart: int) -> str:
    """Below every fifth bar of many, so that no two run into each other."""
    here = start.astimezone(span.zone)
    if span.step == "day" and apart > 1:
        wanted = number == 0 or here.day == 1 or (here.day % apart == 0 and here.day < 30)
        return _short_label(span, start) if wanted else ""
    return _short_label(span, start) if number % apart == 0 else ""


def _short_label(span: Span, start: datetime) -> str:
    here = start.astimezone(span.zone)
    match span.step:
        case "hour":
            return clock_time(here)
        case "day":
            is_first = here.date() == span.first or here.day == 1
            return str(format_date(here.date(), "d MMM")) if is_first else str(here.day)
    return str(format_date(here.date(), "MMM y" if here.month == 1 else "MMM"))


def _cost(nano: int) -> str:
    return money(pricing.usd(nano))


def _scale(nano: int) -> str:
    return money(pricing.usd(nano)) if nano else dollars(Decimal(0))
