"""How commands print rows: a table for people, one array of objects for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import click

from aiconnect import clock

Row = Mapping[str, Any]
Function = TypeVar("Function", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="One array of objects.")


def plain(value: Any) -> Any:
    """A value as programs get it: times in ISO 8601 UTC, money as a decimal string."""
    if isinstance(value, datetime):
        return clock.iso(value)
    if isinstance(value, Decimal):
        return decimal(value)
    return value


def decimal(value: Decimal) -> str:
    """Without exponent and without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rows(found: Iterable[Row], columns: Sequence[str], *, as_json: bool) -> None:
    """Print the rows, with their columns in this order."""
    lines = [{name: plain(row[name]) for name in columns} for row in found]
    if as_json:
        click.echo(json.dumps(lines, indent=2, ensure_ascii=False))
        return
    _table([[name.replace("_", " ") for name in columns], *map(_cells, lines)])


def _cells(line: Row) -> list[str]:
    return [_cell(value) for value in line.values()]


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(value) if isinstance(value, list) else str(value)
    # Names come from providers: none of them gets to steer the terminal.
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def _table(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
