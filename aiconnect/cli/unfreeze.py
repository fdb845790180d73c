"""`aiconnect unfreeze`."""

from __future__ import annotations

import click

from aiconnect.cli.base import Command
from aiconnect.cli.desk import open_desk
from aiconnect.services import budgets
from aiconnect.services.audit import COMMAND_LINE


@click.command(cls=Command)
def unfreeze() -> None:
    """Let calls cost money again, as far as budgets allow."""
    with open_desk() as desk:
        found = budgets.unfreeze(desk.session, COMMAND_LINE)
        said = "Calls may cost money again." if found else "Spending was not frozen."
        click.echo(said)
