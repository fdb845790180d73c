"""`aiconnect doctor`."""

from __future__ import annotations

import os

import click

from aiconnect.cli import output
from aiconnect.cli.base import Command


@click.command(cls=Command)
@output.as_json
def doctor(*, as_json: bool) -> None:
    """Look for what is wrong, without calling anyone.

    Exit 1 when something is.
    """
    # The database is loaded for a call only, not for --help.
    from aiconnect.services import doctor as examining  # noqa: PLC0415

    found = list(examining.examine(os.environ))
    if as_json:
        rows = ({"name": one.name, "ok": one.ok, "said": one.said} for one in found)
        output.rows(rows, ("name", "ok", "said"), as_json=True)
    else:
        for one in found:
            click.echo(f"{'ok   ' if one.ok else 'WRONG'} {one.name}: {one.said}")
    raise SystemExit(0 if all(one.ok for one in found) else 1)
