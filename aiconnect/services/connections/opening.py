"""A connection opened for a call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aiconnect.adapters.types import Target
from aiconnect.errors import N_, Refused
from aiconnect.models import Connection
from aiconnect.providers.spec import Provider, Reach
from aiconnect.secret import Secret
from aiconnect.services.connections.finding import row_of
from aiconnect.services.connections.keys import open_key
from aiconnect.services.vault import CannotOpen, Vault
from aiconnect.wire.types import Route


def target(
    connection: Connection, *, rows: Mapping[str, Provider], vault: Vault, ca_file: Path | None
) -> Target:
    """Where to call, with the key in hand; raises Refused where the key does not open."""
    row = row_of(rows, connection.provider)
    try:
        secret = open_key(connection, vault)
    except CannotOpen:
        sentence = N_("The key of %(name)s does not open with the master key. Enter it again.")
        raise Refused(sentence, field="api_key", name=connection.name) from None
    return with_key(connection, row, secret, ca_file=ca_file)


def with_key(
    connection: Connection, row: Provider, secret: Secret | None, *, ca_file: Path | None
) -> Target:
    """Where to call, with this key or none."""
    private = row.reach is Reach.LOCAL or (row.reach is Reach.SWITCH and connection.private)
    route = Route(private=private, ca_file=str(ca_file) if ca_file else None)
    return Target(connection.name, row, connection.base_url, secret, route)
