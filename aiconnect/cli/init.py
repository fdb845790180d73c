"""`aiconnect init`."""

from __future__ import annotations

import os

import click

from aiconnect.cli.base import Command
from aiconnect.settings import Settings


@click.command(cls=Command)
def init() -> None:
    """Make or migrate what aiconnect keeps: instance folder, keys, database.

    Safe to run again: what is there stays, and the database is copied before it is migrated.
    """
    # The database is loaded for a call only, not for --help.
    from aiconnect.services import installation  # noqa: PLC0415

    settings = Settings.from_env(os.environ)
    said = installation.initialise(settings)
    for sentence in said or [f"Everything is in place in {settings.instance}."]:
        click.echo(sentence)
