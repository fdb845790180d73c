"""`aiconnect model`."""

from __future__ import annotations

import click

from aiconnect.cli import output
from aiconnect.cli.base import Group
from aiconnect.cli.desk import open_desk
from aiconnect.models import ServedModel
from aiconnect.services import catalog

COLUMNS = ("id", "connection", "provider", "model", "type", "context", "available", "reason")


@click.group(cls=Group)
def model() -> None:
    """Models that connections serve."""


@model.command("list")
@output.as_json
def list_(*, as_json: bool) -> None:
    """List the models of every connection; `id` is what a program asks for."""
    with open_desk() as desk:
        output.rows(map(_row, catalog.served(desk.session)), COLUMNS, as_json=as_json)


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
