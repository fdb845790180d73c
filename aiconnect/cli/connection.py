"""`aiconnect connection`."""

from __future__ import annotations

from typing import Any

import click

from aiconnect.cli import output, secrets
from aiconnect.cli.base import Group, Sorry
from aiconnect.cli.desk import open_desk
from aiconnect.models import Connection
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider, Reach
from aiconnect.secret import Secret
from aiconnect.services import connections
from aiconnect.services.audit import COMMAND_LINE

COLUMNS = ("name", "provider", "family", "state", "checked_at", "models", "key_last4", "enabled")
SWITCHED = "The address is private or loopback: allowed for this connection."

name_option = click.option("--name", metavar="NAME", help="A slug, unique here.")
url_option = click.option("--url", metavar="URL", help="Address of the server.")
key_option = click.option("--key-stdin", is_flag=True, help="Read the API key from stdin.")
model_option = click.option(
    "--model", "models", multiple=True, metavar="ID", help="A model entered by hand; repeatable."
)


@click.group(cls=Group)
def connection() -> None:
    """Connections to providers: add, test, change, remove."""


@connection.command()
@click.argument("provider")
@name_option
@url_option
@key_option
@model_option
@click.option("--private", is_flag=True, help="The address may be private or loopback.")
def add(provider: str, name: str | None, url: str | None, **more: Any) -> None:
    """Save a connection to PROVIDER (see `provider list`); calls nobody."""
    row = connections.row_of(PROVIDERS, provider)
    if "api_key" in row.needs and not more["key_stdin"]:
        raise Sorry(f"{row.name} needs an API key. Give it on stdin, with --key-stdin.")
    key = secrets.read("API key") if more["key_stdin"] else None
    private = more["private"] or _switches_private(row, url)
    draft = connections.Draft(provider, name or "", url or "", key, private, more["models"])
    with open_desk() as desk:
        made = connections.add(desk.session, COMMAND_LINE, draft, rows=PROVIDERS, vault=desk.vault)
        if private and not more["private"]:
            click.echo(SWITCHED, err=True)
        _remark(row, key)
        click.echo(f"Added {made.name}. Next: aiconnect connection test {made.name}")


@connection.command("list")
@output.as_json
def list_(*, as_json: bool) -> None:
    """List the connections in the team's order."""
    with open_desk() as desk:
        counts = connections.model_counts(desk.session)
        found = (_row(one, counts.get(one.id, 0)) for one in connections.all(desk.session))
        output.rows(found, COLUMNS, as_json=as_json)


@connection.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One object at the end.")
def test(name: str, *, as_json: bool) -> None:
    """Test a connection step by step; exit 1 when it does not work."""
    from aiconnect.cli import testing  # noqa: PLC0415 (only tests load what calls providers)

    with open_desk() as desk:
        works = testing.run(desk, connections.by_name(desk.session, name), as_json=as_json)
    raise SystemExit(0 if works else 1)


@connection.command()
@click.argument("name")
def refresh(name: str) -> None:
    """List the provider's models anew."""
    from aiconnect.cli import testing  # noqa: PLC0415 (only tests load what calls providers)

    with open_desk() as desk:
        testing.refresh(desk, connections.by_name(desk.session, name))


@connection.command()
@click.argument("name")
@click.option("--name", "new_name", metavar="NEW", help="Another name.")
@url_option
@key_option
@model_option
@click.option("--private/--no-private", default=None, help="May the address be private?")
def edit(name: str, new_name: str | None, url: str | None, **more: Any) -> None:
    """Change a connection; a new host needs the key again. --model '' removes those entered."""
    if not any([new_name, url, more["key_stdin"], more["models"], more["private"] is not None]):
        raise click.UsageError("Nothing to change. Give at least one option.")
    key = secrets.read("API key") if more["key_stdin"] else None
    with open_desk() as desk:
        one = connections.by_name(desk.session, name)
        row = connections.row_of(PROVIDERS, one.provider)
        switched = more["private"] is None and _switches_private(row, url)
        private = True if switched else more["private"]
        changes = connections.Changes(new_name, url, key, private, more["models"] or None)
        changed = connections.edit(
            desk.session, COMMAND_LINE, one.id, changes, rows=PROVIDERS, vault=desk.vault
        )
        if switched:
            click.echo(SWITCHED, err=True)
        _remark(row, key)
        click.echo(f"Changed {changed.name}.")


@connection.command()
@click.argument("name")
def enable(name: str) -> None:
    """Switch a connection on."""
    with open_desk() as desk:
        one = connections.by_name(desk.session, name)
        connections.enable(desk.session, COMMAND_LINE, one.id)
        click.echo(f"{one.name} is on.")


@connection.command()
@click.argument("name")
def disable(name: str) -> None:
    """Switch a connection off; its settings stay."""
    with open_desk() as desk:
        one = connections.by_name(desk.session, name)
        connections.disable(desk.session, COMMAND_LINE, one.id)
        click.echo(f"{one.name} is off.")


@connection.command()
@click.argument("name")
@click.option("--key-stdin", is_flag=True, required=True, help="Read the API key from stdin.")
def rotate(name: str, **_: bool) -> None:
    """Put a new key in the place of the old one."""
    with open_desk() as desk:
        one = connections.by_name(desk.session, name)
        row = connections.row_of(PROVIDERS, one.provider)
        key = secrets.read("API key")
        connections.rotate(desk.session, COMMAND_LINE, one.id, key, vault=desk.vault)
        _remark(row, key)
        click.echo(f"{one.name} has a new key.")


@connection.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a connection with its key and models; the ledger keeps its name."""
    with open_desk() as desk:
        one = connections.by_name(desk.session, name)
        connections.remove(desk.session, COMMAND_LINE, one.id)
        click.echo(f"Removed {one.name}.")


def _switches_private(row: Provider, url: str | None) -> bool:
    """Typed here, a private address of an own server is meant; in a form it is a box to tick."""
    if url is None or row.reach is not Reach.SWITCH:
        return False
    return connections.is_private(connections.normalise(row, url))


def _remark(row: Provider, key: Secret | None) -> None:
    said = connections.remark(row, PROVIDERS, key) if key else None
    if said is not None:
        click.echo(said, err=True)


def _row(one: Connection, models: int) -> output.Row:
    provider = PROVIDERS.get(one.provider)
    return {
        "name": one.name,
        "provider": one.provider,
        "family": provider.family.value if provider else None,
        "state": one.shown_state.value,
        "checked_at": one.checked_at,
        "models": models,
        "key_last4": one.key_last4 or None,
        "enabled": one.enabled,
    }
