"""Which connections and models the gateway leaves alone for a while, in words."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiconnect import clock
from aiconnect.blueprints import beside
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.showing import Shown
from aiconnect.calls import words
from aiconnect.calls.breaker import Standing
from aiconnect.calls.circuit import HALF_OPEN, RATE
from aiconnect.errors import N_
from aiconnect.models.connection import Connection

PAUSED: Mapping[str, tuple[str, str]] = {
    "outage": ("gone", N_("Left alone after failures")),
    "key": ("bad", N_("Left alone: its key was refused")),
    "money": ("bad", N_("Left alone: its account has no credit")),
    "rate": ("warn", N_("Waits: its provider asks for it")),
    "model": ("gone", N_("Left alone: its provider refuses this model")),
}
"""Why a breaker is open: the shape and the words for it."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A connection that is left alone, or one `model` of it ("": all).

    `until` is None where the pause is over: the next call tries it, or one `is_tried` with now.
    """

    connection_id: int
    model: str
    kind: str
    since: datetime
    until: datetime | None
    seconds: int
    is_tried: bool

    @property
    def shape(self) -> str:
        return _looks(self.kind)[0]

    @property
    def words(self) -> str:
        return _(_looks(self.kind)[1])

    @property
    def shown(self) -> Shown:
        """As a state."""
        if self.until is not None:
            return Shown(
                self.shape, _("%(why)s, %(count)s s more", why=self.words, count=self.seconds)
            )
        if self.is_tried:
            return Shown(self.shape, _("%(why)s; one call tries it now", why=self.words))
        return Shown(self.shape, _("%(why)s; the next call tries it", why=self.words))

    @property
    def is_grave(self) -> bool:
        """Whether a whole connection is left alone, and not just for its turn to come."""
        return not self.model and self.kind != RATE


def every() -> dict[int, list[Pause]]:
    """The pauses of each connection that has some: its own first, then those of its models.

    One pause for each, whichever of the server's processes leaves it alone.
    """
    known = beside.breakers()
    own = known.standings() if known else []
    found: dict[int, dict[str, Pause]] = {}
    for one in (*own, *words.standings(beside.fellows())):
        if one.is_troubled:  # what this process knows goes before what another has said
            found.setdefault(one.connection_id, {}).setdefault(one.model, _pause(one))
    return {key: list(by_model.values()) for key, by_model in found.items()}


def of_each(connections: Iterable[Connection]) -> dict[int, list[Pause]]:
    """Those of these connections; nothing calls one that is off."""
    found = every()
    return {one.id: found[one.id] for one in connections if one.enabled and one.id in found}


def of(connection: Connection) -> list[Pause]:
    """Those of one connection."""
    return of_each([connection]).get(connection.id, [])


def grave(connections: Iterable[Connection]) -> set[int]:
    """The ids of those among them that are left alone as a whole."""
    found = of_each(connections)
    return {key for key, paused in found.items() if any(one.is_grave for one in paused)}


def pause_of(connection_id: int, model_id: str) -> Shown | None:
    """How a connection or its model is left alone now; None where calls go out."""
    found = every().get(connection_id, ())
    return next((one.shown for one in found if one.model in {"", model_id}), None)


def _pause(one: Standing) -> Pause:
    now, at = clock.now(), time.monotonic()
    left, is_tried = round(one.until - at), one.state == HALF_OPEN
    return Pause(
        one.connection_id,
        one.model,
        one.kind,
        now - timedelta(seconds=at - one.since),
        now + timedelta(seconds=left) if left > 0 and not is_tried else None,
        left,
        is_tried,
    )


def _looks(kind: str) -> tuple[str, str]:
    return PAUSED.get(kind, PAUSED["outage"])
