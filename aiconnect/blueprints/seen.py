"""Which connections the reader sees."""

from __future__ import annotations

from aiconnect.blueprints.access import actor
from aiconnect.extensions import db
from aiconnect.models.connection import Connection
from aiconnect.services import connections


def whole() -> list[Connection]:
    """Those that they see whole, in the team's order: the team's, and their own."""
    asking = actor()
    every = connections.visible(db.session(), asking)
    return [one for one in every if connections.access(asking, one) is connections.Access.FULL]
