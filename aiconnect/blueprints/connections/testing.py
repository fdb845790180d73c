"""Tests of a connection: started by a button, watched as they run, kept as a page, acted upon."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from flask import Response as Streamed
from flask import abort, flash, redirect, render_template, request, stream_template, url_for
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.connections.pausing import learn
from aiconnect.blueprints.connections.views import bp
from aiconnect.blueprints.sentences import _, told
from aiconnect.blueprints.streaming import by_steps
from aiconnect.errors import Refused
from aiconnect.extensions import db, parts
from aiconnect.models import Check, Connection
from aiconnect.services import catalog, checks, connections, remedies

log = logging.getLogger("aiconnect.pages")

OFFERED = 50
"""Models that a form for trying one suggests, at most."""


@bp.post("/connections/<int:connection_id>/test")
def test(connection_id: int) -> Response:
    """Begin a test and go to its page, which runs it."""
    return _begin(connection_id)


@bp.post("/connections/<int:connection_id>/test-model")
def test_model(connection_id: int) -> Response:
    """The same, with one token of this model at its end."""
    try:
        return _begin(connection_id, model=request.form.get("model", ""))
    except Refused as error:
        flash(told(error), "warn")
        return redirect(url_for(".show", connection_id=connection_id), 303)


@bp.post("/connections/<int:connection_id>/fix")
def fix(connection_id: int) -> Response:
    """Mend what was found in the way of the button, and test whether that was it."""
    before = _secrets(connections.own(db.session(), actor(), connection_id))
    kind = request.form.get("kind", "")
    try:
        mended = remedies.apply(
            db.session(), actor(), connection_id, kind, rows=parts().rows, vault=parts().vault
        )
    except Refused as error:
        flash(told(error), "warn")
        return redirect(url_for(".edit", connection_id=connection_id), 303)
    if before > _secrets(mended):
        flash(
            _("The address has changed, and a key stays with its address. Enter it again."), "warn"
        )
    return _begin(connection_id)


@bp.get("/connections/<int:connection_id>/checks/<check_id>")
def check(connection_id: int, check_id: str) -> str | Streamed:
    """A test: its steps as they finish, then for good what was found."""
    connection = _whole(connection_id)
    found = checks.get(db.session(), connection_id, check_id)
    values = _values(connection, found)
    if found.finished_at or not connections.may_change(actor(), connection):
        return render_template("connections/check.html", **values)
    generate_csrf()  # the buttons at the end come when no cookie can be set any more
    page = stream_template(
        "connections/checking.html",
        steps=_steps(found),
        finished=lambda: checks.get(db.session(), connection_id, check_id),
        tested=lambda: connections.get(db.session(), connection_id),  # as the test has left it
        **values,
    )
    # A proxy that collects answers would show nothing until the end.
    return Streamed(by_steps(page), mimetype="text/html", headers={"X-Accel-Buffering": "no"})


def _begin(connection_id: int, model: str = "") -> Response:
    begun = checks.start(db.session(), actor(), connection_id, model=model)
    return redirect(url_for(".check", connection_id=connection_id, check_id=begun.id), 303)


def _whole(connection_id: int) -> Connection:
    """The connection, if the reader sees it whole: a test tells more than an outline may."""
    connection = connections.seen(db.session(), actor(), connection_id)
    if connections.access(actor(), connection) is not connections.Access.FULL:
        abort(404)
    return connection


def _secrets(connection: Connection) -> int:
    return len(connection.credentials)


def _values(connection: Connection, found: Check) -> dict[str, Any]:
    session = db.session()
    return {
        "check": found,
        "connection": connection,
        "row": parts().rows.get(connection.provider),
        "owner": connections.owners(session).get(connection.owner_id or 0),
        "recent": checks.recent(session, connection.id),
        "models": lambda: _models(connection.id),
    }


def _models(connection_id: int) -> list[str]:
    """Names to suggest to whoever tries one model."""
    found = catalog.page(
        db.session(), actor(), connection_id=connection_id, kind="chat", size=OFFERED
    )
    return [one.model_id for one in found.items]


def _steps(found: Check) -> Iterator[dict[str, Any]]:
    """What the page shows in turn: a step that runs, then the same step done.

    By now the view's own database session has ended; this one lasts as long as the stream.
    """
    names = iter(checks.names(found))
    yield {"step": next(names), "state": "running", "ms": None, "facts": {}}
    try:
        for done in checks.run(
            db.session(), found.id, client=parts().client, rows=parts().rows, vault=parts().vault
        ):
            yield {"step": done.name, "state": done.state, "ms": done.ms, "facts": done.facts}
            following = next(names, None)
            if following and done.state in {"ok", "skipped"}:
                yield {"step": following, "state": "running", "ms": None, "facts": {}}
        learn(checks.get(db.session(), found.connection_id, found.id))
    except SQLAlchemyError as error:  # the page has begun: it ends, and says that the test did not
        db.session.rollback()
        log.warning("a test cannot be written down", extra={"reason": type(error).__name__})
