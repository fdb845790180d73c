"""`aiconnect model`."""

from __future__ import annotations

from collections.abc import Mapping

import click

from aiconnect.cli import output
from aiconnect.cli.base import Group
from aiconnect.cli.desk import open_desk
from aiconnect.models import ServedModel
from aiconnect.services import budgets, catalog, choosing, collections
from aiconnect.services.budgets import Purse
from aiconnect.services.choosing.lines import Key

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
        costs, purse = choosing.costs(desk.session), budgets.purse(desk.session, None)
        rows = (_row(one, _money(one, costs, purse)) for one in found)
        output.rows(rows, COLUMNS, as_json=as_json)


def _money(one: ServedModel, costs: Mapping[Key, str], purse: Purse) -> str:
    """What keeps everybody from it: spending is frozen, or a budget is spent or wants a price."""
    key = (one.connection.id, one.model_id)
    cost = costs.get(key, choosing.UNKNOWN)
    return "" if cost == choosing.FREE else purse.reason(key, is_priced=cost != choosing.UNKNOWN)


def _row(one: ServedModel, money: str) -> output.Row:
    is_available, reason = catalog.available(one)
    reason = reason or money
    return {
        "id": f"{one.connection.name}/{one.model_id}",
        "connection": one.connection.name,
        "provider": one.connection.provider,
        "model": one.model_id,
        "type": one.type,
        "context": one.context,
        "available": is_available and not money,
        "reason": reason or None,
    }
