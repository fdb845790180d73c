"""Forms that set and change a budget."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Self

from typing_extensions import override
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from aiconnect.blueprints import fields
from aiconnect.blueprints.forms import PLAIN_TEXT, Fold, Form, required
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_
from aiconnect.models.budget import Budget, Period, Scope
from aiconnect.services import pricing
from aiconnect.services.budgets import Draft

NUMBER = {**PLAIN_TEXT, "class": "w-10", "inputmode": "numeric"}
HARD, SOFT = "hard", "soft"
REFUSE, ALLOW = "refuse", "allow"
GROUPS: Mapping[str, str] = {
    Scope.PERSON: N_("A person"),
    Scope.TOKEN: N_("An access token"),
    Scope.CONNECTION: N_("A connection"),
    Scope.COLLECTION: N_("A collection"),
}


class ChangeForm(Form):
    """All of a budget but whose it is."""

    name = StringField(
        N_("Name"),
        [required(N_("Enter a name"))],
        description=N_("Programs that are refused read it, as in “drafting”."),
        render_kw={**PLAIN_TEXT, "class": "mono w-20"},
    )
    limit = StringField(
        N_("Limit in US dollars"),
        [required(N_("Enter a limit")), fields.dollars],
        description=N_("As in 20 or 12.50. With 0, only what is free is called."),
        render_kw={**PLAIN_TEXT, "class": "w-10", "inputmode": "decimal"},
    )
    period = SelectField(
        N_("For"),
        choices=[
            SelectChoice(Period.DAY.value, N_("each day")),
            SelectChoice(Period.MONTH.value, N_("each month")),
            SelectChoice(Period.TOTAL.value, N_("all of its time")),
        ],
        default=Period.MONTH.value,
        render_kw={"class": "w-20"},
    )
    kind = RadioField(
        N_("When it is spent"),
        choices=[
            SelectChoice(HARD, N_("Stop calls that cost money")),
            SelectChoice(SOFT, N_("Warn only")),
        ],
        default=HARD,
    )
    warn_percent = StringField(
        N_("Warn from this part of it on, in percent"),
        [required(N_("Enter a number from 1 to 100")), fields.whole],
        default="80",
        render_kw=NUMBER,
    )
    unpriced = RadioField(
        N_("Models whose price is not known"),
        choices=[
            SelectChoice(REFUSE, N_("Refuse them: nobody could say what they spend")),
            SelectChoice(ALLOW, N_("Let them through: what they cost is not counted")),
        ],
        default=REFUSE,
    )
    cap_tokens = StringField(
        N_("Tokens that an answer may have"),
        [required(N_("Enter a number of tokens")), fields.whole],
        description=N_("Assumed where neither the call nor its model says how many."),
        default="8192",
        render_kw=NUMBER,
    )
    version = HiddenField(default="1")

    @classmethod
    def holding(cls, budget: Budget) -> Self:
        """The form with what a budget is now."""
        return cls(
            data={
                "name": budget.name,
                "limit": _digits(budget.limit),
                "period": budget.period,
                "kind": SOFT if budget.is_soft else HARD,
                "warn_percent": str(budget.warn_percent),
                "unpriced": ALLOW if budget.allows_unpriced else REFUSE,
                "cap_tokens": str(budget.cap_tokens),
                "version": str(budget.version),
            }
        )

    @property
    @override
    def folds(self) -> list[Fold]:
        return [self.fold(_("Advanced"), ["warn_percent", "unpriced", "cap_tokens"])]

    @property
    def draft(self) -> Draft:
        """What was entered."""
        return Draft(
            name=self.name.data,
            limit=Decimal(self.limit.data.removeprefix("$")),
            period=self.period.data,
            is_soft=self.kind.data == SOFT,
            warn_percent=int(self.warn_percent.data),
            allows_unpriced=self.unpriced.data == ALLOW,
            cap_tokens=int(self.cap_tokens.data),
        )

    @property
    def seen_version(self) -> int:
        """The version that was looked at; one that nobody has where the field was tampered with."""
        text = self.version.data or ""
        return int(text) if re.fullmatch("[0-9]{1,9}", text) else 0


class BudgetForm(ChangeForm):
    """A new one: also whose."""

    target = SelectField(
        N_("What it counts"),
        description=N_("A collection's: calls that one of its models answers."),
        default=Scope.TEAM.value,
        render_kw={"class": "w-20"},
    )

    @classmethod
    def of(cls, targets: Mapping[str, Sequence[tuple[int, str]]], typed: Mapping[str, str]) -> Self:
        """The form with everything that a budget can be of."""
        form = cls(data=dict(typed))
        form.target.choices = [
            SelectChoice(Scope.TEAM.value, _("All calls of the team"), optgroup=""),
            *(
                SelectChoice(f"{scope}:{number}", name, optgroup=_(GROUPS[scope]))
                for scope, found in targets.items()
                for number, name in found
            ),
        ]
        return form

    @property
    @override
    def plain(self) -> list[Any]:
        """What it counts comes behind its name."""
        name, *others = super().plain
        return [name, self.target, *(one for one in others if one.name != "target")]

    @property
    @override
    def draft(self) -> Draft:
        scope, _colon, number = self.target.data.partition(":")
        return replace(super().draft, scope=scope, target=int(number) if number else "")


def _digits(nano: int) -> str:
    """An amount as the field takes it: 20, 12.50, 0.000000001."""
    dollars = pricing.usd(nano) or Decimal(0)
    text = f"{dollars:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
