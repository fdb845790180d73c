"""The statement of one person for one month: days, models, access tokens, and how sure it is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import add

from flask_babel import format_date

from aiconnect.blueprints.filters import money, number, short
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.usage import board as boards
from aiconnect.blueprints.usage import spans
from aiconnect.blueprints.usage.board import Figure, Line
from aiconnect.blueprints.usage.choices import Choices
from aiconnect.blueprints.usage.spans import Span
from aiconnect.errors import N_
from aiconnect.services import dashboards
from aiconnect.services.rollups import By, Figures

NONE: Mapping[str, str] = {"model": N_("personal, or no model named"), "token": N_("none")}


@dataclass(frozen=True, slots=True)
class Statement:
    """Lines of the days, models and access tokens of somebody's month."""

    total: Figures
    figures: Sequence[Figure]
    days: Sequence[Line]
    models: Sequence[Line]
    tokens: Sequence[Line]
    doubts: Sequence[Figure]


def month_of(text: str, span: Span) -> Span:
    """The month that is written as 2026-11; that of `span` for anything else."""
    day = spans.parsed(f"{text}-01") if re.fullmatch(r"[0-9]{4}-[0-9]{2}", text) else None
    return spans.month(day or span.today, now=span.now, zone=span.zone)


def words(month: date) -> str:
    """A month as a heading says it."""
    return str(format_date(month, "LLLL y"))


def statement(ledger: dashboards.Ledger, span: Span, choices: Choices) -> Statement:
    """What the calls that the ledger is asked for add up to."""
    since, until = span.since, span.until
    per_day = ledger.per("day", None, since, until)
    days = [Line(_day(span, one.start), one.figures) for one in per_day if one.start]
    total = reduce(add, (one.figures for one in per_day), Figures())
    return Statement(
        total,
        _figures(span, total),
        days,
        _lines("model", _shown(ledger.by("model", since, until), choices)),
        _lines("token", ledger.by("token", since, until)),
        boards.doubts(total),
    )


def _shown(models: Mapping[str, Figures], choices: Choices) -> Mapping[str, Figures]:
    """Models of a personal connection are their owner's alone, also in a statement."""
    merged: dict[str, Figures] = defaultdict(Figures)
    for name, figures in models.items():
        shown = name if choices.shows_model(name) else ""
        merged[shown] = merged[shown] + figures
    return merged


def _day(span: Span, start: datetime) -> str:
    return str(format_date(start.astimezone(span.zone).date(), "EEE d MMMM"))


def _lines(by: By, sums: Mapping[str, Figures]) -> list[Line]:
    lines = [Line(key or _(NONE[by]), figures) for key, figures in sums.items()]
    return sorted(lines, key=lambda one: (-one.figures.cost, -one.calls, one.name))


def _figures(span: Span, total: Figures) -> list[Figure]:
    inward, outward = short(total.given_tokens), short(total.made_tokens)
    tokens = short(total.given_tokens + total.made_tokens)
    return [
        Figure(boards.cost_label(span), money(boards.known_cost(total)), boards.cost_notes(total)),
        Figure(_("Calls"), number(total.calls)),
        Figure(
            _("Tokens"), tokens, [_("%(input)s in, %(output)s out", input=inward, output=outward)]
        ),
    ]
