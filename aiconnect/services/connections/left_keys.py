"""Keys that are no longer used here, and stay valid at their provider until somebody ends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiconnect import clock
from aiconnect.models import Connection
from aiconnect.providers.oauth import OAUTHS
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services.audit import Actor
from aiconnect.services.connections.keys import open_key
from aiconnect.services.vault import CannotOpen, Vault

MOST = 10


@dataclass(frozen=True, slots=True)
class LeftKey:
    """A key to end at the provider: how it ends, where that is done, since when, left by whom."""

    id: int
    last4: str
    url: str
    at: datetime
    by: str


def part(
    actor: Actor,
    connection: Connection,
    row: Provider | None,
    vault: Vault,
    *,
    following: Secret | None = None,
) -> None:
    """Part with the key in use, within the running unit of work; the same key may follow it.

    It is remembered as one to end at the provider; what that said of its account is forgotten.
    """
    key, secret = connection.key, _opened(connection, vault)
    if key is None or (following is not None and secret == following):
        return
    connection.account, connection.account_at = {}, None
    noted = {
        "id": key.id,
        "last4": key.last4,
        "url": _url(row, secret),
        "at": clock.iso(clock.now()),
        "by": actor.name,
    }
    _keep(connection, [*_noted(connection), noted][-MOST:])


def left(connection: Connection) -> list[LeftKey]:
    """The keys that somebody should still end, the oldest first."""
    return [_read(one) for one in _noted(connection)]


def dismiss(connection: Connection, left_id: int) -> None:
    """Forget one: somebody has ended it, or wants it to live."""
    _keep(connection, [one for one in _noted(connection) if one["id"] != left_id])


def key_url(connection: Connection, row: Provider | None, vault: Vault) -> str:
    """Where the owner of the key in use sets its limit and ends it."""
    return _url(row, _opened(connection, vault))


def _url(row: Provider | None, secret: Secret | None) -> str:
    """The page of that very key where the provider has one, else the page of all keys."""
    if row is None:
        return ""
    oauth = OAUTHS.get(row.slug)
    return oauth.key_url(row, secret) if oauth and secret else row.keys_url


def _opened(connection: Connection, vault: Vault) -> Secret | None:
    try:
        return open_key(connection, vault)
    except CannotOpen:
        return None


def _noted(connection: Connection) -> list[Mapping[str, Any]]:
    return list((connection.key_notes or {}).get("left", []))


def _keep(connection: Connection, noted: list[Mapping[str, Any]]) -> None:
    connection.key_notes = {**(connection.key_notes or {}), "left": noted}


def _read(noted: Mapping[str, Any]) -> LeftKey:
    at = datetime.fromisoformat(noted["at"])
    return LeftKey(noted["id"], noted["last4"], noted["url"], at, noted["by"])
