"""Forms that send their reader to the list of models, and get back what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

LONGEST = 3500
"""Characters of an address; servers before ours refuse longer ones."""


def is_sent() -> bool:
    """Whether the form was left by its button that finds models."""
    return request.method == "POST" and bool(request.form.get("find"))


def to_the_list(use: str, back: str, typed: Mapping[str, Any]) -> Response:
    """To the list of models; the form's own page `back` will be asked for what was typed.

    `typed` holds nothing secret: it goes through addresses. What is too long for one stays behind.
    """
    query: dict[str, Any] = {name: value for name, value in typed.items() if value}
    here = url_for(back, **query)
    here = here if len(here) <= LONGEST else url_for(back)
    way: dict[str, Any] = {"for": use, "back": here, "many": "1"}
    return redirect(url_for("models.index", **way), 303)


def chosen() -> str:
    """The models of this page's address, one per line."""
    return "\n".join(dict.fromkeys(request.args.getlist("model")))
