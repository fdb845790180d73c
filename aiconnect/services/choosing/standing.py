"""Why a model cannot be chosen now: the connection, its provider, or who asks."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime

from aiconnect.calls.snapshot import is_allowed
from aiconnect.models import Connection, State
from aiconnect.services.budgets import Purse
from aiconnect.services.choosing.lines import FREE, UNKNOWN, Key, Line
from aiconnect.services.tagging import MATURE

NO_PURSE = Purse()


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides for one reader.

    `tags` is the tag of each model that has one; `paused` is what the breaker leaves alone at the
    moment, (connection, "") a whole connection; `homes` is the reason of each connection for all
    of its models, "" for none; `purse` is what keeps the reader from what costs money.
    """

    connections: Mapping[int, Connection]
    now: datetime
    tags: Mapping[Key, str]
    homes: Mapping[int, str]
    paused: Container[Key] = ()
    is_mature: bool = True
    purse: Purse = NO_PURSE

    def reason(self, line: Line) -> str:
        """Why the model cannot be chosen; "" where it can."""
        for code, holds in OWN.items():
            if holds(self, line):
                return code
        home = self.homes[line.connection_id] or ("paused" if line.key in self.paused else "")
        return home or self._money(line)

    def _money(self, line: Line) -> str:
        if line.cost == FREE:
            return ""
        return self.purse.reason(line.key, is_priced=line.cost != UNKNOWN)

    def tag(self, line: Line) -> str:
        return self.tags.get(line.key, "")


def _is_not_allowed(standing: Standing, line: Line) -> bool:
    allowed = standing.connections[line.connection_id].allowed
    return bool(allowed) and not is_allowed(allowed, line.model_id)


def _is_retired(standing: Standing, line: Line) -> bool:
    return line.retires_at is not None and line.retires_at <= standing.now


def _is_mature_off(standing: Standing, line: Line) -> bool:
    return not standing.is_mature and standing.tag(line) in MATURE


OWN: Mapping[str, Callable[[Standing, Line], bool]] = {
    "hidden": lambda _, line: line.hidden,
    "not_allowed": _is_not_allowed,
    "mature_off": _is_mature_off,
    "not_listed": lambda _, line: not line.is_served,
    "retired": _is_retired,
}
"""Reasons of a model's own; what somebody chose comes before what has happened."""


def home_reason(connection: Connection, paused: Container[Key], *, is_shared: bool) -> str:
    """Why none of a connection's models can be chosen; `is_shared` is for the whole team's use."""
    holds = {
        "personal": is_shared and connection.owner_id is not None,
        "connection_off": not connection.enabled,
        "unreachable": connection.state == State.UNREACHABLE,
        "needs_attention": connection.state == State.NEEDS_ATTENTION,
        "paused": (connection.id, "") in paused,
    }
    return next((code for code, does in holds.items() if does), "")
