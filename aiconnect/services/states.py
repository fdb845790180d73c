"""The state of a connection as the last call of the admin's door found it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from aiconnect.errors import Finding
from aiconnect.models import Connection
from aiconnect.providers.spec import Provider
from aiconnect.services import findings

NOT_THE_PROVIDERS = {"no_capacity"}


def common_facts(connection: Connection, row: Provider) -> dict[str, str]:
    """What wordings may name besides the facts of a finding."""
    parts = urlsplit(connection.base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    facts = {
        "provider": _provider(row, parts.hostname), "slug": row.slug, "connection": connection.name,
        "url": connection.base_url, "host": parts.hostname or "", "port": str(port),
    }  # fmt: skip
    return facts | ({"keys_url": row.keys_url} if row.keys_url else {})


def _provider(row: Provider, host: str | None) -> str:
    """Who answers, as sentences name them: behind just any address nobody is known but its host."""
    is_anyone = row.slug == row.family  # not one of the presets of its family
    return (host or row.name) if is_anyone else row.name


def flip(connection: Connection, finding: Finding, now: datetime) -> None:
    """Put a connection into the state that a finding leads to, within the running unit of work."""
    if finding.code in NOT_THE_PROVIDERS:
        return
    state = findings.state_of(finding.code, finding.facts)
    if connection.state != state:
        connection.state, connection.state_since = state, now
    connection.finding = None if finding.code == "ok" else finding.code
    connection.facts = dict(finding.facts)
    connection.checked_at = now


def with_common(
    connection: Connection, row: Provider, code: str, facts: Mapping[str, str]
) -> Finding:
    """A finding with the facts that every wording may name."""
    return Finding(code, common_facts(connection, row) | dict(facts))
