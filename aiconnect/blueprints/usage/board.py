"""A page of sums: headline numbers, drawings, tables, and how far all of it can be believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import format_date, ngettext

from aiconnect.blueprints.filters import money, number, percent, short, tenths
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.usage.projecting import Projection
from aiconnect.blueprints.usage.spans import Span
from aiconnect.errors import N_
from aiconnect.services import pricing
from aiconnect.services.paces import Paces, Spread
from aiconnect.services.rollups import Figures

BEFORE: Mapping[str, str] = {
    "today": N_("%(amount)s yesterday by this time"),
    "month": N_("%(amount)s by this time last month"),
    "latest": N_("%(amount)s in the 30 days before"),
    "free": N_("%(amount)s in as many days before"),
}
"""What a headline is compared with, by the name of the span."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline number, and its conditions below it."""

    label: str
    value: str
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A row of sums; `key` is its name in the ledger, "" for what has none for the reader.

    `url` is the page of it alone.
    """

    name: str
    figures: Figures
    key: str = ""
    url: str = ""

    @property
    def calls(self) -> int:
        return self.figures.calls

    @property
    def input_tokens(self) -> int:
        return self.figures.given_tokens

    @property
    def output_tokens(self) -> int:
        return self.figures.made_tokens

    @property
    def unpriced(self) -> int:
        return self.figures.unpriced

    @property
    def cost_usd(self) -> Decimal | None:
        return known_cost(self.figures)

    @property
    def each_thousand(self) -> Decimal | None:
        return each_thousand(self.figures)


def known_cost(figures: Figures) -> Decimal | None:
    """In USD; None where nothing is known but free calls beside unpriced ones."""
    if figures.unpriced and not figures.cost:
        return None
    return pricing.usd(figures.cost)


def each_thousand(figures: Figures) -> Decimal | None:
    """USD for 1,000 tokens of answers, with what was asked for them; None where nothing cost."""
    if not figures.cost or not figures.made_tokens:
        return None
    return Decimal(figures.cost) / figures.made_tokens / 10**6


def headlines(
    span: Span, total: Figures, before: Figures, projection: Projection | None
) -> list[Figure]:
    """Cost, what it will be, calls and tokens, each with what it was before."""
    than = BEFORE[span.name]
    return [
        Figure(
            cost_label(span),
            money(known_cost(total)),
            [*cost_notes(total), *_compared(before, than)],
        ),
        _outlook(span, total, projection),
        Figure(
            _("Calls"), number(total.calls), [*_shares(total), _(than, amount=number(before.calls))]
        ),
        Figure(
            _("Tokens"),
            short(total.given_tokens + total.made_tokens),
            [
                _(
                    "%(input)s in, %(output)s out",
                    input=short(total.given_tokens),
                    output=short(total.made_tokens),
                ),
                _(than, amount=short(before.given_tokens + before.made_tokens)),
            ],
        ),
    ]


def cost_label(span: Span) -> str:
    """Whether more may come."""
    return _("Cost so far") if span.runs else _("Cost")


def cost_notes(total: Figures) -> list[str]:
    """What is not in a cost."""
    if not total.unpriced:
        return []
    sentence = "the cost of %(num)s call is not known"
    several = "the cost of %(num)s calls is not known"
    return [str(ngettext(sentence, several, total.unpriced))]


def _compared(before: Figures, than: str) -> list[str]:
    return [_(than, amount=money(known_cost(before)))] if before.calls else []


def _outlook(span: Span, total: Figures, projection: Projection | None) -> Figure:
    """Of a month that runs its end; else what answers cost."""
    if projection is not None:
        low, high = (money(pricing.usd(amount)) for amount in (projection.low, projection.high))
        value = low if low == high else _("%(low)s to %(high)s", low=low, high=high)
        label = _("By %(day)s", day=format_date(span.last, "d MMMM"))
        return Figure(label, value, [_("between the pace of the last 7 days and of the last 14")])
    each = each_thousand(total)
    notes = [_("with what was asked for them")]
    if span.name == "month" and span.runs and total.cost:
        notes.append(_("too few days are over to tell the end of the month"))
    return Figure(_("1,000 tokens out"), money(each) if each else _("Free"), notes)


def _shares(total: Figures) -> list[str]:
    if not total.calls:
        return []
    return [
        _(
            "%(failed)s failed, %(fell)s fell back",
            failed=percent(total.failed / total.calls),
            fell=percent(total.fallbacks / total.calls),
        )
    ]


def doubts(total: Figures) -> list[Figure]:
    """How well the sum is known: shares of the calls, and what nobody owes."""
    calls = max(total.calls, 1)
    known = total.calls - total.estimated - total.unpriced
    found = [
        Figure(_("Measured, or free"), _share(max(known, 0), calls)),
        Figure(_("Estimated, counts or cost"), _share(total.estimated, calls)),
        Figure(_("Cost unknown, not in any sum"), _share(total.unpriced, calls)),
    ]
    if total.notional:
        label = _("Through subscriptions, which cost the same however much is used")
        worth = _("%(amount)s at list prices", amount=money(pricing.usd(total.notional)))
        found.append(Figure(label, worth))
    return found


def _share(count: int, calls: int) -> str:
    return _(
        "%(share)s, %(calls)s",
        share=percent(count / calls),
        calls=ngettext("%(num)s call", "%(num)s calls", count),
    )


@dataclass(frozen=True, slots=True)
class Quick:
    """A row of speeds."""

    label: str
    half: str
    most: str


@dataclass(frozen=True, slots=True)
class Speeds:
    """Rows, and of how many calls."""

    rows: Sequence[Quick]
    note: str


def speeds(found: Paces) -> Speeds:
    """In words and units."""
    rows = [
        _quick(_("First word within"), found.first_word, _waited),
        _quick(_("Whole answer within"), found.whole, _waited),
        _quick(_("Tokens a second, at least"), found.speed, _rate),
    ]
    note = ngettext(
        "Of the latest %(num)s answered call that fits.",
        "Of the latest %(num)s answered calls that fit.",
        found.calls,
    )
    return Speeds([row for row in rows if row is not None], str(note))


def _quick(label: str, spread: Spread | None, written: Callable[[float], str]) -> Quick | None:
    return Quick(label, written(spread.half), written(spread.most)) if spread else None


def _waited(ms: float) -> str:
    if ms < 1000:
        return _("%(ms)s ms", ms=number(ms))
    return _("%(seconds)s s", seconds=tenths(ms / 1000))


def _rate(speed: float) -> str:
    return tenths(speed) if speed < 10 else number(speed)
