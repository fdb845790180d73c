"""Forms for signing in and for one's own account."""

from __future__ import annotations

from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    StringField,
)
from wtforms.fields.choices import SelectChoice

from aiconnect.blueprints.forms import Form, required
from aiconnect.blueprints.locales import LANGUAGES
from aiconnect.errors import N_

EMAIL = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
NEW_PASSWORD = N_(
    "12 characters or more. Several words that do not belong together are a good one."
)


class LoginForm(Form):
    """Email and password."""

    email = EmailField(N_("Email"), [required(N_("Enter your email"))], render_kw=EMAIL)
    password = PasswordField(
        N_("Password"),
        [required(N_("Enter your password"))],
        render_kw={"autocomplete": "current-password"},
    )
    stay = BooleanField(N_("Stay signed in for 30 days on this device"))


class LinkForm(Form):
    """The code of a one-time link, handed on by a button."""

    code = HiddenField()


class SetupForm(Form):
    """The first person: email and password, and the code of the link that the server printed."""

    code = HiddenField()
    email = EmailField(N_("Your email"), [required(N_("Enter your email"))], render_kw=EMAIL)
    password = PasswordField(
        N_("Password"),
        [required(N_("Choose a password"))],
        description=NEW_PASSWORD,
        render_kw={"autocomplete": "new-password"},
    )


class PasswordForm(Form):
    """A new password, known to fit the old one."""

    old = PasswordField(
        N_("Current password"),
        [required(N_("Enter your current password"))],
        render_kw={"autocomplete": "current-password"},
    )
    new = PasswordField(
        N_("New password"),
        [required(N_("Choose a new password"))],
        description=NEW_PASSWORD,
        render_kw={"autocomplete": "new-password"},
    )


class PreferencesForm(Form):
    """How pages look and read for this person."""

    language = RadioField(
        N_("Language"),
        choices=[
            SelectChoice("", N_("as your browser asks")),
            *(SelectChoice(code, name) for code, name in LANGUAGES.items()),
        ],
        default="",
    )
    theme = RadioField(
        N_("Pages are shown"),
        choices=[
            SelectChoice("system", N_("as your system asks")),
            SelectChoice("light", N_("light")),
            SelectChoice("dark", N_("dark")),
        ],
        default="system",
    )
    time_zone = StringField(
        N_("Time zone"),
        render_kw={"class": "w-20", "list": "zones", "maxlength": "64", "spellcheck": "false"},
    )
