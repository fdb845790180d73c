"""What a program may call, told in its own dialect: names, and what is known of each model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aiconnect.adapters.types import ModelCard
from aiconnect.calls.plan import COLLECTION, Attempt, find, plan
from aiconnect.calls.snapshot import Caller, Served, Snapshot
from aiconnect.errors import CallError
from aiconnect.gateway.requests import Environ


@dataclass(frozen=True, slots=True)
class Entry:
    """A name that can be called; `made` is seconds since the epoch, `owner` who serves it."""

    name: str
    owner: str
    card: ModelCard
    made: int = 0


def entries(snapshot: Snapshot, caller: Caller) -> Iterator[Entry]:
    """Routes and collections of which anything may be used, then every model, in order."""
    for name in snapshot.routes:
        yield from _routed(snapshot, caller, name)
    for name in snapshot.collections:
        yield from _routed(snapshot, caller, COLLECTION + name)
    for served in snapshot.served:
        opened = snapshot.connections[served.connection]
        is_for = opened.enabled and opened.serves(caller.person_id)
        if is_for and caller.may_use(served.name):
            yield _entry(served)


def entry(snapshot: Snapshot, caller: Caller, name: str) -> Entry:
    """One of them, by any of its names. Raises CallError (404)."""
    try:
        first = plan(snapshot, caller, name).attempts[0]
    except CallError:
        raise CallError("model_not_found", model=name[:200]) from None
    if name in snapshot.routes or name.startswith(COLLECTION):
        return _named(name, first)
    served = snapshot.by_name.get(first.name)
    return _entry(served or Served(first.opened.id, first.opened.name, first.model_id))


def text(environ: Environ, prefix: str) -> str:
    """What follows in the path: WSGI gives its bytes, no longer quoted, as if they were Latin-1."""
    path: str = environ["PATH_INFO"].removeprefix(prefix)
    return path.encode("latin-1", "replace").decode("utf-8", "replace")


def _routed(snapshot: Snapshot, caller: Caller, name: str) -> Iterator[Entry]:
    first = find(snapshot, caller, name)
    if first is not None:
        yield _named(name, first)


def _named(name: str, first: Attempt) -> Entry:
    return Entry(name, "aiconnect", first.known)


def _entry(served: Served) -> Entry:
    card = served.card or ModelCard(served.model_id, type=served.type)
    return Entry(served.name, served.connection, card, served.made)
