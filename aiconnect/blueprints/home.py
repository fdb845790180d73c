"""The first page: what needs the reader, how the connections are, what today used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flask import Blueprint, render_template

from aiconnect.blueprints import pauses, seen
from aiconnect.blueprints.pauses import Pause
from aiconnect.blueprints.showing import SHAPES, worded
from aiconnect.extensions import db, parts
from aiconnect.models.connection import Connection, State
from aiconnect.services import connections, latency, reports, tokens
from aiconnect.services.findings import Worded

bp = Blueprint("home", __name__)

MOST = 12
"""Connections and troubles on this page; a link leads to the others."""
WORST_FIRST = (State.NEEDS_ATTENTION, State.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A connection that needs someone: for what was found, for being left alone, or for both."""

    connection: Connection
    shape: str
    words: Worded | None
    pause: Pause | None = None


@bp.get("/")
def show() -> str:
    """Home."""
    every = seen.whole()
    zone = parts().settings.timezone  # the same days as the pages of usage and of budgets count
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
        month=reports.month(db.session(), by="model", timezone=zone),
        has_tokens=any(not token.revoked_at for token in tokens.all(db.session())),
    )


def _troubles(every: list[Connection]) -> list[Trouble]:
    """The worst first; a caution says less than that it is left alone."""
    paused = {key: found[0] for key, found in pauses.of_each(every).items()}
    worst = [_found(one, paused.get(one.id)) for one in _in(every, *WORST_FIRST)]
    known = {one.connection.id for one in worst}
    left = [one for one in every if one.id in paused and one.id not in known]
    alone = [Trouble(one, paused[one.id].shape, None, paused[one.id]) for one in left]
    cautions = [_found(one) for one in _in(every, State.WARNING) if one.id not in paused]
    return worst + alone + cautions


def _in(every: list[Connection], *states: State) -> list[Connection]:
    return [one for state in states for one in every if one.shown_state == state]


def _found(one: Connection, pause: Pause | None = None) -> Trouble:
    words = worded(one.finding, {"name": one.name, **one.facts})
    return Trouble(one, SHAPES[one.shown_state], words, pause)
