"""The journal into the ledger: begins insert, ends complete, and doing it twice changes nothing."""

from aiconnect.services.absorbing.left_behind import absorb_left_behind, mark_interrupted
from aiconnect.services.absorbing.taking import absorb, absorb_or_set_aside, keep_damaged

__all__ = [
    "absorb",
    "absorb_left_behind",
    "absorb_or_set_aside",
    "keep_damaged",
    "mark_interrupted",
]
