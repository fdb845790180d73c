"""A list of models, narrowed by what its address says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from aiconnect.blueprints.access import actor
from aiconnect.errors import N_
from aiconnect.extensions import db
from aiconnect.models.connection import Connection
from aiconnect.services import catalog

STATES = {
    "available": N_("Usable now"),
    "unavailable": N_("Not usable now"),
    "hidden": N_("Switched off"),
    "not_allowed": N_("Not on the allow-list"),
    "retired": N_("Retired"),
    "not_listed": N_("No longer listed"),
}
"""What one can ask the list for."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the reader has asked to see. `query` is that as an address carries it."""

    q: str
    kind: str
    state: str
    number: int
    connection: Connection | None = None

    @classmethod
    def asked(cls, connection: Connection | None = None) -> Narrowed:
        """As this request says; whatever makes no sense is left out."""
        ask, page = request.args.get, request.args.get("page", "")
        state = ask("state", "")
        number = int(page) if page.isdecimal() and len(page) < 7 else 1
        return cls(
            ask("q", "").strip(),
            ask("type", ""),
            state if state in STATES else "",
            number,
            connection,
        )

    @property
    def query(self) -> dict[str, Any]:
        asked = {"q": self.q, "type": self.kind, "state": self.state}
        return {name: value for name, value in asked.items() if value}

    @property
    def with_connection(self) -> dict[str, Any]:
        """The query of a list that is not the connection's own."""
        return self.query | ({"connection": self.connection.name} if self.connection else {})

    @property
    def switch_url(self) -> str:
        """Where a connection's models are switched, and from where one comes back to this page."""
        here = self.connection.id if self.connection else 0
        query = self.query | {"page": self.number}
        return url_for("connections.switch", connection_id=here, **query)

    def page(self) -> catalog.Page:
        """The page of models that fits."""
        return catalog.page(
            db.session(),
            actor(),
            connection_id=self.connection.id if self.connection else None,
            q=self.q,
            kind=self.kind,
            state=self.state,
            number=self.number,
        )
