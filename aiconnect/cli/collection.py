"""`aiconnect collection`."""

from __future__ import annotations

import json
from typing import BinaryIO

import click

from aiconnect.cli import output
from aiconnect.cli.base import Group
from aiconnect.cli.desk import open_desk
from aiconnect.models import Collection
from aiconnect.services import collections
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.shared import name_of

COLUMNS = ("name", "models", "description", "personal", "made_at", "made_by")


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


@collection.command()
@click.argument("name")
def export(name: str) -> None:
    """Write a collection as JSON to stdout: models, order, settings and notes."""
    with open_desk() as desk:
        carried = collections.export(desk.session, COMMAND_LINE, name)
        click.echo(json.dumps(carried, indent=2))


@collection.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--name", default="", help="Another name than the one in the file.")
def import_(file: BinaryIO, name: str) -> None:
    """Make a collection from an exported FILE (- for stdin); no connection is changed."""
    carried = collections.read(file.read(collections.LARGEST + 1))
    with open_desk() as desk:
        found = collections.bring(desk.session, COMMAND_LINE, carried, name=name)
        click.echo(f"Added {found.collection.name}: {', '.join(found.added) or 'no model'}.")
        for model, why in found.left_out:
            click.echo(f"Left out {model}: {why}", err=True)


def _row(found: Collection) -> output.Row:
    return {
        "name": found.name,
        "models": [name_of(one) for one in found.models],
        "description": found.description,
        "personal": found.owner_id is not None,
        "made_at": found.made_at,
        "made_by": found.made_by,
    }
