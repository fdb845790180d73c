"""The state of a connection as the last call of the admin's door found it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from aiconnect.errors import Finding
from aiconnect.models import Connection, State
from aiconnect.providers.spec import Provider
from aiconnect.services import cases, findings

NOT_THE_PROVIDERS = {"no_capacity"}
WORKING = {State.CONNECTED, State.WARNING}
PATIENCE = 2
"""So many failures in a row, which nobody asked for, until one that worked is said to be ill."""


def facts_of(row: Provider, base_url: str) -> dict[str, str]:
    """What wordings may name of any address of this provider."""
    parts = urlsplit(base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {
        "provider": _provider(row, parts.hostname), "slug": row.slug, "url": base_url,
        "host": parts.hostname or "", "port": str(port),
    }  # fmt: skip


def _provider(row: Provider, host: str | None) -> str:
    """Who answers, as sentences name them: behind just any address nobody is known but its host."""
    is_anyone = row.slug == row.family  # not one of the presets of its family
    return (host or row.name) if is_anyone else row.name


def flip(connection: Connection, finding: Finding, now: datetime, *, asked: bool = True) -> None:
    """Put a connection into the state that a finding leads to, within the running unit of work.

    What a person asked for counts at once. One failure that nobody asked for does not yet change
    a connection that worked: a moment's trouble is not a wrong key.
    """
    if finding.code in NOT_THE_PROVIDERS:
        return
    state = findings.state_of(finding.code, finding.facts)
    connection.failures = 0 if state in WORKING else connection.failures + 1
    connection.checked_at, connection.doubted_at = now, None
    if not asked and 0 < connection.failures < PATIENCE and connection.state in WORKING:
        return
    if connection.state != state:
        connection.state, connection.state_since = state, now
    connection.finding = None if finding.code == "ok" else finding.code
    connection.facts = dict(finding.facts)


def with_common(
    connection: Connection, row: Provider, code: str, facts: Mapping[str, str]
) -> Finding:
    """A finding with its case, and with the facts that every wording may name."""
    found = found_at(row, connection.base_url, code, facts)
    return Finding(code, {"connection": connection.name, **found.facts})


def found_at(row: Provider, base_url: str, code: str, facts: Mapping[str, str]) -> Finding:
    """The same of an address that is no connection (yet)."""
    known = facts_of(row, base_url) | dict(facts)
    return Finding(code, known | cases.of(code, known, base_url))
