"""Every view of connections, imported so that their blueprint has them all."""

from aiconnect.blueprints.connections import (
    choosing,
    keys,
    listing,
    pausing,
    serving,
    testing,
    views,
)
from aiconnect.blueprints.connections.views import bp

__all__ = ["bp", "choosing", "keys", "listing", "pausing", "serving", "testing", "views"]
