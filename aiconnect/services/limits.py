"""Limits on calls: of an access token, of a person, of a connection."""

from __future__ import annotations

from collections.abc import Mapping

from aiconnect.calls.snapshot import Limit
from aiconnect.errors import N_, Refused
from aiconnect.models import AccessToken, Connection, Person

NAMES = ("requests_per_minute", "tokens_per_minute", "parallel")
MOST = 1_000_000_000

Limited = AccessToken | Connection | Person


def of(row: Limited) -> Limit:
    """The limits of a row as the gateway counts by them."""
    return Limit(row.requests_per_minute, row.tokens_per_minute, row.parallel)


def put(row: Limited, wanted: Mapping[str, int]) -> dict[str, str]:
    """Set the limits that are named, within the running unit of work; 0 is none.

    Gives those that are another now, for the audit log. Raises Refused.
    """
    changed = {}
    for name in NAMES:
        limit = _clean(name, wanted.get(name, getattr(row, name)))
        if limit != getattr(row, name):
            setattr(row, name, limit)
            changed[name] = str(limit or "none")
    return changed


def _clean(name: str, typed: int | None) -> int | None:
    if not typed:
        return None
    if not 1 <= typed <= MOST:
        sentence = N_("A limit is a whole number from 1 to %(most)s; 0 is no limit.")
        raise Refused(sentence, field=name, most=MOST)
    return typed
