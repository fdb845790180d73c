"""`aiconnect key`."""

from __future__ import annotations

import os

import click

from aiconnect.cli.base import Group
from aiconnect.settings import Settings


@click.group(cls=Group)
def key() -> None:
    """The master key, which seals every secret that is kept."""


@key.command()
@click.option("--skip-broken", is_flag=True, help="Leave secrets that no key opens as they are.")
def rotate(*, skip_broken: bool) -> None:
    """Make a new master key and seal everything with it, while the server runs.

    It can be interrupted anywhere: run it again, and it goes on. Backups from before open with the
    old key alone, so keep that as long as you keep them.

    Where the keys are in AICONNECT_MASTER_KEY: put the new one first (NEW,OLD), restart the server,
    run this, remove the old one and restart once more.
    """
    # The database is loaded for a call only, not for --help.
    from aiconnect.services import rotation  # noqa: PLC0415
    from aiconnect.services.audit import COMMAND_LINE  # noqa: PLC0415

    settings = Settings.from_env(os.environ)
    for sentence in rotation.rotate(settings, COMMAND_LINE, skip_broken=skip_broken):
        click.echo(sentence)


@key.command()
def new() -> None:
    """Print a new master key for AICONNECT_MASTER_KEY; it is kept nowhere."""
    from aiconnect.services import vault  # noqa: PLC0415

    click.echo(vault.new_key().reveal())
