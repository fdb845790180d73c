"""`aiconnect model`."""

from __future__ import annotations

import click

from aiconnect.cli import output
from aiconnect.cli.base import Group
from aiconnect.cli.desk import open_desk
from aiconnect.models import ServedModel
from aiconnect.services import catalog, collections

COLUMNS = ("id", "connection", "provider", "model", "type", "context", "available", "reason")


@click.group(cls=Group)
def model() -> None:
    """Models that connections serve."""


@model.command("list")
@click.option("--collection", metavar="NAME", help="Those of a collection, in its order.")
@output.as_json
def list_(collection: str | None, *, as_json: bool) -> None:
    """List the models of every connection; `id` is what a program asks for."""
    with open_desk() as desk:
        if collection is None:
            found = catalog.served(desk.session)
        else:
            found = collections.models(desk.session, collection)
        output.rows(map(_row, found), COLUMNS, as_json=as_json)


def _row(one: ServedModel) -> output.Row:
    is_available, reason = catalog.available(one)
    return {
        "id": f"{one.connection.name}/{one.model_id}",
        "connection": one.connection.name,
        "provider": one.connection.provider,
        "model": one.model_id,
        "type": one.type,
        "context": one.context,
        "available": is_available,
        "reason": None if is_available else reason,
    }
