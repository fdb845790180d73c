"""The form that makes an access token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Self

from typing_extensions import override
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from aiconnect.blueprints import fields
from aiconnect.blueprints.forms import PLAIN_TEXT, Fold, Form, required
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_

NOTHING: Mapping[str, Any] = MappingProxyType({})


class TokenForm(Form):
    """A name, what it may use and how much, how long it lasts; for admins also whose it is."""

    name = StringField(
        N_("Name"),
        [required(N_("Enter a name"))],
        description=N_("What it is for, as in “Scrivener on the laptop”."),
        render_kw={"class": "w-20", "autocomplete": "off"},
    )
    email = SelectField(
        N_("Person"),
        description=N_("Its calls are counted as this person's."),
        render_kw={"class": "w-20"},
    )
    expires_days = SelectField(
        N_("Ends after"),
        choices=[
            SelectChoice("30", N_("30 days")),
            SelectChoice("90", N_("90 days")),
            SelectChoice("365", N_("a year")),
            SelectChoice("", N_("never: it holds until it is revoked")),
        ],
        default="90",
        render_kw={"class": "w-20"},
    )
    patterns = TextAreaField(
        N_("Models it may use, one per line"),
        description=N_(
            "Left empty, every model. A line is a model like gpt-5-mini or a pattern like ollama/*."
        ),
        render_kw={**PLAIN_TEXT, "class": "mono", "rows": "3"},
    )

    @classmethod
    def of(cls, email: str, collections: Iterable[str], typed: Mapping[str, Any] = NOTHING) -> Self:
        """The form for this person; collections are asked for where there are some.

        `typed` is what they have filled in before.
        """
        names = [SelectChoice(one) for one in collections]
        some = {"collections": _collections(names)} if names else {}
        more = {**some, **fields.limit_fields(LIMITED), BUDGET: _budget()}
        made: type[Self] = type(cls.__name__, (cls,), more)
        return made(data={"email": email, **typed})

    @property
    @override
    def folds(self) -> list[Fold]:
        return [self.fold(_("Limits"), [*fields.LIMITS, BUDGET])]

    @property
    def limits(self) -> dict[str, int]:
        """What was entered, by the limits' names."""
        entered = {name: self[name].data for name in fields.LIMITS}
        return {name: int(text) for name, text in entered.items() if text}

    @property
    def dollars(self) -> Decimal | None:
        """All that it may ever spend, None for no budget."""
        text: str = self[BUDGET].data
        return Decimal(text.removeprefix("$")) if text else None

    @property
    def chosen(self) -> list[str]:
        """The names of the collections that it is limited to."""
        return list(self["collections"].data or ()) if "collections" in self else []


BUDGET = "budget"
LIMITED = N_("Left empty, there is no limit of its own.")


def _budget() -> StringField:
    hint = N_("In US dollars, for all of its time; then calls that cost money are refused.")
    look = {**PLAIN_TEXT, "class": "w-10", "inputmode": "decimal"}
    return StringField(N_("Budget"), [fields.dollars], description=hint, render_kw=look)


def _collections(choices: list[SelectChoice]) -> fields.CheckboxesField:
    hint = N_("With none chosen, every model; with some, theirs alone.")
    return fields.CheckboxesField(N_("Collections it may use"), choices=choices, description=hint)
