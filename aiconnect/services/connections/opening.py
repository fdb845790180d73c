"""A connection opened for a call."""

from __future__ import annotations

from collections.abc import Mapping

from aiconnect.adapters.types import Target
from aiconnect.errors import N_, Refused
from aiconnect.models import Connection
from aiconnect.models.connection import NEXT_KEY
from aiconnect.providers.spec import Provider, Reach
from aiconnect.services.connections.finding import row_of
from aiconnect.services.connections.keys import open_headers, open_key
from aiconnect.services.vault import CannotOpen, Vault
from aiconnect.wire.types import Route, Timeout, Ways


def target(
    connection: Connection, *, rows: Mapping[str, Provider], vault: Vault, ways: Ways
) -> Target:
    """Where to call, with the key in hand; raises Refused where a secret does not open."""
    row = row_of(rows, connection.provider)
    try:
        return opened(connection, row, vault=vault, ways=ways)
    except CannotOpen:
        sentence = N_("The key of %(name)s does not open with the master key. Enter it again.")
        raise Refused(sentence, field="api_key", name=connection.name) from None


def opened(connection: Connection, row: Provider, *, vault: Vault, ways: Ways) -> Target:
    """Where to call, with every secret of the connection; raises CannotOpen."""
    secret, headers = open_key(connection, vault), open_headers(connection, vault)
    route = _route(connection, row, ways)
    return Target(connection.name, row, connection.base_url, secret, route, headers)


def closed(connection: Connection, row: Provider, *, ways: Ways) -> Target:
    """Where to call, without any secret."""
    return Target(connection.name, row, connection.base_url, None, _route(connection, row, ways))


def identity(connection: Connection) -> tuple[object, ...]:
    """What a call to it is about: once this is another, what the call found says nothing.

    A secret is known by its row and its time, which stay when it is sealed anew.
    """
    secrets = ((one.field, one.id, one.made_at) for one in connection.credentials)
    used = sorted(one for one in secrets if one[0] != NEXT_KEY)
    return connection.provider, connection.base_url, connection.ca_pem, *used


def _route(connection: Connection, row: Provider, ways: Ways) -> Route:
    private = row.reach is Reach.LOCAL or (row.reach is Reach.SWITCH and connection.private)
    seconds = connection.first_byte_seconds
    return Route(
        private=private,
        ca_file=ways.ca_file,
        ca_pem=connection.ca_pem,
        proxy=ways.proxy,
        timeout=Timeout(first_byte=seconds) if seconds else Timeout(),
    )
