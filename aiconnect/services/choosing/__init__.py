"""Choosing a model: the list as one reader sees it, pins, last choices, recommendations."""

from aiconnect.services.choosing.holding import calls_of, routes_with
from aiconnect.services.choosing.lines import FREE, KNOWN, UNKNOWN, Line, costs
from aiconnect.services.choosing.listing import Group, Page, get, page
from aiconnect.services.choosing.picks import PURPOSES, drop, pick, picks
from aiconnect.services.choosing.pins import USES, last, last_shared, lasts, pin, remember, unpin
from aiconnect.services.choosing.recommended import Recommendation
from aiconnect.services.choosing.wanted import (
    COSTS,
    MODERATED,
    PLACES,
    SORTS,
    STATES,
    TEAM_ORDER,
    Seen,
    Wanted,
)

__all__ = [
    "COSTS",
    "FREE",
    "KNOWN",
    "MODERATED",
    "PLACES",
    "PURPOSES",
    "SORTS",
    "STATES",
    "TEAM_ORDER",
    "UNKNOWN",
    "USES",
    "Group",
    "Line",
    "Page",
    "Recommendation",
    "Seen",
    "Wanted",
    "calls_of",
    "costs",
    "drop",
    "get",
    "last",
    "last_shared",
    "lasts",
    "page",
    "pick",
    "picks",
    "pin",
    "remember",
    "routes_with",
    "unpin",
]
