"""Windows and reasons in words."""

from __future__ import annotations

from collections.abc import Mapping

from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_
from aiconnect.services.reconciling import Drift

WINDOWS: Mapping[str, str] = {
    "day": N_("Today, in UTC"),
    "week": N_("This week, in UTC"),
    "month": N_("This month, in UTC"),
    "total": N_("Since it was first asked"),
    "balance": N_("What its balance has fallen by"),
}
REASONS: Mapping[str, str] = {
    "unknown_cost": N_("Some calls have no known cost here, so our sum leaves them out."),
    "used_before": N_("The key was used before it came here."),
    "used_elsewhere": N_("The key may be used elsewhere too: by another program, or by hand."),
    "expired": N_("Credit that was given may have expired, or the balance is in whole cents."),
    "estimates": N_("Some of our costs are estimates: those calls broke off or were not counted."),
    "subscription": N_("What a subscription pays for is not in our sum."),
    "delay": N_(
        "The provider counts a call when it ends, we when it begins, and some are under way."
    ),
}


def window_word(drift: Drift) -> str:
    """Which time it is about."""
    return _(WINDOWS[drift.window])


def reason_words(drift: Drift) -> list[str]:
    """Why the sums may differ, the likely reasons first."""
    return [_(REASONS[code]) for code in drift.reasons]
