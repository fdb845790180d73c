"""Past records at the prices that are known now: seen first, then done in pieces, each once.

What a provider has stated itself is never touched, and what is past its retention cannot be.
`preview` says what would change; `order` takes it up by the digest of what was seen; `work` does
the next piece, wherever it is called from, until the order is done.
"""

from aiconnect.services.repricing.chosen import Selection, entered
from aiconnect.services.repricing.ordering import (
    BROKEN_OFF,
    DONE,
    Order,
    is_ordered,
    order,
    stop,
    under_way,
)
from aiconnect.services.repricing.previewing import Line, Preview, preview
from aiconnect.services.repricing.working import work

__all__ = [
    "BROKEN_OFF",
    "DONE",
    "Line",
    "Order",
    "Preview",
    "Selection",
    "entered",
    "is_ordered",
    "order",
    "preview",
    "stop",
    "under_way",
    "work",
]
