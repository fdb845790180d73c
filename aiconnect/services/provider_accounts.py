"""What a provider tells about the account behind a key: asked now and then, and when wanted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters import ADAPTERS
from aiconnect.adapters.base import Adapter
from aiconnect.adapters.types import Account
from aiconnect.client import Client
from aiconnect.errors import Finding, ProviderError, Refused
from aiconnect.models import Connection
from aiconnect.providers.spec import Provider
from aiconnect.services import audit, connections, reconciling, states
from aiconnect.services.audit import SYSTEM, Actor
from aiconnect.services.key_changes import changing
from aiconnect.services.vault import Vault

AMOUNTS = ("limit", "remaining", "used")


def tells(row: Provider) -> bool:
    """Whether this provider tells anything about its accounts."""
    return type(ADAPTERS[row.dialect]).account is not Adapter.account


def fetch(
    session: Session,
    actor: Actor,
    connection_id: int,
    *,
    client: Client,
    rows: Mapping[str, Provider],
    vault: Vault,
    seconds: float | None = None,
) -> Finding | None:
    """Ask the provider and keep what it says; what is found where it does not say it."""
    connection = connections.own(session, actor, connection_id)
    row = connections.row_of(rows, connection.provider)
    asked = _identity(connection)
    try:
        target = connections.target(connection, rows=rows, vault=vault, ways=client.ways)
    except Refused:
        return states.with_common(connection, row, "key_unreadable", {})
    session.commit()  # no transaction stays open while the provider is waited for
    try:
        account = client.account(target, seconds=seconds)
    except ProviderError as error:
        return states.with_common(connection, row, error.code, error.finding.facts)
    with changing(session, actor, connection_id) as connection:
        if _identity(connection) == asked:
            connection.account, connection.account_at = _stored(account), clock.now()
            reconciling.keep(session, connection_id, account, connection.account_at)
            if actor is not SYSTEM:  # who reads them four times a day
                audit.record(session, actor, "read.account", connection.name)
    return None


def of(connection: Connection) -> Account | None:
    """What the provider said last, or None where it was never asked or told nothing."""
    said = connection.account or {}
    if not said:
        return None
    ends = said.get("expires_at")
    return Account(
        label=str(said.get("label", "")),
        limit=_amount(said.get("limit")),
        remaining=_amount(said.get("remaining")),
        used=_amount(said.get("used")),
        resets=str(said.get("resets", "")),
        expires_at=datetime.fromisoformat(ends) if ends else None,
        is_free_tier=said.get("is_free_tier"),
    )


def _identity(connection: Connection) -> tuple[object, ...]:
    """Whose account is told: a key by its row and its time, which stay when it is sealed anew."""
    key = connection.key
    return connection.base_url, key and key.id, key and key.made_at


def _stored(account: Account | None) -> dict[str, Any]:
    if account is None:
        return {}
    amounts = {name: getattr(account, name) for name in AMOUNTS}
    return {
        "label": account.label,
        "resets": account.resets,
        "expires_at": clock.iso(account.expires_at) if account.expires_at else None,
        "is_free_tier": account.is_free_tier,
        **{name: None if value is None else str(value) for name, value in amounts.items()},
    }


def _amount(text: object) -> Decimal | None:
    return None if text is None else Decimal(str(text))
