"""In which language a reader gets pages: the one they chose, else what their browser asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import flask_babel
from flask import Flask, has_request_context, request

from aiconnect.blueprints import access
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_

LANGUAGES: Mapping[str, str] = {"en": "English", "id": "Bahasa Indonesia"}
"""The languages of pages by their code, each in its own words."""

FIRST = "en"
"""What sentences are written in, and what is spoken where nobody wishes otherwise."""

FORMER: Mapping[str, str] = {"in": "id"}
"""Codes that older browsers still send for a language of ours."""

WTFORMS = (
    N_("Not a valid choice."),
    N_("Not a valid integer value."),
    N_("Not a valid decimal value."),
    N_("Invalid Choice: could not coerce."),
    N_("This field is required."),
)
"""What WTForms says by itself; it has no Indonesian of its own."""


class FormWords:
    """WTForms' sentences, from our catalogue."""

    def gettext(self, sentence: str) -> str:
        return _(sentence)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        return str(flask_babel.ngettext(singular, plural, count))


def init_app(app: Flask) -> None:
    """Know the reader's language before the first sentence is asked for."""
    app.before_request(_greet)


def wanted() -> str:
    """The language of this request; outside of one, as on the command line, English."""
    if not has_request_context():
        return FIRST
    reader = access.known()
    if reader and reader.language in LANGUAGES:
        return reader.language
    return next(_asked(), FIRST)


def _asked() -> Iterator[str]:
    """The languages of ours that the browser asks for, dearest first: en-GB is English too."""
    for tag, quality in request.accept_languages:
        primary = re.split("[-_]", tag.lower())[0]
        code = FORMER.get(primary, primary)
        if quality > 0 and code in LANGUAGES:
            yield code


def _greet() -> None:
    # Also where nobody need be signed in: help is in the reader's language too. Flask-Babel keeps
    # it for this request, so a page about a failure need not ask the database.
    if request.endpoint != "static":
        access.signed_in()
        flask_babel.get_locale()
