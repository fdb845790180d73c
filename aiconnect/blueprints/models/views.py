"""Models: everything that connections serve, narrowed by name and connection."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, render_template, request

from aiconnect.blueprints.paging import Paged
from aiconnect.extensions import db
from aiconnect.models.catalog import ServedModel
from aiconnect.models.connection import Connection
from aiconnect.services import catalog, connections

bp = Blueprint("models", __name__)


@bp.get("/models")
def index() -> str:
    """The models whose name has `q` in it, of one connection or all."""
    name, connection = request.args.get("q", "").strip(), request.args.get("connection", "")
    every = catalog.served(db.session())
    found = [model for model in every if _fits(model, name, connection)]
    page = Paged.of(found, request.args.get("page"))
    return render_template(
        "models/index.html",
        models=page,
        groups=[(one, list(models)) for one, models in groupby(page.items, _connection)],
        total=len(every),
        usable=sum(catalog.available(model)[0] for model in every),
        connections=connections.all(db.session()),
        q=name,
        connection=connection,
    )


def _connection(model: ServedModel) -> Connection:
    return model.connection


def _fits(model: ServedModel, name: str, connection: str) -> bool:
    is_here = not connection or model.connection.name == connection
    return is_here and name.lower() in f"{model.model_id} {model.name}".lower()
