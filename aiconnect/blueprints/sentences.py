"""Sentences as a reader of a page gets them: in their language, with the facts filled in."""

from __future__ import annotations

from flask_babel import gettext

from aiconnect.errors import AiconnectError


def _(sentence: str, /, **facts: object) -> str:
    """The sentence in the reader's language."""
    return str(gettext(sentence, **facts))


def told(error: AiconnectError) -> str:
    """What an error of ours says, in the reader's language."""
    return _(error.sentence, **error.facts)
