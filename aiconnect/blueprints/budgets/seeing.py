"""Budgets as the reader sees them, with what the gateway of this process counts."""

from __future__ import annotations

from aiconnect import clock
from aiconnect.blueprints import beside
from aiconnect.blueprints.access import actor
from aiconnect.extensions import db, parts
from aiconnect.models.budget import Budget
from aiconnect.services import budgets
from aiconnect.services.budgets import Freeze, Standing

MOST = 3
"""On other pages than their own: those that are nearest to their limits."""


def every() -> list[Standing]:
    """Those that concern the reader."""
    zone = parts().settings.timezone
    return budgets.standings(db.session(), actor(), zone, clock.now(), beside.taken)


def one(budget: Budget) -> Standing:
    """One of them."""
    zone = parts().settings.timezone
    return budgets.standing(db.session(), actor(), budget, zone, clock.now(), beside.taken)


def freeze_now() -> Freeze | None:
    """Whether spending is frozen."""
    return budgets.is_frozen(db.session())


def nearest() -> list[Standing]:
    """The ones that are nearest to their limits, those of nothing left out."""
    found = [one for one in every() if one.state != "gone"]
    return sorted(found, key=lambda one: -one.share(one.taken))[:MOST]
