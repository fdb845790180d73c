"""`aiconnect route`."""

from __future__ import annotations

import click

from aiconnect.cli import output
from aiconnect.cli.base import Group
from aiconnect.cli.desk import open_desk
from aiconnect.models import Route
from aiconnect.providers import PROVIDERS
from aiconnect.services import routes, snapshots
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.shared import name_of

COLUMNS = ("name", "steps", "total_seconds", "made_at", "made_by")
EXPLAINED = ("tried", "model", "why", "first_byte_seconds", "retries", "connection_state")
UNKNOWN_HERE = (
    "Whether a provider is left alone for a while after failures is known to the running server "
    "only: its page of routes shows it."
)


@click.group(cls=Group)
def route() -> None:
    """Routes: model names of your own, with models tried in order."""


@route.command()
@click.argument("name")
@click.argument("models", nargs=-1, required=True, metavar="MODEL [MODEL]...")
def add(name: str, models: tuple[str, ...]) -> None:
    """Make a route; each MODEL is connection/model, or the model alone."""
    with open_desk() as desk:
        said = routes.remark(desk.session, name)
        made = routes.add(desk.session, COMMAND_LINE, name, models)
        if said is not None:
            click.echo(said, err=True)
        click.echo(f"Added {made.name}: {', '.join(map(name_of, made.steps))}.")


@route.command("list")
@output.as_json
def list_(*, as_json: bool) -> None:
    """List the routes with their steps in order."""
    with open_desk() as desk:
        output.rows(map(_row, routes.all(desk.session)), COLUMNS, as_json=as_json)


@route.command()
@click.argument("name")
@click.option(
    "--token", "access_token", metavar="NAME", help="As this access token's calls see it."
)
@output.as_json
def explain(name: str, access_token: str | None, *, as_json: bool) -> None:
    """Say what a call for NAME tries, in order, and of everything else why not.

    NAME is what a program writes: a route, collection/NAME, connection/model, or a model alone.
    """
    with open_desk() as desk:
        picture = snapshots.build(
            desk.session, rows=PROVIDERS, vault=desk.vault, settings=desk.settings
        )
        caller = routes.caller_of(picture, access_token) if access_token else routes.ANYBODY
        found = routes.explain(desk.session, picture, name, caller)
        output.rows(map(_explained, found.lines), EXPLAINED, as_json=as_json)
        if found.total:
            click.echo(f"All tries together: at most {found.total:g} s.", err=True)
        click.echo(UNKNOWN_HERE, err=True)


@route.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a route; its models stay."""
    with open_desk() as desk:
        one = routes.by_name(desk.session, name)
        routes.remove(desk.session, COMMAND_LINE, one.id)
        click.echo(f"Removed {one.name}.")


def _row(found: Route) -> output.Row:
    return {
        "name": found.name,
        "steps": [name_of(step) for step in found.steps],
        "total_seconds": found.total_seconds,
        "made_at": found.made_at,
        "made_by": found.made_by,
    }


def _explained(line: routes.Line) -> output.Row:
    return {
        "tried": line.number,
        "model": line.name,
        "why": routes.WHYS[line.why] if line.why else None,
        "first_byte_seconds": line.first_byte,
        "retries": line.retries,
        "connection_state": line.state or None,
    }
