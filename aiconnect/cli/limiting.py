"""Options that limit calls: of an access token, a person, a connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from aiconnect.services import limits

Function = TypeVar("Function", bound=Callable[..., Any])

HELP = {
    "requests_per_minute": "Calls in a minute; 0 for no limit.",
    "tokens_per_minute": "Tokens in a minute, read and written; 0 for no limit.",
    "parallel": "Calls at the same time; 0 for no limit.",
}


def options(function: Function) -> Function:
    """Give a command an option for each limit."""
    for name in reversed(limits.NAMES):
        option = "--" + name.replace("_", "-")
        kind = click.IntRange(0, limits.MOST)
        function = click.option(option, type=kind, metavar="N", help=HELP[name])(function)
    return function


def given(asked: dict[str, Any]) -> dict[str, int]:
    """The limits that were given, by their names."""
    return {name: asked[name] for name in limits.NAMES if asked[name] is not None}
