"""The page that is the answer: it is sent as the models write."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from flask import Flask, current_app, request, stream_template
from flask import Response as Streamed
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import SQLAlchemyError

from aiconnect.blueprints.access import actor, person
from aiconnect.blueprints.programs import base_url
from aiconnect.blueprints.streaming import by_steps
from aiconnect.blueprints.tryout import wording
from aiconnect.blueprints.tryout.asking import Picture, body_of, snippets
from aiconnect.blueprints.tryout.seats import Seats, seats
from aiconnect.blueprints.tryout.talk import Gateway, Line, Talk, reader_gone
from aiconnect.blueprints.usage import wording as call_words
from aiconnect.extensions import db
from aiconnect.models.tryout import TryOut
from aiconnect.services import tryouts
from aiconnect.services.tryouts import Asked

log = logging.getLogger("aiconnect.pages")


class Ending:
    """Closes a try-out once, whoever comes first: its page's end, or its reader leaving."""

    def __init__(self, app: Flask, places: Seats, kept: TryOut, talk: Talk) -> None:
        self._app, self._seats, self._talk = app, places, talk
        self._id, self._person_id = kept.id, kept.person_id
        self._is_over = False

    def __call__(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._talk.close()
        try:
            with self._app.app_context():
                answers = [one.kept() for one in self._talk.answers]
                tryouts.finish(db.session(), self._id, answers)
        except SQLAlchemyError as error:
            log.warning("a try-out cannot be kept", extra={"reason": type(error).__name__})
        finally:
            self._seats.leave(self._person_id, self._id)


def gateway() -> Gateway | None:
    """The door that programs use; None where this process has none (`flask run`)."""
    return cast("Gateway | None", current_app.extensions.get("aiconnect_gateway"))


def streamed(
    kept: TryOut, asked: Asked, picture: Picture | None, asks: Gateway, **values: Any
) -> Streamed:
    """Ask each model, and send what it says as it comes."""
    url = picture.url if picture else ""
    bodies = [{**body_of(asked, model, url), "stream": True} for model in asked.models]
    talk = Talk(asks, tryouts.caller(person()), bodies, reader_gone(request.environ))
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 (no proxy)
    ending = Ending(app, seats(), kept, talk)
    generate_csrf()  # the form at the end comes when no cookie can be set any more
    page = stream_template(
        "tryout/writing.html", kept=kept, asked=asked, answers=talk.answers, words=wording,
        call_words=call_words, lines=_lines(talk, ending, _finder()),
        snippets=snippets(asked, base_url()), **values,
    )  # fmt: skip
    # A proxy that collects answers would show nothing until the end.
    answer = Streamed(by_steps(page), mimetype="text/html", headers={"X-Accel-Buffering": "no"})
    answer.call_on_close(ending)
    return answer


def _lines(talk: Talk, ending: Ending, find: Callable[..., Any]) -> Iterator[Line]:
    tryouts.let_go(db.session())  # a model may take minutes
    try:
        yield from talk.lines(find)
    finally:
        ending()


def _finder() -> Callable[[Sequence[str]], Mapping[str, Any]]:
    """Looks calls up in the ledger, as the reader may see them."""
    reader = actor()

    def find(call_ids: Sequence[str]) -> Mapping[str, Any]:
        try:
            found = tryouts.calls(db.session(), reader, call_ids)
            tryouts.let_go(db.session())
        except SQLAlchemyError:  # the page has begun: it ends without figures
            db.session.rollback()
            return {}
        return found

    return find
