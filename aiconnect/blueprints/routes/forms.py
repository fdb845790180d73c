"""Forms that make routes and set how they try."""

from __future__ import annotations

from typing import Any

from typing_extensions import override
from wtforms import StringField, TextAreaField

from aiconnect.blueprints import fields
from aiconnect.blueprints.forms import PLAIN_TEXT, Fold, Form, required
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_

NUMBER = {**PLAIN_TEXT, "class": "w-4", "inputmode": "numeric"}
FORM_OF_A_MODEL = N_("As connection/model, or the model alone.")


def total_field() -> Any:
    """How long all tries of a call may take together."""
    return StringField(
        N_("Seconds for all tries together"),
        [fields.whole_number],
        description=N_("Left empty, the server's own limit holds."),
        render_kw=NUMBER,
    )


class RouteForm(Form):
    """A name, the models in their order, how long all tries may take."""

    name = StringField(
        N_("Name"),
        [required(N_("Enter a name"))],
        description=N_("What programs write as their model, as in “writer” or “gpt-4o”."),
        render_kw={**PLAIN_TEXT, "class": "mono w-20"},
    )
    model = TextAreaField(
        N_("Models, one per line"),
        [required(N_("Enter at least one model"))],
        description=N_(
            "The first is tried first; the next when it fails before its answer has begun. "
            "A line is connection/model, or the model alone."
        ),
        render_kw={**PLAIN_TEXT, "class": "mono", "rows": "3"},
    )
    total_seconds = total_field()

    @property
    @override
    def folds(self) -> list[Fold]:
        return [self.fold(_("Advanced"), ["total_seconds"])]

    @property
    def models(self) -> tuple[str, ...]:
        return fields.entries(self.model.data or "")


class BoundsForm(Form):
    """How long all tries of a call may take."""

    total_seconds = total_field()


class AddForm(Form):
    """One more model, behind the others."""

    model = StringField(
        N_("Model"),
        [required(N_("Enter a model"))],
        description=FORM_OF_A_MODEL,
        render_kw={**PLAIN_TEXT, "class": "mono w-20", "list": "models-here"},
    )


class StepForm(Form):
    """How patient a call is with one step."""

    first_byte_seconds = StringField(
        N_("Seconds to wait for an answer"),
        [fields.whole_number],
        description=N_("Until its first byte; then the next model is tried."),
        render_kw=NUMBER,
    )
    retries = StringField(
        N_("Times to try it again"),
        [fields.whole],
        description=N_("Before the next model is tried; 0 for not at all."),
        render_kw=NUMBER,
    )


def number(text: str | None) -> int | None:
    """What was entered in a field of digits, None for nothing."""
    return int(text) if text else None
