"""`aiconnect price check`, `accept` and `dismiss`: tables of prices from the network."""

from __future__ import annotations

import click

from aiconnect.cli import output
from aiconnect.cli.base import Command, Sorry
from aiconnect.cli.desk import Desk, open_desk
from aiconnect.models import PriceTable
from aiconnect.services import price_updates, pricing
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.price_updates import Change, Diff

COLUMNS = ("model", "what", "input", "output", "new_input", "new_output", "is_jump")
SHORT = 12


@click.command(cls=Command)
@output.as_json
def check(*, as_json: bool) -> None:
    """Fetch newer prices and show what they would change; nothing changes before `price accept`.

    Models that are served or were used are shown one by one, the rest is counted.
    """
    with open_desk() as desk:
        found = price_updates.check(desk.session, COMMAND_LINE, client=desk.client)
        diff = price_updates.diff(desk.session, found.table) if found.table else None
    rows = list(map(_row, diff.changes)) if diff else []
    if as_json:
        output.rows(rows, COLUMNS, as_json=True)
        return
    if diff is None:
        click.echo("Nothing is newer than the prices in use.")
        return
    if rows:
        output.rows(rows, COLUMNS, as_json=False)
    _say_rest(diff)


@click.command(cls=Command)
@click.argument("digest", required=False)
@click.option("--bundled", is_flag=True, help="Go back to the table that came with this version.")
def accept(digest: str | None, *, bundled: bool) -> None:
    """Take over the prices that `price check` has shown, for calls that begin from now on.

    DIGEST is what it said at its end. Left out, it is the table that a command has fetched last;
    one that the server or somebody on a page has fetched since is not taken over unseen.
    """
    if bundled and digest:
        raise click.UsageError("--bundled takes no digest.")
    with open_desk() as desk:
        if bundled:
            price_updates.back_to_bundled(desk.session, COMMAND_LINE)
            click.echo("Prices come from the bundled table again.")
            return
        table = price_updates.accept(desk.session, COMMAND_LINE, _meant(desk, digest).digest)
    click.echo(f"Prices come from {table.version} now. What calls have cost stays as it is.")


@click.command(cls=Command)
@click.argument("digest", required=False)
def dismiss(digest: str | None) -> None:
    """Leave prices as they are, and forget what `price check` has fetched."""
    with open_desk() as desk:
        table = price_updates.dismiss(desk.session, COMMAND_LINE, _meant(desk, digest).digest)
    click.echo(f"Dismissed {table.version}.")


COMMANDS = (check, accept, dismiss)


def _meant(desk: Desk, digest: str | None) -> PriceTable:
    table = price_updates.waiting(desk.session)
    if table is None:
        raise Sorry("Nothing waits to be accepted. See `aiconnect price check`.")
    if digest is None and table.fetched_by != COMMAND_LINE.name:
        raise Sorry(
            f"{table.fetched_by} has fetched prices that no command has shown yet. "
            "See `aiconnect price check`."
        )
    if digest is not None and not (len(digest) >= SHORT and table.digest.startswith(digest)):
        raise Sorry("Other prices wait than those. See `aiconnect price check`.")
    return table


def _say_rest(diff: Diff) -> None:
    rest = diff.others
    click.echo(
        f"In the whole table: {rest.added} added, {rest.changed} changed, {rest.removed} removed."
    )
    if diff.is_shrunk:
        click.echo("Warning: it has lost more models than it has gained or changed.", err=True)
    jumps = sum(one.is_jump for one in diff.changes)
    if jumps:
        click.echo(f"Warning: {jumps} prices become a hundred times what they were.", err=True)
    click.echo(f"Take it over with `aiconnect price accept {diff.table.digest[:SHORT]}`.")


def _row(one: Change) -> output.Row:
    before, after = one.before, one.after
    return {
        "model": one.model,
        "what": one.what,
        "input": pricing.usd(before.rates.input) if before else None,
        "output": pricing.usd(before.rates.output) if before else None,
        "new_input": pricing.usd(after.rates.input) if after else None,
        "new_output": pricing.usd(after.rates.output) if after else None,
        "is_jump": one.is_jump,
    }
