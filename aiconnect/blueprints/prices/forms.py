"""The form that sets a price of the team's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal

from typing_extensions import override
from wtforms import StringField

from aiconnect.blueprints import fields
from aiconnect.blueprints.forms import PLAIN_TEXT, Fold, Form, required
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_
from aiconnect.services import reports
from aiconnect.services.pricing import Amounts, OwnRow, usd

AMOUNT = {**PLAIN_TEXT, "class": "w-10", "inputmode": "decimal"}
PARTS = ("input", "output", "cache_read", "cache_write", "reasoning")
SELDOM = ("cache_read", "cache_write", "reasoning")


class PriceForm(Form):
    """USD for a million tokens of each kind, and from when on."""

    model = StringField(
        N_("Model"),
        [required(N_("Name a model"))],
        description=N_(
            "As connection/model, or a model alone for every connection; * stands for anything, "
            "as in gpt-5*. A nearer name goes before a wider one."
        ),
        render_kw={**PLAIN_TEXT, "class": "mono"},
    )
    input = StringField(
        N_("US dollars for a million tokens in"),
        [required(N_("Enter an amount; 0 is free")), fields.dollars],
        description=N_("As in 2.50, for what is sent."),
        render_kw=AMOUNT,
    )
    output = StringField(
        N_("US dollars for a million tokens out"),
        [required(N_("Enter an amount; 0 is free")), fields.dollars],
        description=N_("For what is answered."),
        render_kw=AMOUNT,
    )
    since = StringField(
        N_("From"),
        description=N_("A day that was or will be; left empty, from now on."),
        render_kw={**PLAIN_TEXT, "class": "w-10", "type": "date"},
    )
    cache_read = StringField(
        N_("Read from a cache"),
        [fields.dollars],
        description=N_("Left empty, what is sent costs."),
        render_kw=AMOUNT,
    )
    cache_write = StringField(
        N_("Written to a cache"),
        [fields.dollars],
        description=N_("Left empty, what is sent costs."),
        render_kw=AMOUNT,
    )
    reasoning = StringField(
        N_("Thought before the answer"),
        [fields.dollars],
        description=N_("Left empty, what is answered costs."),
        render_kw=AMOUNT,
    )

    @property
    @override
    def folds(self) -> list[Fold]:
        return [self.fold(_("Caches and thoughts"), SELDOM)]

    @property
    def amounts(self) -> Amounts:
        """What was written, exactly."""
        given = {part: _amount(self[part].data) for part in PARTS}
        return Amounts(
            given["input"] or Decimal(0),
            given["output"] or Decimal(0),
            given["cache_read"],
            given["cache_write"],
            given["reasoning"],
        )

    def begins(self, zone: tzinfo) -> datetime | None:
        """The midnight at which it begins in the team's zone; None: now. Raises Refused."""
        day = str(self.since.data or "")
        return reports.moment(day, zone) if day else None


def shown(row: OwnRow | None) -> Mapping[str, str]:
    """A price as the form writes it."""
    if row is None:
        return {}
    amounts = {part: usd(number) for part, number in row.stated.items() if number is not None}
    return {
        part: f"{amount.normalize():f}" for part, amount in amounts.items() if amount is not None
    }


def _amount(text: str | None) -> Decimal | None:
    return Decimal(text.removeprefix("$")) if text else None
