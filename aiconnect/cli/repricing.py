"""`aiconnect price reprice`."""

from __future__ import annotations

from datetime import datetime

import click
from sqlalchemy.orm import Session

from aiconnect.cli import output
from aiconnect.cli.base import Command
from aiconnect.cli.desk import Desk, open_desk
from aiconnect.errors import Refused
from aiconnect.services import reports, repricing
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.repricing import DONE, Order, Preview, Selection

COLUMNS = ("connection", "model", "calls", "changed", "before_usd", "after_usd")


@click.command("reprice", cls=Command)
@click.option("--since", metavar="DATE", required=True, help="From this date or time on.")
@click.option(
    "--until", metavar="DATE", help="To the end of this date, or a time; now if left out."
)
@click.option("--model", default="", help="Only of this model, as the ledger calls it.")
@click.option("--connection", default="", help="Only at the connection of this name.")
@click.option("--unknown", is_flag=True, help="Only calls whose cost is unknown.")
@click.option("--apply", "code", metavar="CODE", help="Do it: CODE is what the look at it said.")
@click.option("--yes", is_flag=True, help="Look at it and do it at once.")
@output.as_json
def reprice(
    *,
    since: str,
    until: str | None,
    model: str,
    connection: str,
    unknown: bool,
    code: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Price past calls anew, at the prices that are known now.

    Says first what would change, and a CODE that does just that with --apply. What a provider has
    stated itself is not touched. Stopped half-way, it goes on in the running server, or when it is
    run again.
    """
    if yes and code:
        raise click.UsageError("Give --apply or --yes, not both.")
    with open_desk() as desk:
        last, digest = _read(code)
        span = _span(desk, since, until)
        chosen = repricing.entered(
            desk.session, *span, model=model, connection=connection, only_unknown=unknown, last=last
        )
        seen = repricing.preview(desk.session, chosen)
        if code is None:
            _show(seen, as_json=as_json)
        if code or (yes and seen.total.changed):
            _do(desk.session, chosen, digest or seen.digest)


def _span(desk: Desk, since: str, until: str | None) -> tuple[datetime, datetime | None]:
    zone = desk.settings.timezone
    try:
        end = reports.moment(until, zone, is_until=True, field="until") if until else None
        return reports.moment(since, zone), end
    except Refused as error:
        raise click.BadParameter(str(error), param_hint=f"--{error.field}") from None


def _read(code: str | None) -> tuple[int | None, str]:
    """The number of the last record that was seen, and the digest."""
    if code is None:
        return None, ""
    last, dash, digest = code.partition("-")
    if not (dash and digest and last.isascii() and last.isdigit() and len(last) < 19):
        raise click.BadParameter("This is no code that a look has said.", param_hint="--apply")
    return int(last), digest


def _show(seen: Preview, *, as_json: bool) -> None:
    lines = [{name: getattr(line, name) for name in COLUMNS} for line in seen.lines]
    if as_json or lines:
        output.rows(lines, COLUMNS, as_json=as_json)
    total = seen.total
    if not total.calls:
        click.echo("No call fits.", err=as_json)
        return
    before, after = output.decimal(total.before_usd), output.decimal(total.after_usd)
    click.echo(
        f"{total.changed} of {total.calls} calls would cost something else: "
        f"{before} USD now, {after} USD then.",
        err=as_json,
    )
    for (was, becomes), count in sorted(seen.moves.items()):
        click.echo(f"{count} of {was} cost would be {becomes}.", err=as_json)
    if total.changed:
        click.echo(f"Code: {seen.selection.last}-{seen.digest}", err=as_json)


def _do(session: Session, chosen: Selection, digest: str) -> None:
    repricing.order(session, COMMAND_LINE, chosen, digest)
    done: Order | None = None
    while (order := repricing.work(session)) is not None:
        done = order
        if order.ended:
            break
    _say(done)


def _say(done: Order | None) -> None:
    """The server may have taken pieces of it, or all."""
    if done is None:
        click.echo("The running server has priced them anew.")
        return
    if done.ended != DONE:
        raise Refused("Prices have changed meanwhile, so it was left there. Look at it again.")
    before, after = output.decimal(done.before_usd), output.decimal(done.after_usd)
    click.echo(f"Priced {done.changed} calls anew: {before} USD before, {after} USD now.")
