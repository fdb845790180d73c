"""The list of connections: the team's in its order, one's own, those of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from aiconnect.blueprints import zones
from aiconnect.blueprints.access import actor
from aiconnect.blueprints.connections.views import bp
from aiconnect.blueprints.paging import Paged
from aiconnect.extensions import db
from aiconnect.models.connection import Connection
from aiconnect.services import connections, reports

TEAM, OWN, OTHERS = range(3)


@dataclass(frozen=True, slots=True)
class Line:
    """A connection of the list, and where it stands in its group."""

    connection: Connection
    group: int
    is_first: bool
    is_last: bool


@bp.get("/connections")
def index() -> str:
    """Every connection that the reader may see at least the outline of."""
    session = db.session()
    shown = Paged.of(_lines(connections.visible(session, actor())), request.args.get("page"))
    month = reports.month(session, by="connection", timezone=zones.zone())
    return render_template(
        "connections/index.html",
        lines=shown,
        groups=[(group, list(lines)) for group, lines in groupby(shown.items, _group)],
        counts=connections.model_counts(session),
        calls={row.key: row.calls for row in month},
        owners=connections.owners(session),
    )


@bp.post("/connections/<int:connection_id>/order")
def reorder(connection_id: int) -> Response:
    """Prefer it to the one before it, or the one behind it to it."""
    is_up = request.form.get("to") == "up"
    connections.move(db.session(), actor(), connection_id, up=is_up)
    page = request.args.get("page")
    return redirect(url_for(".index", page=page, _anchor=f"c-{connection_id}"), 303)


_group = attrgetter("group")


def _lines(every: Sequence[Connection]) -> list[Line]:
    person_id = actor().person_id
    groups: dict[int, list[Connection]] = {TEAM: [], OWN: [], OTHERS: []}
    for one in every:
        groups[_group_of(one, person_id)].append(one)
    return [line for group, members in groups.items() for line in _placed(group, members)]


def _group_of(one: Connection, person_id: int | None) -> int:
    if one.owner_id is None:
        return TEAM
    return OWN if one.owner_id == person_id else OTHERS


def _placed(group: int, members: Sequence[Connection]) -> Iterator[Line]:
    for number, one in enumerate(members, 1):
        yield Line(one, group, is_first=number == 1, is_last=number == len(members))
