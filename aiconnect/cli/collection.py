"""`aiconnect collection`."""

from __future__ import annotations

import click

from aiconnect.cli import output
from aiconnect.cli.base import Group
from aiconnect.cli.desk import open_desk
from aiconnect.models import Collection
from aiconnect.services import collections
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.shared import name_of

COLUMNS = ("name", "models", "made_at", "made_by")


@click.group(cls=Group)
def collection() -> None:
    """Collections: named sets of models, called as collection/NAME."""


@collection.command()
@click.argument("name")
def add(name: str) -> None:
    """Make an empty collection."""
    with open_desk() as desk:
        made = collections.add(desk.session, COMMAND_LINE, name)
        click.echo(f"Added {made.name}. Next: aiconnect collection put {made.name} MODEL")


@collection.command("list")
@output.as_json
def list_(*, as_json: bool) -> None:
    """List the collections with their models in order."""
    with open_desk() as desk:
        output.rows(map(_row, collections.all(desk.session)), COLUMNS, as_json=as_json)


@collection.command()
@click.argument("name")
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
def put(name: str, models: tuple[str, ...]) -> None:
    """Put models into it, behind the others: connection/model, or the model alone."""
    with open_desk() as desk:
        added = collections.put(desk.session, COMMAND_LINE, name, models)
        click.echo(f"Added {', '.join(added)}." if added else "Nothing to add: all are in it.")


@collection.command()
@click.argument("name")
@click.argument("model")
@click.argument("position", type=click.IntRange(min=1))
def move(name: str, model: str, position: int) -> None:
    """Put a model at a position, 1 for the first."""
    with open_desk() as desk:
        found = collections.move(desk.session, COMMAND_LINE, name, model, position)
        click.echo(", ".join(map(name_of, found.models)))


@collection.command()
@click.argument("name")
@click.argument("model")
def take(name: str, model: str) -> None:
    """Take a model out of it."""
    with open_desk() as desk:
        taken = collections.take(desk.session, COMMAND_LINE, name, model)
        click.echo(f"Took {name_of(taken)} out of {name}.")


@collection.command()
@click.argument("name")
@click.argument("new")
def rename(name: str, new: str) -> None:
    """Call it by another name; access tokens that are limited to it stay so."""
    with open_desk() as desk:
        found = collections.rename(desk.session, COMMAND_LINE, name, new)
        click.echo(f"{name} is {found.name} now. Programs call collection/{found.name}.")


@collection.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a collection; its models stay."""
    with open_desk() as desk:
        limited = collections.remove(desk.session, COMMAND_LINE, name)
        click.echo(f"Removed {name}.")
        if limited:
            click.echo(f"Access tokens that lost its models: {', '.join(limited)}.", err=True)


def _row(found: Collection) -> output.Row:
    return {
        "name": found.name,
        "models": [name_of(one) for one in found.models],
        "made_at": found.made_at,
        "made_by": found.made_by,
    }
