"""Models: everything that connections serve, narrowed by name, connection, type and state."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, render_template, request

from aiconnect.blueprints import seen
from aiconnect.blueprints.access import actor
from aiconnect.blueprints.models.narrowing import STATES, Narrowed
from aiconnect.extensions import db
from aiconnect.models.catalog import ServedModel
from aiconnect.models.connection import Connection
from aiconnect.services import catalog, speed

bp = Blueprint("models", __name__)


@bp.get("/models")
def index() -> str:
    """The models that the reader may use, 50 at a time, in the team's order of connections."""
    session, asking, every = db.session(), actor(), seen.whole()
    wanted = request.args.get("connection", "")
    chosen = next((one for one in every if one.name == wanted), None)
    narrowed = Narrowed.asked(chosen)
    models = narrowed.page()
    counts = catalog.counts(session, asking)
    groups = [(one, list(served)) for one, served in groupby(models.items, _connection)]
    return render_template(
        "models/index.html",
        models=models,
        narrowed=narrowed,
        groups=groups,
        counts=counts,
        total=sum(one.served for one in counts.values()),
        usable=sum(one.available for one in counts.values()),
        kinds=catalog.kinds(session, asking, chosen.id if chosen else None),
        states=STATES,
        speeds={one.id: speed.speeds(session, one.id) for one, _served in groups},
        connections=every,
    )


def _connection(model: ServedModel) -> Connection:
    return model.connection
