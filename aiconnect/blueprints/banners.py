"""Cautions about the whole server, on top of every page for those who can act on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app

from aiconnect.blueprints.access import may
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_
from aiconnect.extensions import parts


@dataclass(frozen=True, slots=True)
class Banner:
    """A caution: its shape in the style sheet, a heading, what it means."""

    shape: str
    title: str
    text: str


FAULTS = "aiconnect_faults"
"""Where the whole server leaves a function that names its faults; pages alone have none."""

TOLD: Mapping[str, tuple[str, str]] = {
    "no spare segment": (
        N_("The disk of this server is full"),
        N_("Calls that cost money are refused until there is room for their records again."),
    ),
    "ledger": (
        N_("Calls are not written into the database"),
        N_("Their records wait in the journal, and come into the usage once it works again."),
    ),
}


def banners() -> list[Banner]:
    """What is wrong with the server now."""
    if not may("connections.edit"):
        return []
    faults = current_app.extensions.get(FAULTS, list)()
    told = [_fault(fault) for fault in faults]
    damaged = parts().settings.journal / "damaged"
    count = sum(1 for _file in damaged.iterdir()) if damaged.is_dir() else 0
    return [*told, _damaged(count, str(damaged))] if count else told


def _fault(fault: str) -> Banner:
    if fault in TOLD:
        title, text = TOLD[fault]
        return Banner("bad", _(title), _(text))
    return Banner(
        "bad",
        _("A part of this server has stopped: %(part)s", part=fault),
        _("Restart aiconnect; if it happens again, its log says why."),
    )


def _damaged(count: int, folder: str) -> Banner:
    return Banner(
        "warn",
        _("Part of the journal of calls could not be read"),
        _(
            "%(count)s pieces were set aside in %(folder)s; the usage may lack some calls. "
            "A full or failing disk is the usual cause.",
            count=count,
            folder=folder,
        ),
    )
