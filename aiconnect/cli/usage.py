"""`aiconnect usage`."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from aiconnect import clock
from aiconnect.cli import output
from aiconnect.cli.base import Group
from aiconnect.cli.desk import Desk, open_desk
from aiconnect.errors import Refused
from aiconnect.services import reports

SUMMARY = ("key", "calls", "input_tokens", "output_tokens", "cost_usd", "estimated_share")
EXPORT = (
    "id", "at", "user", "access_token", "connection", "model", "outcome", "status",
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens",
    "reasoning_tokens", "cost_usd", "cost_state", "latency_ms", "first_token_ms", "attempts",
    "asked", "wire", "price", "tries",
)  # fmt: skip

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
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), required=True)
@since_option
@until_option
def export(form: str, since: str | None, until: str | None) -> None:
    """Write every call to stdout, oldest first."""
    with open_desk() as desk:
        records = reports.export(desk.session, *_span(desk, since, until))
        write = _write_csv if form == "csv" else _write_jsonl
        write(map(_line, records))


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


def _line(record: reports.Record) -> tuple[Any, ...]:
    """A record in the order of EXPORT."""
    one, cost = record, reports.usd(record.cost)
    return (
        one.id, clock.iso(one.at), one.person, one.access_token, one.connection or None,
        one.model or None, one.outcome, one.status, one.input_tokens,
        one.cache_read_tokens, one.cache_write_tokens, one.output_tokens,
        one.reasoning_tokens, None if cost is None else output.decimal(cost), one.cost_state,
        one.latency_ms, one.first_token_ms, one.attempts,
        one.asked, one.wire, one.price, one.tries,
    )  # fmt: skip


def _write_jsonl(lines: Iterator[tuple[Any, ...]]) -> None:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    sys.stdout.writelines(encode(dict(zip(EXPORT, line, strict=True))) + "\n" for line in lines)
    sys.stdout.flush()


def _write_csv(lines: Iterator[tuple[Any, ...]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(EXPORT)
    writer.writerows([*line[:-1], _tries(line[-1])] for line in lines)
    sys.stdout.flush()


def _tries(found: list[list[Any]] | None) -> str | None:
    """Attempts in one field, as JSON lines have them."""
    return None if found is None else json.dumps(found, ensure_ascii=False)
