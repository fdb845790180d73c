"""The command line: `aiconnect`; pyproject.toml gives the same commands to `flask`.

A command is imported when it is called for: `aiconnect --help` costs no more than click.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import click
from typing_extensions import override

from aiconnect.cli.base import Group

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "init": "Make or migrate what aiconnect keeps: instance folder, keys, database.",
        "serve": "Run the server until it is stopped (Ctrl-C or SIGTERM).",
        "user": "People: add, list, disable, limits, sign-in links.",
        "provider": "Providers that can be connected.",
        "connection": "Connections to providers: add, test, change, remove.",
        "token": "Access tokens for programs: add, list, revoke.",
        "model": "Models that connections serve.",
        "collection": "Collections: named sets of models, called as collection/NAME.",
        "route": "Routes: model names of your own, with models tried in order.",
        "price": "What models cost, in USD per million tokens.",
        "usage": "The ledger: sums and export.",
        "budget": "Budgets: so many USD for a day, a month or in total.",
        "freeze": "Stop every call that costs money, within a second; local models go on.",
        "unfreeze": "Let calls cost money again, as far as budgets allow.",
        "job": "What runs on a clock, in the server.",
        "setting": "Settings of the server: how much it takes, how long it waits.",
        "key": "The master key, which seals every secret that is kept.",
        "doctor": "Look for what is wrong, without calling anyone.",
    }
)


class Commands(Group):
    """Lists the commands from the table above; imports the module of the one that is called."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return load(cmd_name) if cmd_name in COMMANDS else None

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="aiconnect")
def main() -> None:
    """One place for a team's AI providers.

    Settings come from the environment (AICONNECT_...); `aiconnect doctor` says what is wrong.
    """


def load(name: str) -> click.Command:
    """The command with this name, from the module with this name."""
    command = getattr(import_module(f"aiconnect.cli.{name}"), name)
    if not isinstance(command, click.Command):
        raise TypeError(f"aiconnect.cli.{name} has no command {name}.")
    return command
