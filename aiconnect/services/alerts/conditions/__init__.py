"""The condition of each kind of alert: what it sees, and no more."""

from collections.abc import Callable, Mapping

from aiconnect.services.alerts.conditions import calls, connections, models, money, server
from aiconnect.services.alerts.signs import Seen, Sight, Thresholds

WATCHED: Mapping[str, Callable[[Sight, Thresholds], Seen]] = {
    "budget": money.spent,
    "spend": money.jump,
    "errors": calls.failing,
    "state": connections.states,
    "price": models.prices,
    "models": models.of_collections,
    "key": connections.keys,
    "ledger": server.ledger,
    "disk": server.disk,
}
"""Kind to what sees it."""

__all__ = ["WATCHED"]
