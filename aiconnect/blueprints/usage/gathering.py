"""What a page of usage is made of, read from the ledger's sums."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import add, attrgetter

from flask import current_app, url_for
from flask_babel import ngettext

from aiconnect.blueprints.access import may
from aiconnect.blueprints.filters import money, number
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.usage import board as boards
from aiconnect.blueprints.usage import picturing
from aiconnect.blueprints.usage.asking import BYS, Asked
from aiconnect.blueprints.usage.board import Line
from aiconnect.blueprints.usage.charts import SERIES
from aiconnect.blueprints.usage.naming import Names
from aiconnect.blueprints.usage.picturing import Picture
from aiconnect.blueprints.usage.projecting import PACES, Projection, projected
from aiconnect.blueprints.usage.spans import DAY, Span, midnight
from aiconnect.extensions import db
from aiconnect.services import dashboards
from aiconnect.services.rollups import By, Figures, Sum

MOST = 12
"""Rows of a table of sums; the others are added up in one."""
MOST_MODELS = 5
PRICES = "prices.own"


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A model whose calls have no known cost, and where one gives it a price."""

    name: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Board:
    """All that the page of usage shows but single calls. `more` says what its table leaves out."""

    total: Figures
    figures: Sequence[boards.Figure]
    charts: Sequence[Picture]
    heading: str
    what: str
    lines: Sequence[Line]
    more: str
    models: Sequence[Line]
    doubts: Sequence[boards.Figure]
    unpriced: Sequence[Unpriced]
    paces: boards.Speeds


def board(asked: Asked) -> Board:
    """The sums that were asked for, as the reader may see them."""
    names, calls = Names(asked), ledger(asked)
    span = asked.span
    found = _lines(names, asked.by, calls.by(asked.by, span.since, span.until))
    models = found if asked.by == "model" else None
    if models is None:
        shown = calls.by("model", span.since, span.until, dashboards.COMPARED)
        models = _lines(names, "model", shown)
    total = reduce(add, (one.figures for one in found), Figures())
    series = _series(found)
    drawn = calls.per(span.step, asked.by, span.since, span.until, tuple(series), dashboards.DRAWN)
    projection = None
    if _is_open(asked):
        projection = projected(span, total.cost, _daily(asked, calls, drawn))
    return Board(
        total=total,
        figures=boards.headlines(span, total, calls.compared(*span.before), projection),
        charts=_charts(span, drawn, series, found, projection),
        heading=_("By %(what)s", what=_(BYS[asked.by]).lower()),
        what=_(BYS[asked.by]),
        lines=_linked(names, asked.by, found[:MOST]),
        more=_more(found[MOST:]),
        models=_linked(names, "model", [] if asked.by == "model" else models[:MOST_MODELS]),
        doubts=boards.doubts(total),
        unpriced=_unpriced(models),
        paces=boards.speeds(calls.paces(span.since, span.until)),
    )


def ledger(asked: Asked) -> dashboards.Ledger:
    """The calls that are asked for, as the reader may see them."""
    theirs = asked.choices.theirs.ids
    return dashboards.Ledger(db.session(), asked.span.zone, asked.wanted, theirs)


def _is_open(asked: Asked) -> bool:
    """Whether there is an end of the month to look forward to."""
    return asked.span.name == "month" and asked.span.runs


def _lines(names: Names, by: str, sums: Mapping[str, Figures]) -> list[Line]:
    """What cost most first, then what was called most; what has no name for the reader is one."""
    merged: dict[str, Figures] = defaultdict(Figures)
    for key, figures in sums.items():
        shown = names.seen(by, key)
        merged[shown] = merged[shown] + figures
    lines = [Line(names.word(by, key), sum_, key) for key, sum_ in merged.items()]
    return sorted(lines, key=lambda one: (-one.figures.cost, -one.calls, one.name))


def _linked(names: Names, by: By, lines: Iterable[Line]) -> list[Line]:
    return [replace(one, url=names.url(by, one.key)) for one in lines]


def _more(rest: Sequence[Line]) -> str:
    if not rest:
        return ""
    whole = reduce(add, (one.figures for one in rest))
    cost = boards.known_cost(whole)
    return str(
        ngettext(
            "%(num)s more, with %(calls)s calls and a cost of %(cost)s, is not in this list.",
            "%(num)s more, with %(calls)s calls and a cost of %(cost)s, are not in this list.",
            len(rest),
            calls=number(whole.calls),
            cost=money(cost),
        )
    )


def _daily(asked: Asked, ledger: dashboards.Ledger, drawn: Iterable[Sum]) -> list[int]:
    """Nano-dollars of each whole day before today, the latest first; this month's are drawn."""
    span = asked.span
    days = [midnight(span.today - DAY * number, span.zone) for number in range(1, max(PACES) + 1)]
    costs = Counter(ledger.costs(days[-1], span.since)) if days[-1] < span.since else Counter()
    for one in drawn:
        assert one.start is not None  # noqa: S101 (they are asked for by time)
        costs[one.start] += one.figures.cost
    return [costs[day] for day in days]


def _charts(
    span: Span,
    drawn: Iterable[Sum],
    series: Mapping[str, str],
    lines: Sequence[Line],
    projection: Projection | None,
) -> list[Picture]:
    """Cost and tokens, piled by the lines that come first; of what cost nothing, nothing."""
    heads = [*series.values(), *([_rest(lines, series)] if len(lines) > len(series) else [])]
    places = {key: number for number, key in enumerate(series)}
    costs: dict[datetime, list[int]] = defaultdict(lambda: [0] * len(heads))
    tokens: dict[datetime, list[int]] = defaultdict(lambda: [0] * len(heads))
    for one in drawn:
        assert one.start is not None  # noqa: S101 (they are asked for by time)
        place = places.get(one.key, len(heads) - 1)
        costs[one.start][place] += one.figures.cost
        tokens[one.start][place] += one.figures.given_tokens + one.figures.made_tokens
    of_costs = [picturing.of_costs(span, heads, costs, projection)] if _has(costs) else []
    return [*of_costs, picturing.of_tokens(span, heads, tokens)] if _has(tokens) else of_costs


def _series(lines: Sequence[Line]) -> dict[str, str]:
    """The names that are drawn for themselves, by their keys: those that come first."""
    named = {one.key: one.name for one in lines if one.key}
    most = SERIES if len(named) == len(lines) <= SERIES else SERIES - 1
    return dict(list(named.items())[:most])


def _rest(lines: Sequence[Line], series: Mapping[str, str]) -> str:
    """What stands for all that has no shade of its own."""
    rest = [one.name for one in lines if one.key not in series]
    return rest[0] if len(rest) == 1 else _("others")


def _has(piles: Mapping[datetime, Iterable[int]]) -> bool:
    return any(any(values) for values in piles.values())


def _unpriced(models: Iterable[Line]) -> list[Unpriced]:
    """The models that are called most without a known cost."""
    found = sorted((one for one in models if one.unpriced), key=attrgetter("unpriced"))
    return [
        Unpriced(one.name, one.unpriced, _pricing(one)) for one in found[: -MOST_MODELS - 1 : -1]
    ]


def _pricing(line: Line) -> str:
    """Where an admin gives a model its price; "" for others, and for what has no name."""
    if not line.key or PRICES not in current_app.view_functions or not may(PRICES):
        return ""
    return url_for(PRICES, model=line.key)
