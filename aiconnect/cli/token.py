"""`aiconnect token`."""

from __future__ import annotations

import click

from aiconnect.cli import output
from aiconnect.cli.base import Group
from aiconnect.cli.desk import open_desk
from aiconnect.models import AccessToken
from aiconnect.services import tokens
from aiconnect.services.audit import COMMAND_LINE

COLUMNS = ("name", "user", "last4", "models", "made_at", "expires_at", "last_used_at", "revoked_at")


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
def add(name: str, user: str, expires: int | None, models: tuple[str, ...]) -> None:
    """Make an access token; its secret is printed once, alone on stdout, and not kept."""
    if not all(pattern.strip() for pattern in models):
        raise click.UsageError("--model is empty. Leave it out to allow every model.")
    with open_desk() as desk:
        made, secret = tokens.add(
            desk.session, COMMAND_LINE, name, user, expires_days=expires, patterns=models
        )
        click.echo(f"Access token {made.name} for {made.person.email}, shown only now:", err=True)
        click.echo(secret.reveal())


@token.command("list")
@output.as_json
def list_(*, as_json: bool) -> None:
    """List the access tokens, revoked ones too."""
    with open_desk() as desk:
        output.rows(map(_row, tokens.all(desk.session)), COLUMNS, as_json=as_json)


@token.command()
@click.argument("name")
def revoke(name: str) -> None:
    """End an access token for good."""
    with open_desk() as desk:
        found = tokens.revoke(desk.session, COMMAND_LINE, name)
        click.echo(f"Revoked {found.name}.")


def _row(found: AccessToken) -> output.Row:
    return {
        "name": found.name,
        "user": found.person.email,
        "last4": found.last4,
        "models": found.patterns,
        "made_at": found.made_at,
        "expires_at": found.expires_at,
        "last_used_at": found.last_used_at,
        "revoked_at": found.revoked_at,
    }
