"""Secrets come on stdin: never as an argument, which other users of the machine can see."""

from __future__ import annotations

import sys

import click

from aiconnect.cli.base import Sorry
from aiconnect.secret import Secret

LONGEST = 10_000


def read(what: str) -> Secret:
    """One line of stdin, asked for without showing it where someone sits before it."""
    if sys.stdin.isatty():
        return Secret(click.prompt(what, hide_input=True, err=True))
    try:
        line = sys.stdin.readline(LONGEST)
        line.encode()  # some locales let bytes through that are no text
    except UnicodeError:
        raise Sorry("What came on stdin is not text in UTF-8.") from None
    return Secret(line.rstrip("\r\n"))
