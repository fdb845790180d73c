"""What pages of routes learn from the gateway of the same process, where one runs beside them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import cast

from flask import current_app

from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.showing import Shown
from aiconnect.calls.breaker import Breakers, Standing
from aiconnect.calls.snapshot import Snapshot
from aiconnect.errors import N_
from aiconnect.extensions import db, parts
from aiconnect.services import installation, snapshots

PAUSED: Mapping[str, tuple[str, str]] = {
    "outage": ("gone", N_("Left alone after failures")),
    "key": ("bad", N_("Left alone: its key was refused")),
    "money": ("bad", N_("Left alone: its account has no credit")),
    "rate": ("warn", N_("Waits: its provider asks for it")),
    "model": ("gone", N_("Left alone: its provider refuses this model")),
}
"""Why a breaker is open: the shape and the words for it."""


def breakers() -> Breakers | None:
    """The breakers of this process's gateway; whoever starts one puts them there."""
    return cast("Breakers | None", current_app.extensions.get("aiconnect_breakers"))


def picture() -> Snapshot:
    """The gateway's picture where it is up to date, else one of our own."""
    present = current_app.extensions.get("aiconnect_picture")
    found = cast("Snapshot", present()) if present is not None else None
    if found is not None and found.revision == installation.revision(db.session()):
        return found
    asked = parts()
    return snapshots.build(
        db.session(), rows=asked.rows, vault=asked.vault, settings=asked.settings
    )


def pause_of(connection_id: int, model_id: str) -> Shown | None:
    """How a connection or its model is left alone now; None where calls go out."""
    known = breakers()
    if known is None:
        return None
    both = (known.look(connection_id), known.look(connection_id, model_id))
    return next((_paused(one) for one in both if one.is_troubled), None)


def _paused(standing: Standing) -> Shown:
    shape, words = PAUSED.get(standing.kind, PAUSED["outage"])
    seconds = round(standing.until - time.monotonic())
    if seconds > 0:
        return Shown(shape, _("%(why)s, %(count)s s more", why=_(words), count=seconds))
    return Shown(shape, _("%(why)s; the next call tries it", why=_(words)))
