"""The models that connections serve: stored as listed, listed anew, shown, hidden."""

from aiconnect.services.catalog.hiding import hide, hide_all, show, show_all
from aiconnect.services.catalog.reading import (
    REASONS,
    Counts,
    Page,
    available,
    changes,
    counts,
    kinds,
    page,
    reasons,
    served,
)
from aiconnect.services.catalog.refreshing import refresh
from aiconnect.services.catalog.storing import Refresh, store_models

__all__ = [
    "REASONS",
    "Counts",
    "Page",
    "Refresh",
    "available",
    "changes",
    "counts",
    "hide",
    "hide_all",
    "kinds",
    "page",
    "reasons",
    "refresh",
    "served",
    "show",
    "show_all",
    "store_models",
]
