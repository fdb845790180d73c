"""`aiconnect connection`."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from aiconnect.cli import filling, limiting, output, secrets
from aiconnect.cli.base import Group, Sorry
from aiconnect.cli.desk import Desk, open_desk
from aiconnect.models import Connection
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import accounts, catalog, connections, limits
from aiconnect.services.audit import COMMAND_LINE

COLUMNS = (
    "name", "provider", "family", "state", "checked_at", "models", "key_last4", "enabled", "owner",
    *limits.NAMES,
)  # fmt: skip
SWITCHED = "The address is private or loopback: allowed for this connection."
KEY_GONE = (
    "The key was for the address before and is gone: a key is never sent to another. "
    "Give it again with --key-stdin."
)


@click.group(cls=Group)
def connection() -> None:
    """Connections to providers: add, test, change, remove."""


@connection.command()
@click.argument("provider")
@click.option("--name", metavar="NAME", help="A slug, unique here.")
@filling.options
@click.option("--private", is_flag=True, help="The address may be private or loopback.")
@click.option("--personal", metavar="EMAIL", help="For this person alone.")
def add(provider: str, name: str | None, url: str | None, **asked: Any) -> None:
    """Save a connection to PROVIDER (see `provider list`); calls nobody."""
    row = connections.row_of(PROVIDERS, provider)
    if "api_key" in row.needs and not asked["key_stdin"]:
        raise Sorry(f"{row.name} needs an API key. Give it on stdin, with --key-stdin.")
    key = filling.key(asked)
    private = asked["private"] or filling.switches_private(row, url)
    with open_desk() as desk:
        draft = connections.Draft(
            provider=provider,
            name=name or "",
            base_url=url or "",
            secret=key,
            private=private,
            models=asked["models"],
            headers=filling.headers(asked),
            ca_pem=filling.certificates(asked),
            first_byte_seconds=asked["first_byte"],
            owner_id=_owner_id(desk, asked["personal"]),
        )
        made = connections.add(desk.session, COMMAND_LINE, draft, rows=PROVIDERS, vault=desk.vault)
        if private and not asked["private"]:
            click.echo(SWITCHED, err=True)
        _remark(row, key)
        click.echo(f"Added {made.name}. Next: aiconnect connection test {made.name}")


@connection.command("list")
@output.as_json
def list_(*, as_json: bool) -> None:
    """List the connections in the team's order."""
    with open_desk() as desk:
        counts, owners = connections.model_counts(desk.session), connections.owners(desk.session)
        found = (
            _row(one, counts.get(one.id, 0), owners.get(one.owner_id or 0))
            for one in connections.all(desk.session)
        )
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
@filling.options
@click.option("--private/--no-private", default=None, help="May the address be private?")
@click.option("--drop-header", "drop_headers", multiple=True, metavar="NAME", help="Remove one.")
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    metavar="PATTERN",
    help="Only such models are on, like 'gpt-*'; repeatable; '' for all.",
)
@click.option("--hide-new/--show-new", default=None, help="Are models found later off?")
@click.option("--hide-all", is_flag=True, help="Switch all models off, before --show.")
@click.option("--show-all", is_flag=True, help="Switch all models on, before --hide.")
@click.option("--hide", multiple=True, metavar="MODEL", help="Switch a model off; repeatable.")
@click.option("--show", multiple=True, metavar="MODEL", help="Switch a model on; repeatable.")
@limiting.options
def edit(name: str, **asked: Any) -> None:
    """Change a connection; a new host needs its key and its headers again.

    --model '' removes the models entered by hand, --ca-file '' the certificates; --first-byte 0 is
    the usual time.
    """
    if not any(map(_is_given, asked)):
        raise click.UsageError("Nothing to change. Give at least one option.")
    if asked["hide_all"] and asked["show_all"]:
        raise click.UsageError("--hide-all and --show-all do not go together.")
    key = filling.key(asked)
    with open_desk() as desk:
        one = connections.by_name(desk.session, name)
        row = connections.row_of(PROVIDERS, one.provider)
        switched = asked["private"] is None and filling.switches_private(row, asked["url"])
        changes = _changes(asked, key, private=True if switched else asked["private"])
        had_key = one.key is not None
        changed = connections.edit(
            desk.session, COMMAND_LINE, one.id, changes, rows=PROVIDERS, vault=desk.vault
        )
        _hide_and_show(desk, one.id, asked)
        if switched:
            click.echo(SWITCHED, err=True)
        _remark(row, key)
        if had_key and changed.key is None:
            click.echo(KEY_GONE, err=True)
        click.echo(f"Changed {changed.name}.")


@connection.command()
@click.argument("name")
@click.option("--up", "up", flag_value=True, type=bool, default=None, help="Before its neighbour.")
@click.option("--down", "up", flag_value=False, type=bool, help="Behind its neighbour.")
def move(name: str, *, up: bool | None) -> None:
    """Move a connection in the order in which plain model names are looked up."""
    if up is None:
        raise click.UsageError("Say where to: --up or --down.")
    with open_desk() as desk:
        one = connections.by_name(desk.session, name)
        connections.move(desk.session, COMMAND_LINE, one.id, up=up)
        click.echo(", ".join(one.name for one in connections.all(desk.session)))


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


def _is_given(option: str) -> bool:
    source = click.get_current_context().get_parameter_source(option)
    return source is ParameterSource.COMMANDLINE


def _owner_id(desk: Desk, email: str | None) -> int | None:
    return accounts.by_email(desk.session, email).id if email is not None else None


def _changes(
    asked: dict[str, Any], key: Secret | None, *, private: bool | None
) -> connections.Changes:
    return connections.Changes(
        name=asked["new_name"],
        base_url=asked["url"],
        secret=key,
        private=private,
        models=filling.listed(asked["models"]),
        headers=filling.headers(asked),
        drop_headers=asked["drop_headers"],
        ca_pem=filling.certificates(asked),
        first_byte_seconds=asked["first_byte"],
        allowed=filling.listed(asked["allowed"]),
        hides_new=asked["hide_new"],
        limits=limiting.given(asked),
    )


def _hide_and_show(desk: Desk, connection_id: int, asked: dict[str, Any]) -> None:
    """All first, then those named."""
    if asked["hide_all"]:
        catalog.hide_all(desk.session, COMMAND_LINE, connection_id)
    if asked["show_all"]:
        catalog.show_all(desk.session, COMMAND_LINE, connection_id)
    for switch, typed in ((catalog.hide, asked["hide"]), (catalog.show, asked["show"])):
        model_ids = connections.read_models(typed)
        if model_ids:
            switch(desk.session, COMMAND_LINE, connection_id, model_ids)


def _remark(row: Provider, key: Secret | None) -> None:
    said = connections.remark(row, PROVIDERS, key) if key else None
    if said is not None:
        click.echo(said, err=True)


def _row(one: Connection, models: int, owner: str | None) -> output.Row:
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
        "owner": owner,
        **{name: getattr(one, name) for name in limits.NAMES},
    }
