"""What `connection add` and `connection edit` share: their options, read into one form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from aiconnect.cli import secrets
from aiconnect.providers.spec import Provider, Reach
from aiconnect.secret import Secret
from aiconnect.services import connections

Function = TypeVar("Function", bound=Callable[..., Any])

LONGEST = 1_000_000
"""Bytes of a file that is read: no certificate or header comes near."""

OPTIONS = (
    click.option("--url", metavar="URL", help="Address of the server."),
    click.option("--key-stdin", is_flag=True, help="Read the API key from stdin."),
    click.option(
        "--model", "models", multiple=True, metavar="ID",
        help="A model entered by hand; repeatable, or several with commas.",
    ),
    click.option(
        "--header", "header_lines", multiple=True, metavar="'NAME: VALUE'",
        help="A header for every call; repeatable. Others on this machine may see the value.",
    ),
    click.option("--header-file", metavar="FILE", help="Headers, one a line: for secret values."),
    click.option("--ca-file", metavar="FILE", help="Certificates (PEM) to trust as well."),
    click.option(
        "--first-byte", type=int, metavar="SECONDS", help="Wait so long for an answer to begin."
    ),
)  # fmt: skip


def options(function: Function) -> Function:
    """Give a command the options that both share."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def key(asked: dict[str, Any]) -> Secret | None:
    """The key from stdin, where it was announced."""
    return secrets.read("API key") if asked["key_stdin"] else None


def headers(asked: dict[str, Any]) -> tuple[tuple[str, Secret], ...]:
    """Those of the options and those of the file."""
    path = asked["header_file"]
    return connections.read_headers(asked["header_lines"]) + connections.read_headers(
        _text(path) if path else ""
    )


def certificates(asked: dict[str, Any]) -> str | None:
    """The text of the file; nothing for the name of nothing; None where it was not given."""
    path = asked["ca_file"]
    return _text(path) if path else path


def listed(typed: Sequence[str]) -> tuple[str, ...] | None:
    """What a repeatable option holds, None where it was not given."""
    return tuple(typed) or None


def switches_private(row: Provider, url: str | None) -> bool:
    """Typed here, a private address of an own server is meant; in a form it is a box to tick."""
    if url is None or row.reach is not Reach.SWITCH:
        return False
    return connections.is_private(connections.normalise(row, url))


def _text(path: str) -> str:
    with Path(path).open("rb") as file:
        return file.read(LONGEST).decode("utf-8", "replace")
