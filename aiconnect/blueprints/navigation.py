"""The contents at the side of every page: what exists now and the reader may open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request, url_for

from aiconnect.blueprints import pauses, seen
from aiconnect.blueprints.access import may, signed_in
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_
from aiconnect.models.connection import State

GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("", ((N_("Home"), "home.show"), (N_("Try a prompt"), "tryout.show"))),
    (
        N_("Models"),
        (
            (N_("Connections"), "connections.index"),
            (N_("Models"), "models.index"),
            (N_("Collections"), "collections.index"),
            (N_("Routes"), "routes.index"),
        ),
    ),
    (
        N_("Spending"),
        (
            (N_("Usage"), "usage.show"),
            (N_("Budgets"), "budgets.index"),
            (N_("Prices"), "prices.index"),
            (N_("Alerts"), "alerts.index"),
        ),
    ),
    (N_("Access"), ((N_("Access tokens"), "tokens.index"), (N_("Your account"), "account.show"))),
    (
        N_("This server"),
        (
            (N_("Settings"), "settings.index"),
            (N_("Jobs"), "jobs.index"),
            (N_("Help"), "help.index"),
        ),
    ),
)
SAME_PLACE: Mapping[str, str] = {
    "cloud": "connections",
    "compatible": "connections",
    "local": "connections",
    "oauth": "connections",
    "discovery": "connections",
    "findings": "help",
    "reconciling": "usage",
    "repricing": "prices",
    "guidance": "help",
    "guidance.mature": "account",
    "guidance.setting": "settings",
    "ledger": "settings",
    "texts": "settings",
}
"""Blueprints and pages that belong to another entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents; `count` is how many things there need attention."""

    label: str
    url: str
    is_here: bool = False
    count: int = 0


def contents() -> list[tuple[str, list[Entry]]]:
    """Groups of entries, each with its heading (empty for the first)."""
    groups = (
        (heading, [_entry(*line) for line in lines if may(line[1])]) for heading, lines in GROUPS
    )
    return [(_(heading) if heading else "", entries) for heading, entries in groups if entries]


def _entry(label: str, endpoint: str) -> Entry:
    place = endpoint.split(".", 1)[0]
    page, here = request.endpoint or "", request.blueprint or ""
    here = SAME_PLACE.get(page) or SAME_PLACE.get(here, here)
    count = _in_trouble() if place == "connections" and signed_in() else 0
    return Entry(_(label), url_for(endpoint), here == place, count)


def _in_trouble() -> int:
    bad = {State.NEEDS_ATTENTION, State.UNREACHABLE}
    every = seen.whole()
    left_alone = pauses.grave(every)
    return sum(one.shown_state in bad or one.id in left_alone for one in every)
