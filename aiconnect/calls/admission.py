"""Who calls: the access token of a request, found in the snapshot by its hash."""

from __future__ import annotations

import time
from hashlib import sha256

from aiconnect.calls.snapshot import Caller, Snapshot
from aiconnect.errors import CallError


def admit(snapshot: Snapshot, authorization: str | None, api_key: str | None) -> Caller:
    """The caller behind `Authorization: Bearer …` or `x-api-key: …`. Raises CallError (401)."""
    presented = _presented(authorization, api_key)
    if not presented:
        raise CallError("no_access_token")
    caller = snapshot.callers.get(sha256(presented.encode("latin-1", "replace")).digest())
    if caller is None or (caller.expires_at is not None and caller.expires_at <= time.time()):
        raise CallError("invalid_access_token")
    return caller


def _presented(authorization: str | None, api_key: str | None) -> str:
    if authorization and authorization[:7].lower() == "bearer ":
        return authorization[7:].strip()
    return (api_key or "").strip()
