"""Which connection answers a call: pure, given the snapshot."""

from __future__ import annotations

from dataclasses import dataclass

from aiconnect.calls.snapshot import Caller, Opened, Served, Snapshot
from aiconnect.errors import CallError


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: this connection, with the model under the provider's own id."""

    opened: Opened
    model_id: str

    @property
    def name(self) -> str:
        return f"{self.opened.name}/{self.model_id}"


def plan(snapshot: Snapshot, caller: Caller, name: str) -> Attempt:
    """Look a model name up in the contract's order: `connection/id`, then bare id.

    Raises CallError where nothing serves it, or nothing that this caller may use.
    """
    attempt = find(snapshot, caller, name)
    if attempt is None:
        raise CallError("model_not_found", model=name[:200])
    if not caller.may_use(attempt.name):
        raise CallError("model_not_allowed", model=name[:200])
    if not attempt.opened.enabled:
        raise CallError("connection_off", connection=attempt.opened.name, model=name[:200])
    if attempt.opened.broken:
        raise CallError("provider_auth", connection=attempt.opened.name)
    return attempt


def find(snapshot: Snapshot, caller: Caller, name: str) -> Attempt | None:
    """The attempt that a name stands for; None where nothing serves it to this caller.

    Other people's personal connections are not there for anybody else.
    """
    served = snapshot.by_name.get(name) or _open(snapshot, name)
    if served is None or not _serves(snapshot, caller, served):
        bare = snapshot.by_id.get(name, ())
        served = next((one for one in bare if _serves(snapshot, caller, one)), None)
    if served is None:
        return None
    return Attempt(snapshot.connections[served.connection], served.model_id)


def _serves(snapshot: Snapshot, caller: Caller, served: Served) -> bool:
    return snapshot.connections[served.connection].serves(caller.person_id)


def _open(snapshot: Snapshot, name: str) -> Served | None:
    """A connection whose models nobody has listed yet takes any id under its name."""
    connection, slash, model_id = name.partition("/")
    opened = snapshot.connections.get(connection)
    if not slash or not model_id or opened is None or not opened.takes(model_id):
        return None
    return Served(opened.id, opened.name, model_id)
