"""Forms that make collections, fill them and give their models settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, FileField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation

from aiconnect.blueprints import fields
from aiconnect.blueprints.forms import PLAIN_TEXT, Form, required
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_

NUMBER = {**PLAIN_TEXT, "class": "w-10", "inputmode": "decimal"}
LINES = {**PLAIN_TEXT, "class": "mono", "rows": "4"}
WHOLE, DECIMALS = ("max_tokens", "seed"), (
    "temperature", "top_p", "frequency_penalty", "presence_penalty",
)  # fmt: skip
BREAK = "\\n"
"""How a break of lines is written in a stop sequence, for each stands on a line of its own."""


def a_number(_form: Any, field: Any) -> None:
    """A validator: a number, with a comma or a point, or nothing."""
    if not field.data:
        raise StopValidation
    if not re.fullmatch(r"-?[0-9]{1,10}(?:[.,][0-9]{1,10})?", field.data):
        raise StopValidation(_("Enter a number, like 0.8"))


def name_field() -> StringField:
    """What programs call it by."""
    return StringField(
        N_("Name"),
        [required(N_("Enter a name"))],
        description=N_("Programs write it after collection/, as in collection/drafting."),
        render_kw={**PLAIN_TEXT, "class": "mono w-20"},
    )


def description_field() -> StringField:
    """What it is for."""
    return StringField(N_("What it is for"), render_kw={"autocomplete": "off"})


def personal_field() -> BooleanField:
    """Whether it is theirs alone."""
    return BooleanField(
        N_("For me alone"),
        description=N_("Nobody else sees it, and only your access tokens may call it."),
    )


class PersonalForm(Form):
    """A form that asks for whom the collection is; only admins may make one for the team."""

    personal = personal_field()

    def for_role(self, *, may_share: bool) -> None:
        """Leave the question out for those who have no choice."""
        if not may_share:
            del self.personal

    @property
    def is_personal(self) -> bool:
        return "personal" not in self or bool(self["personal"].data)


class NewForm(PersonalForm):
    """A name, what it is for, its first models."""

    name = name_field()
    description = description_field()
    models = TextAreaField(
        N_("Models, one per line"),
        description=N_(
            "Tried from the top. A line is connection/model, or the model alone. "
            "They can be chosen from a list afterwards too."
        ),
        render_kw=LINES,
    )
    personal = personal_field()

    @property
    def names(self) -> tuple[str, ...]:
        return fields.entries(self.models.data or "")


class DescribeForm(Form):
    """A name, and what it is for."""

    name = name_field()
    description = description_field()


class CopyForm(PersonalForm):
    """The name of a copy."""

    name = name_field()
    personal = personal_field()


class AddForm(Form):
    """Models by their names, behind the others or at a place."""

    models = TextAreaField(
        N_("Models, one per line"),
        [required(N_("Enter at least one model"))],
        description=N_("As connection/model, or the model alone."),
        render_kw=LINES,
    )
    place = StringField(
        N_("Place"),
        [fields.whole],
        description=N_("1 for the first. Left empty, behind the others."),
        render_kw={**PLAIN_TEXT, "class": "w-4", "inputmode": "numeric"},
    )

    @property
    def names(self) -> tuple[str, ...]:
        return fields.entries(self.models.data or "")

    @property
    def position(self) -> int | None:
        return max(int(self.place.data), 1) if self.place.data else None


class SettingsForm(Form):
    """What the collection sets for a model; what is empty is left to whoever calls.

    `seen` is a mark of what the form was opened with.
    """

    seen = HiddenField()
    note = StringField(
        N_("Note"),
        description=N_("Why it is here: “keeps voice over long chapters”."),
        render_kw={"autocomplete": "off"},
    )
    temperature = StringField(
        N_("Temperature"),
        [a_number],
        description=N_("0 to 2: how freely the next word is chosen."),
        render_kw=NUMBER,
    )
    top_p = StringField(
        N_("Top p"),
        [a_number],
        description=N_("0 to 1: from how much of the likely words."),
        render_kw=NUMBER,
    )
    max_tokens = StringField(
        N_("Longest answer, in tokens"),
        [fields.whole],
        description=N_("How long an answer may be, thinking included."),
        render_kw={**NUMBER, "inputmode": "numeric"},
    )
    frequency_penalty = StringField(
        N_("Frequency penalty"),
        [a_number],
        description=N_("-2 to 2: against the same words often."),
        render_kw=NUMBER,
    )
    presence_penalty = StringField(
        N_("Presence penalty"),
        [a_number],
        description=N_("-2 to 2: against words that were there already."),
        render_kw=NUMBER,
    )
    seed = StringField(
        N_("Seed"),
        [fields.whole],
        description=N_("The same number gives much the same answer, where a provider does that."),
        render_kw={**NUMBER, "inputmode": "numeric"},
    )
    reasoning_effort = SelectField(
        N_("How hard to think"),
        choices=[
            SelectChoice("", N_("As the caller asks")),
            SelectChoice("low", N_("Little")),
            SelectChoice("medium", N_("Medium")),
            SelectChoice("high", N_("Hard")),
        ],
        render_kw={"class": "w-20"},
    )
    stop = TextAreaField(
        N_("Stop at, one per line"),
        description=N_("Up to four texts that end an answer; \\n stands for a line break."),
        render_kw={**PLAIN_TEXT, "class": "mono", "rows": "2"},
    )

    @property
    def wanted(self) -> dict[str, Any]:
        """The settings, by OpenAI's names; what is empty is None."""
        found: dict[str, Any] = {name: _decimal(self[name].data) for name in DECIMALS}
        found |= {name: int(self[name].data) if self[name].data else None for name in WHOLE}
        lines = (self.stop.data or "").splitlines()
        found["stop"] = [line.replace(BREAK, "\n") for line in lines if line]
        return found | {"reasoning_effort": self.reasoning_effort.data or None}


class ImportForm(PersonalForm):
    """A collection that was exported, as a file or as text."""

    file = FileField(N_("File"), description=N_("As the export of a collection made it."))
    text = TextAreaField(N_("Or its text"), render_kw={**LINES, "rows": "6"})
    name = StringField(
        N_("Another name"),
        description=N_("Left empty, the one in the file."),
        render_kw={**PLAIN_TEXT, "class": "mono w-20"},
    )
    personal = personal_field()

    @property
    def raw(self) -> bytes:
        """What was given, as far as one byte more than may be read; the file before the text."""
        found = self.file.data
        sent: bytes = found.read(2**20) if found else b""
        return sent or (self.text.data or "").encode("utf-8", "replace")


def filled(note: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """The fields of SettingsForm for what is set."""
    texts = {name: _written(value) for name, value in settings.items()}
    stops = "\n".join(one.replace("\n", BREAK) for one in settings.get("stop", ()))
    return texts | {"note": note, "stop": stops}


def _written(value: object) -> str:
    """As a field takes it: 0.00001 has no exponent there."""
    return f"{value:f}" if isinstance(value, float) and abs(value) < 1e-3 else str(value)


def _decimal(text: str | None) -> float | None:
    return float(text.replace(",", ".")) if text else None
