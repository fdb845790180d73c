"""Tests of a connection: started by a button, watched as they run, kept as a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response as Streamed
from flask import redirect, render_template, stream_template, url_for
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor, may
from aiconnect.blueprints.connections.views import bp
from aiconnect.blueprints.streaming import by_steps
from aiconnect.extensions import db, parts
from aiconnect.models.connection import Check
from aiconnect.services import checks, connections


@bp.post("/connections/<int:connection_id>/test")
def test(connection_id: int) -> Response:
    """Begin a test and go to its page, which runs it."""
    begun = checks.start(db.session(), actor(), connection_id)
    return redirect(url_for(".check", connection_id=connection_id, check_id=begun.id), 303)


@bp.get("/connections/<int:connection_id>/checks/<check_id>")
def check(connection_id: int, check_id: str) -> str | Streamed:
    """A test: its steps as they finish, then for good what was found."""
    found = checks.get(db.session(), connection_id, check_id)
    values = _values(connection_id, found)
    if found.finished_at or not may("connections.test"):
        return render_template("connections/check.html", **values)
    page = stream_template(
        "connections/checking.html",
        steps=_steps(check_id),
        finished=lambda: checks.get(db.session(), connection_id, check_id),
        tested=lambda: connections.get(db.session(), connection_id),  # as the test has left it
        **values,
    )
    # A proxy that collects answers would show nothing until the end.
    return Streamed(by_steps(page), mimetype="text/html", headers={"X-Accel-Buffering": "no"})


def _values(connection_id: int, found: Check) -> dict[str, Any]:
    connection = connections.get(db.session(), connection_id)
    return {
        "check": found,
        "connection": connection,
        "row": parts().rows.get(connection.provider),
        "recent": checks.recent(db.session(), connection_id),
    }


def _steps(check_id: str) -> Iterator[dict[str, Any]]:
    """What the page shows in turn: a step that runs, then the same step done.

    By now the view's own database session has ended; this one lasts as long as the stream.
    """
    names = iter(checks.STEPS)
    yield {"step": next(names), "state": "running", "ms": None, "facts": {}}
    for done in checks.run(
        db.session(), check_id, client=parts().client, rows=parts().rows, vault=parts().vault
    ):
        yield {"step": done.name, "state": done.state, "ms": done.ms, "facts": done.facts}
        following = next(names, None)
        if following and done.state in {"ok", "skipped"}:
            yield {"step": following, "state": "running", "ms": None, "facts": {}}
