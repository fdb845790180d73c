"""Fields of the forms that add and change connections."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from typing_extensions import override
from wtforms import (
    BooleanField,
    Field,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from aiconnect.blueprints.forms import PLAIN_TEXT, required
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_
from aiconnect.providers import spec
from aiconnect.providers.spec import Provider

MISSING = {"url": N_("Enter the address"), "api_key": N_("Enter the API key")}
REGIONS = {
    "us": N_("United States"),
    "eu": N_("Europe"),
    "ae": N_("United Arab Emirates"),
    "au": N_("Australia"),
    "in": N_("India"),
    "jp": N_("Japan"),
}
"""What the first part of a regional host means."""

LIMITS = {
    "requests_per_minute": N_("Calls in a minute"),
    "tokens_per_minute": N_("Tokens in a minute"),
    "parallel": N_("Calls at the same time"),
}
READ_AND_WRITTEN = N_("Read and written ones together.")

LINES = {"class": "mono", "rows": "3", "spellcheck": "false", "autocapitalize": "none"}


class SecretAreaField(TextAreaField):  # type: ignore[misc]  # WTForms ships no types
    """Lines with secrets in them: taken, never written back into a page."""

    @override
    def _value(self) -> str:
        return ""


class CheckboxesField(SelectMultipleField):  # type: ignore[misc]
    """Some of a few, each a box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def text_field(field: spec.Field) -> Field:
    """A field of a row as a form shows it; what is secret is never shown again."""
    checks = [required(MISSING[field.name])] if field.required and not field.is_secret else []
    kind = PasswordField if field.is_secret else StringField
    look = {**PLAIN_TEXT, "class": "mono", "placeholder": field.example}
    return kind(field.label, checks, description=field.hint, render_kw=look)


def region_field(row: Provider) -> Field:
    """Which of a provider's own addresses: only some accounts have a region."""
    choices = [SelectChoice(row.base_url, N_("No region"))]
    choices += [SelectChoice(url, _region(url)) for url in row.other_urls]
    hint = N_("Only where your account's project is bound to a region.")
    return SelectField(N_("Region"), choices=choices, description=hint, render_kw={"class": "w-20"})


def name_field(row: Provider, *, is_new: bool = True) -> Field:
    """The name of a connection: what programs write before a model."""
    look = {**PLAIN_TEXT, "class": "w-20", "placeholder": row.slug if is_new else ""}
    hint = N_("Programs write it before a model, as in name/model.")
    if is_new:
        hint = N_("Programs write it before a model, as in name/model. Left empty, one is made up.")
    checks = [] if is_new else [required(N_("Enter a name"))]
    return StringField(N_("Name of this connection"), checks, description=hint, render_kw=look)


def personal_field() -> Field:
    """Whether only the person who adds it may see and use it."""
    return BooleanField(
        N_("For me alone"),
        description=N_("Nobody else sees its key or models, and only your programs may call it."),
    )


def private_field() -> Field:
    """The switch without which such a connection never leads into the own network."""
    return BooleanField(
        N_("Allow private addresses"),
        description=N_(
            "For a server on this machine or in your network. "
            "Without it, aiconnect calls public addresses over https only."
        ),
    )


def models_field() -> Field:
    """Models by hand, for servers that list none."""
    return TextAreaField(
        N_("Models by hand"),
        description=N_(
            "One per line, or with commas between. "
            "Only for models that the server does not list itself."
        ),
        render_kw=LINES,
    )


def headers_field(*, is_new: bool = True) -> Field:
    """Headers that go out with every call; their values are secrets."""
    hint = N_("One per line, as in X-Title: Our team. Values are encrypted and not shown again.")
    if not is_new:
        hint = N_(
            "One per line, as in X-Title: Our team. Those it has stay; "
            "one with the same name is replaced."
        )
    label = N_("Headers to send along") if is_new else N_("Headers to add or replace")
    return SecretAreaField(label, description=hint, render_kw={**LINES, "autocomplete": "off"})


def drop_field(names: Sequence[str]) -> Field:
    """Which of the headers it has are to go."""
    return CheckboxesField(
        N_("Headers to remove"),
        choices=[SelectChoice(name, name) for name in names],
        validate_choice=False,  # one that somebody else has removed meanwhile is no mistake
    )


def ca_field() -> Field:
    """A certificate that the server's own is signed with, where no public one is."""
    return TextAreaField(
        N_("CA certificate"),
        description=N_(
            "For a server whose certificate your own authority has signed. "
            "The text from BEGIN CERTIFICATE to END CERTIFICATE."
        ),
        render_kw=LINES,
    )


def seconds_field() -> Field:
    """How long a call waits for its first byte."""
    return StringField(
        N_("Seconds to wait for an answer"),
        [whole_number],
        description=N_(
            "Until its first byte. Left empty, aiconnect waits as long as usual; "
            "a large model on a slow machine may need more."
        ),
        render_kw={**PLAIN_TEXT, "class": "w-4", "inputmode": "numeric"},
    )


def allowed_field() -> Field:
    """Patterns of the models that are on."""
    return TextAreaField(
        N_("Only these models"),
        description=N_(
            "One per line, or with commas between; * stands for anything, as in gpt-5*. "
            "Left empty, all are on."
        ),
        render_kw=LINES,
    )


def hides_new_field() -> Field:
    """Whether models that appear at the provider stay off until somebody looks."""
    return BooleanField(
        N_("Keep new models off"),
        description=N_(
            "Models that the provider adds from now on stay off until you switch them on."
        ),
    )


def whole_number(_form: Any, field: Any) -> None:
    """A validator: digits or nothing."""
    if not field.data:
        raise StopValidation
    if not re.fullmatch("[0-9]{1,6}", field.data):
        raise StopValidation(_("Enter a whole number of seconds, like 120"))


def whole(_form: Any, field: Any) -> None:
    """A validator: a count in digits, or nothing."""
    if not field.data:
        raise StopValidation
    if not re.fullmatch("[0-9]{1,10}", field.data):
        raise StopValidation(_("Enter a whole number, like 60"))


def dollars(_form: Any, field: Any) -> None:
    """A validator: an amount with a point, as everybody can read it, or nothing."""
    if not field.data:
        raise StopValidation
    if not re.fullmatch(r"\$?[0-9]{1,9}(\.[0-9]{1,9})?", field.data):
        raise StopValidation(_("Enter dollars as digits, like 20 or 12.50"))


def limit_fields(whose: str) -> dict[str, Field]:
    """How much may be asked in a minute and at once; `whose` is a marked sentence about it."""
    look = {**PLAIN_TEXT, "class": "w-10", "inputmode": "numeric"}
    hints = {"requests_per_minute": whose, "tokens_per_minute": READ_AND_WRITTEN, "parallel": ""}
    return {
        name: StringField(label, [whole], description=hints[name], render_kw=look)
        for name, label in LIMITS.items()
    }


def entries(text: str) -> tuple[str, ...]:
    """What was written one per line or with commas between."""
    return tuple(part.strip() for part in re.split(r"[,\n]", text) if part.strip())


def _region(url: str) -> str:
    part = (urlsplit(url).hostname or url).partition(".")[0]
    return REGIONS.get(part, part)
