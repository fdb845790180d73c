"""What pages learn from the gateway of the same process, where one runs beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from flask import current_app

from aiconnect.calls.breaker import Breakers
from aiconnect.calls.counting import Counting
from aiconnect.calls.meters import Capacity
from aiconnect.calls.snapshot import USUAL, Ceilings, Snapshot
from aiconnect.calls.words import Word
from aiconnect.extensions import db, parts
from aiconnect.services import installation, snapshots


def breakers() -> Breakers | None:
    """The breakers of this process's gateway; whoever starts one puts them there."""
    return cast("Breakers | None", current_app.extensions.get("aiconnect_breakers"))


def counting() -> Counting | None:
    """What its calls are counted with."""
    return cast("Counting | None", current_app.extensions.get("aiconnect_counting"))


def taken(budget_id: int, start: datetime) -> tuple[int, int] | None:
    """What is spent and held of a budget in a period, in nano-dollars, as calls are held to it.

    Read in one piece: a call that has just come into the ledger is in one of them, not in both.
    None where the gateway does not know.
    """
    kept = counting()
    return kept.budgets.taken(budget_id, start) if kept is not None else None


def fellows() -> Sequence[Word]:
    """What the server's other processes said of themselves last."""
    heard = current_app.extensions.get("aiconnect_fellows", tuple)
    return cast("Sequence[Word]", heard())


def capacity() -> Capacity | None:
    """The calls and streams that are under way."""
    return cast("Capacity | None", current_app.extensions.get("aiconnect_capacity"))


def usual() -> Ceilings:
    """What it takes where people have set nothing."""
    return cast("Ceilings", current_app.extensions.get("aiconnect_usual", USUAL))


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
