"""The first page: what needs the reader, how the connections are, what today used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flask import Blueprint, render_template

from aiconnect.blueprints import seen
from aiconnect.blueprints.showing import SHAPES, worded
from aiconnect.extensions import db, parts
from aiconnect.models.connection import Connection, State
from aiconnect.services import connections, latency, reports, tokens
from aiconnect.services.findings import Worded

bp = Blueprint("home", __name__)

MOST = 12
"""Connections and troubles on this page; a link leads to the others."""
WORST_FIRST = (State.NEEDS_ATTENTION, State.UNREACHABLE, State.WARNING)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A connection that needs someone, and why."""

    connection: Connection
    shape: str
    words: Worded


@bp.get("/")
def show() -> str:
    """Home."""
    every = seen.whole()
    zone = parts().settings.timezone
    calls = reports.today(db.session(), by="connection", timezone=zone)
    return render_template(
        "home/show.html",
        connections=every,
        troubles=_troubles(every),
        counts=Counter(connections.model_counts(db.session())),
        calls={row.key: row.calls for row in calls},
        first_words=latency.first_words(db.session(), [one.id for one in every[:MOST]]),
        most=MOST,
        today=reports.today(db.session(), by="model", timezone=zone),
        has_tokens=any(not token.revoked_at for token in tokens.all(db.session())),
    )


def _troubles(every: list[Connection]) -> list[Trouble]:
    return [
        Trouble(one, SHAPES[state], worded(one.finding, {"name": one.name, **one.facts}))
        for state in WORST_FIRST
        for one in every
        if one.shown_state == state
    ]
