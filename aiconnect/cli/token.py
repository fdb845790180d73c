"""`aiconnect token`."""

from __future__ import annotations

from typing import Any

import click

from aiconnect.cli import limiting, output
from aiconnect.cli.base import Group
from aiconnect.cli.desk import open_desk
from aiconnect.cli.dollars import USD
from aiconnect.models import AccessToken
from aiconnect.services import collections, limits, tokens
from aiconnect.services.audit import COMMAND_LINE

COLUMNS = (
    "id", "name", "user", "last4", "models", "collections", *limits.NAMES,
    "made_at", "expires_at", "last_used_at", "revoked_at",
)  # fmt: skip


@click.group(cls=Group)
def token() -> None:
    """Access tokens for programs: add, list, revoke."""


@token.command()
@click.argument("name")
@click.option("--user", required=True, metavar="EMAIL", help="Whose calls they are.")
@click.option(
    "--expires", type=click.IntRange(1, tokens.LONGEST_DAYS), metavar="DAYS",
    help="After how many days it ends; never, if left out.",
)  # fmt: skip
@click.option(
    "--model", "models", multiple=True, metavar="PATTERN",
    help="Models it may use, like 'ollama/*'; repeatable; all, if left out.",
)  # fmt: skip
@click.option(
    "--collection", "sets", multiple=True, metavar="NAME",
    help="A collection whose models it may use, and no others; repeatable.",
)  # fmt: skip
@click.option(
    "--budget", type=USD, help="All that it may ever spend; see `aiconnect budget list`.",
)  # fmt: skip
@limiting.options
def add(name: str, user: str, expires: int | None, models: tuple[str, ...], **asked: Any) -> None:
    """Make an access token; its secret is printed once, alone on stdout, and not kept."""
    if not all(pattern.strip() for pattern in models):
        raise click.UsageError("--model is empty. Leave it out to allow every model.")
    with open_desk() as desk:
        made, secret = tokens.add(
            desk.session,
            COMMAND_LINE,
            name,
            user,
            expires_days=expires,
            patterns=models,
            limited=limiting.given(asked),
            collections=asked["sets"],
            budget=asked["budget"],
        )
        click.echo(f"Access token {made.name} for {made.person.email}, shown only now:", err=True)
        click.echo(secret.reveal())


@token.command("list")
@output.as_json
def list_(*, as_json: bool) -> None:
    """List the access tokens, revoked ones too."""
    with open_desk() as desk:
        names = collections.names(desk.session)
        found = (_row(one, names) for one in tokens.all(desk.session))
        output.rows(found, COLUMNS, as_json=as_json)


@token.command()
@click.argument("name")
def revoke(name: str) -> None:
    """End an access token for good."""
    with open_desk() as desk:
        found = tokens.revoke(desk.session, COMMAND_LINE, name)
        click.echo(f"Revoked {found.name}.")


def _row(found: AccessToken, names: dict[int, str]) -> output.Row:
    return {
        "id": found.id,
        "name": found.name,
        "user": found.person.email,
        "last4": found.last4,
        "models": found.patterns,
        "collections": _collections(found, names),
        **{name: getattr(found, name) for name in limits.NAMES},
        "made_at": found.made_at,
        "expires_at": found.expires_at,
        "last_used_at": found.last_used_at,
        "revoked_at": found.revoked_at,
    }


def _collections(found: AccessToken, names: dict[int, str]) -> list[str] | None:
    """None: it is not limited to any; an empty list: those that it was limited to are gone."""
    if found.collections is None:
        return None
    return [names[one] for one in found.collections if one in names]
