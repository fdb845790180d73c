"""Cautions about the whole server, on top of every page for those who can act on them."""

from __future__ import annotations

from dataclasses import dataclass

from aiconnect.blueprints.access import may
from aiconnect.blueprints.sentences import _
from aiconnect.extensions import parts


@dataclass(frozen=True, slots=True)
class Banner:
    """A caution: its shape in the style sheet, a heading, what it means."""

    shape: str
    title: str
    text: str


def banners() -> list[Banner]:
    """What is wrong with the server now."""
    if not may("connections.edit"):
        return []
    damaged = parts().settings.journal / "damaged"
    count = sum(1 for _file in damaged.iterdir()) if damaged.is_dir() else 0
    return [_damaged(count, str(damaged))] if count else []


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
