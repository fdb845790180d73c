"""Pages for what goes wrong: a heading, what it means, what to do, and the request's id."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, g, render_template, request
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from aiconnect.blueprints.filters import size
from aiconnect.blueprints.headers import request_id
from aiconnect.blueprints.sentences import _, told
from aiconnect.errors import N_, NotFound, Refused
from aiconnect.services import database

log = logging.getLogger(__name__)

Answer = tuple[str, int, dict[str, str]]
"""A page, its status, and headers of its own."""


@dataclass(frozen=True, slots=True)
class Words:
    """What an error page says."""

    title: str
    lede: str
    steps: tuple[str, ...] = ()


class Told(HTTPException):
    """An error page with words of its own; `facts` fill their %(name)s places."""

    def __init__(
        self, code: int, title: str, lede: str, steps: tuple[str, ...] = (), **facts: object
    ) -> None:
        super().__init__(title)
        self.code = code
        self.words = Words(title, lede, steps)
        self.facts = facts


NOT_FOUND = Words(
    N_("There is no such page"),
    N_("The address is misspelt, or what it showed has been removed."),
)
FAILED = Words(
    N_("This page could not be made"),
    N_(
        "Something in aiconnect failed while it was preparing this page. "
        "Your connections and running calls are not affected."
    ),
    (
        N_("Try once more. A busy database answers the second time."),
        N_("If it happens again, give the person who runs this server the number below."),
    ),
)
AWAY = Words(
    N_("The database does not answer"),
    N_(
        "Pages need it, so they are back when it is. Programs go on meanwhile: running calls are "
        "not affected, and their records are kept."
    ),
    (
        N_("Try again in a minute."),
        N_("If this lasts, the person who runs this server finds the reason with: %(command)s"),
    ),
)
OLD_FORM = Words(
    N_("This form is too old to be sent"),
    N_("You have signed in or out since it was opened, or your browser keeps no cookies."),
    (N_("Go back, reload the page, and send it again. Nothing was changed."),),
)
ALONE = frozenset({400, 413, 500, 503})
"""Answers whose page asks the database nothing, so it cannot fail for the reason it reports."""

PAGES: Mapping[int, Words] = {
    400: Words(
        N_("This request makes no sense here"), N_("Something in the address or form is malformed.")
    ),
    403: Words(
        N_("Your role does not include this page"),
        N_("Viewers look, members also make access tokens, admins and owners change things."),
        (N_("Ask an owner of the team if you need it."),),
    ),
    404: NOT_FOUND,
    405: Words(N_("This page is not opened that way"), N_("It is the target of a form.")),
    413: Words(
        N_("This form is too large"),
        N_("It may hold %(limit)s, with everything that is in it. Nothing was changed."),
        (N_("Go back, and shorten what you wrote or choose a smaller file."),),
    ),
    500: FAILED,
}


def init_app(app: Flask) -> None:
    """Every failure ends in one of the pages above."""
    app.register_error_handler(CSRFError, lambda _error: _page(400, OLD_FORM))
    app.register_error_handler(NotFound, lambda _error: _page(404, NOT_FOUND))
    app.register_error_handler(Refused, _on_refused)
    app.register_error_handler(Told, lambda error: _page(error.code, error.words, **error.facts))
    app.register_error_handler(HTTPException, _on_http)
    for kind in database.AWAY:
        app.register_error_handler(kind, _on_away)
    app.register_error_handler(Exception, _on_failure)


def _on_refused(error: Refused) -> Answer:
    return _page(409, Words(N_("This cannot be done"), "%(sentence)s"), sentence=told(error))


def _on_http(error: HTTPException) -> Answer | HTTPException:
    code = error.code or 500
    if code < 400:
        return error
    if code >= 500:
        log.error("page failed", extra={"request_id": request_id(), "reason": error.description})
    words = PAGES.get(code) or PAGES[500 if code >= 500 else 400]
    return _page(code, words, limit=size(request.max_content_length))


def _on_away(error: Exception) -> Answer:
    g._login_user = AnonymousUserMixin()  # noqa: SLF001 (Flask-Login's own; else it asks who reads)
    log.error(
        "the database does not answer",
        extra={"request_id": request_id(), "reason": type(error).__name__},
    )
    return _render(503, AWAY, command="aiconnect doctor"), 503, {"Retry-After": "10"}


def _on_failure(error: Exception) -> Answer:
    log.error(
        "page failed",
        exc_info=error,
        extra={"request_id": request_id(), "endpoint": request.endpoint},
    )
    return _page(500, FAILED)


def _page(code: int, words: Words, **facts: object) -> Answer:
    try:
        return _render(code, words, **facts), code, {}
    except database.AWAY as error:  # most pages ask who reads them
        return _on_away(error)


def _render(code: int, words: Words, **facts: object) -> str:
    return render_template(
        "errors/page.html",
        frame="layout/alone.html" if code in ALONE else "layout/app.html",
        title=_(words.title, **facts),
        lede=_(words.lede, **facts),
        steps=[_(step, **facts) for step in words.steps],
        request_id=request_id(),
    )
