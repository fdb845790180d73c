"""Newer tables of prices: fetched when somebody asks, shown as a difference, then accepted.

Nothing is fetched by itself unless the setting `price-checks` is on, and nothing that was fetched
counts before a person has accepted just what they saw.
"""

from aiconnect.services.price_updates.deciding import (
    Decision,
    InUse,
    accept,
    back_to_bundled,
    dismiss,
    in_use,
    waiting,
)
from aiconnect.services.price_updates.diffing import Change, Counts, Diff, diff
from aiconnect.services.price_updates.fetching import Checked, check
from aiconnect.services.price_updates.switches import (
    CHECKS,
    DEFAULT_URL,
    URL,
    checks_are_on,
    put,
    url,
)

__all__ = [
    "CHECKS",
    "DEFAULT_URL",
    "URL",
    "Change",
    "Checked",
    "Counts",
    "Decision",
    "Diff",
    "InUse",
    "accept",
    "back_to_bundled",
    "check",
    "checks_are_on",
    "diff",
    "dismiss",
    "in_use",
    "put",
    "url",
    "waiting",
]
