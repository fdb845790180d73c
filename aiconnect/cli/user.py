"""`aiconnect user`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import click

from aiconnect.cli import limiting, output, secrets
from aiconnect.cli.base import Group
from aiconnect.cli.desk import Desk, open_desk
from aiconnect.models import Person, Role
from aiconnect.services import accounts, limits
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.serving import server_url
from aiconnect.settings import Settings

COLUMNS = ("email", "role", "enabled", "made_at", "disabled_at", *limits.NAMES)


@click.group(cls=Group)
def user() -> None:
    """People: add, list, disable, limits, sign-in links."""


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in reversed(Role)]))
def add(email: str, role: str | None) -> None:
    """Add a person; one line of stdin is the password (12 characters or more).

    The first person is an owner, others are members unless --role says more.
    """
    with open_desk() as desk:
        chosen = Role(role) if role else _usual_role(desk)
        password = secrets.read("Password")
        person = accounts.add_person(desk.session, COMMAND_LINE, email, chosen, password)
        click.echo(f"Added {person.email} ({person.role}).")


@user.command("list")
@output.as_json
def list_(*, as_json: bool) -> None:
    """List everyone, disabled ones too."""
    with open_desk() as desk:
        found = map(_row, accounts.people(desk.session))
        output.rows(found, COLUMNS, as_json=as_json)


@user.command()
@click.argument("email")
def disable(email: str) -> None:
    """Close an account: its sign-ins and access tokens end at once."""
    with open_desk() as desk:
        person = accounts.disable_person(desk.session, COMMAND_LINE, email)
        click.echo(f"Disabled {person.email}.")


@user.command()
@click.argument("email")
@limiting.options
def limit(email: str, **asked: Any) -> None:
    """Limit the calls of all access tokens of a person together."""
    wanted = limiting.given(asked)
    if not wanted:
        raise click.UsageError("Nothing to change. Give at least one option.")
    with open_desk() as desk:
        person = accounts.limit_person(desk.session, COMMAND_LINE, email, wanted)
        click.echo(f"Changed {person.email}.")


@user.command()
@click.argument("email")
@click.option(
    "--port", type=click.IntRange(1, 65535),
    help="Port of the server on this machine, if not the running one's.",
)  # fmt: skip
def link(email: str, port: int | None) -> None:
    """Print a link that signs in once, within 24 hours; it replaces older ones."""
    with open_desk() as desk:
        code = accounts.make_link(desk.session, COMMAND_LINE, email)
        base = _base(desk.settings, port)
        click.echo(f"{base}/login?{urlencode({'code': code.reveal()})}")


def _base(settings: Settings, port: int | None) -> str:
    """What was said, else where the server runs, else where it usually does."""
    if settings.public_url:
        return settings.public_url
    if port is not None:
        return f"http://127.0.0.1:{port}"
    return server_url(settings) or "http://127.0.0.1:8600"


def _usual_role(desk: Desk) -> Role:
    return Role.MEMBER if accounts.people(desk.session) else Role.OWNER


def _row(person: Person) -> output.Row:
    return {
        "email": person.email,
        "role": person.role,
        "enabled": person.disabled_at is None,
        "made_at": person.made_at,
        "disabled_at": person.disabled_at,
        **{name: getattr(person, name) for name in limits.NAMES},
    }
