"""`aiconnect provider`."""

from __future__ import annotations

import click

from aiconnect.cli import output
from aiconnect.cli.base import Group
from aiconnect.providers import PROVIDERS

COLUMNS = ("slug", "name", "family", "needs")


@click.group(cls=Group)
def provider() -> None:
    """Providers that can be connected."""


@provider.command("list")
@output.as_json
def list_(*, as_json: bool) -> None:
    """List the providers and what a connection to each needs."""
    found = (
        {"slug": row.slug, "name": row.name, "family": row.family.value, "needs": list(row.needs)}
        for row in PROVIDERS.values()
    )
    output.rows(found, COLUMNS, as_json=as_json)
