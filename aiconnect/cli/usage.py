"""`aiconnect usage`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from aiconnect.cli import output
from aiconnect.cli.base import Group
from aiconnect.cli.desk import Desk, open_desk
from aiconnect.errors import Refused
from aiconnect.services import accounts, connections, reports, rollups

SUMMARY = ("key", "calls", "input_tokens", "output_tokens", "cost_usd", "estimated_share")
OUTCOMES = ("ok", "refused", "failed", "left")
ID = click.IntRange(1, 2**31 - 1)
HEADS = {"csv": 1, "jsonl": 0}
"""Lines of an export of nothing."""

since_option = click.option("--since", metavar="DATE", help="From this date or time on.")
until_option = click.option("--until", metavar="DATE", help="To the end of this date, or a time.")


@click.group(cls=Group)
def usage() -> None:
    """The ledger: sums and export.

    A DATE is a day in the team's time zone (AICONNECT_TIMEZONE), or a time with its offset.
    """


@usage.command()
@click.option("--by", type=click.Choice(reports.BYS), default="model", show_default=True)
@since_option
@until_option
@output.as_json
def summary(*, by: reports.By, since: str | None, until: str | None, as_json: bool) -> None:
    """Sum up calls, tokens and cost."""
    with open_desk() as desk:
        start, end = _span(desk, since, until)
        found = reports.summary(
            desk.session, by=by, since=start, until=end, timezone=desk.settings.timezone
        )
        output.rows(map(_sum, found), SUMMARY, as_json=as_json)


@usage.command()
@click.option("--format", "form", type=click.Choice(reports.FORMS), required=True)
@since_option
@until_option
@click.option("--user", metavar="EMAIL", help="Calls of this person.")
@click.option(
    "--token",
    "token_id",
    type=ID,
    help="Calls with the access token of this id; see `aiconnect token list`.",
)
@click.option("--connection", metavar="NAME", help="Calls through this connection.")
@click.option("--model", metavar="ID", help="Calls of this model, under its provider's id.")
@click.option("--collection", metavar="NAME", help="Calls of this collection by its name.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Calls that ended so.")
@click.option("--mark", is_flag=True, help="Begin CSV with a byte order mark, for Excel.")
def export(*, form: reports.Form, since: str | None, until: str | None, **more: Any) -> None:
    """Write every call to stdout, oldest first.

    The columns are in docs/usage.md.
    """
    with open_desk() as desk:
        start, end = _span(desk, since, until)
        mark = more.pop("mark") and form == "csv"
        wanted = _wanted(desk, **more)
        lines = 0
        for piece in reports.export_lines(desk.session, form, wanted, start, end, mark=mark):
            sys.stdout.buffer.write(piece)
            lines += piece.count(b"\n")
        sys.stdout.flush()
    if lines <= HEADS[form]:
        click.echo("No call fits.", err=True)


def _wanted(
    desk: Desk, user: str | None, token_id: int | None, connection: str | None, **more: Any
) -> rollups.Wanted:
    """The filters; raises NotFound where there is no such person or connection."""
    session = desk.session
    return rollups.Wanted(
        person_id=accounts.by_email(session, user).id if user else None,
        access_token_id=token_id,
        connection_id=connections.by_name(session, connection).id if connection else None,
        **more,
    )


def _span(
    desk: Desk, since: str | None, until: str | None
) -> tuple[datetime | None, datetime | None]:
    zone = desk.settings.timezone
    try:
        start = reports.moment(since, zone) if since else None
        end = reports.moment(until, zone, is_until=True, field="until") if until else None
    except Refused as error:
        raise click.BadParameter(str(error), param_hint=f"--{error.field}") from None
    return start, end


def _sum(row: reports.Row) -> output.Row:
    return {**asdict(row), "key": row.key or None, "estimated_share": round(row.estimated_share, 4)}
