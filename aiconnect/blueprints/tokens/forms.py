"""The form that makes an access token."""

from __future__ import annotations

from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from aiconnect.blueprints.forms import PLAIN_TEXT, Form, required
from aiconnect.errors import N_


class TokenForm(Form):
    """A name, what it may use, how long it lasts; for admins also whose it is."""

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
