"""`aiconnect freeze`."""

from __future__ import annotations

import click

from aiconnect import clock
from aiconnect.cli.base import Command
from aiconnect.cli.desk import open_desk
from aiconnect.services import budgets
from aiconnect.services.audit import COMMAND_LINE


@click.command(cls=Command)
def freeze() -> None:
    """Stop every call that costs money, within a second; local models go on.

    `aiconnect unfreeze` lifts it.
    """
    with open_desk() as desk:
        found = budgets.freeze(desk.session, COMMAND_LINE)
        click.echo(
            f"Spending is frozen since {clock.iso(found.at)}, by {found.by}. "
            "`aiconnect unfreeze` lifts it."
        )
