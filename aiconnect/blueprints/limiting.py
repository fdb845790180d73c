"""Limits of an access token, a person or a connection, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_babel import ngettext

from aiconnect.blueprints.filters import number
from aiconnect.models.account import Person
from aiconnect.models.connection import Connection
from aiconnect.models.token import AccessToken

WORDS: Mapping[str, Callable[[int], str]] = {
    "requests_per_minute": lambda most: ngettext(
        "%(count)s call a minute", "%(count)s calls a minute", most, count=number(most)
    ),
    "tokens_per_minute": lambda most: ngettext(
        "%(count)s token a minute", "%(count)s tokens a minute", most, count=number(most)
    ),
    "parallel": lambda most: ngettext(
        "%(count)s call at once", "%(count)s calls at once", most, count=number(most)
    ),
}


def limit_words(one: AccessToken | Connection | Person) -> str:
    """Its limits in one line; empty where it has none."""
    return ", ".join(
        said(most) for name, said in WORDS.items() if (most := getattr(one, name)) is not None
    )
