"""`aiconnect setting`."""

from __future__ import annotations

import click

from aiconnect.cli import output
from aiconnect.cli.base import Group
from aiconnect.cli.desk import open_desk
from aiconnect.gateway.limits import Limits
from aiconnect.services import ceilings, maturity
from aiconnect.services.audit import COMMAND_LINE

COLUMNS = ("name", "value", "default", "use", "meaning")
CAPPED = "The server holds it lower where its threads or descriptors allow no more."


@click.group(cls=Group)
def setting() -> None:
    """Settings of the server: how much it takes, how long it waits."""


@setting.command("list")
@output.as_json
def list_(*, as_json: bool) -> None:
    """List the settings: what holds, what is usual, what it means.

    How many calls and streams are under way, and how many descriptors there are, is known to the
    running server only: its page of settings shows it.
    """
    with open_desk() as desk:
        found = ceilings.lines(desk.session, Limits().usual)
        rows = [*map(_row, found), _mature(is_forbidden=maturity.is_forbidden(desk.session))]
        output.rows(rows, COLUMNS, as_json=as_json)


@setting.command("set")
@click.argument("name")
@click.argument("value")
def set_(name: str, value: str) -> None:
    """Set NAME to VALUE, or to `default`; a running server holds to it within a second.

    `mature` is `allowed` or `off`: off, nobody may switch mature mode on.
    """
    if name == maturity.SETTING:
        _set_mature(value)
        return
    with open_desk() as desk:
        one = ceilings.put(desk.session, COMMAND_LINE, name, value)
    if one.is_capped:
        click.echo(CAPPED, err=True)
    click.echo(f"Set {one.name} to {value.strip().lower() or ceilings.DEFAULT}.")


def _set_mature(value: str) -> None:
    with open_desk() as desk:
        wanted = maturity.ALLOWED if value.strip().lower() == ceilings.DEFAULT else value
        word = maturity.put(desk.session, COMMAND_LINE, wanted)
    click.echo(f"Set {maturity.SETTING} to {word}.")


def _mature(*, is_forbidden: bool) -> output.Row:
    return {
        "name": maturity.SETTING,
        "value": maturity.OFF if is_forbidden else maturity.ALLOWED,
        "default": maturity.ALLOWED,
        "use": None,
        "meaning": "Mature mode. allowed: everybody decides for themselves; off: nobody may.",
    }


def _row(line: ceilings.Line) -> output.Row:
    """What was set is shown as it is: how many threads the server has is not known here."""
    return {
        "name": line.ceiling.name,
        "value": line.default if line.asked is None else line.asked,
        "default": line.default,
        "use": None,
        "meaning": f"{line.ceiling.title}. {line.ceiling.meaning}",
    }
