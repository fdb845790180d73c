"""The prices that hold for some calls, whichever source they are from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.models import Connection, CostState
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider
from aiconnect.services.pricing import bundled, own, settling
from aiconnect.services.pricing.bounds import most
from aiconnect.services.pricing.own import NEVER, History, OwnRow
from aiconnect.services.pricing.reckoning import Price


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model is called: what decides about its price in the bundled table.

    `is_notional` means that a subscription pays for its calls.
    """

    row: Provider
    base_url: str
    is_notional: bool = False

    def price(self, model: str, at: datetime) -> Price | None:
        """The table's price; models of a server of one's own have none, whatever they are."""
        is_known = self.row.prices or self.base_url.startswith("https://")
        if self.row.free or not is_known:
            return None  # so a server on plain http never loads the table
        return bundled.find(self.row.prices, self.base_url, model, at)


@dataclass(frozen=True, slots=True)
class Book:
    """Prices to look up by connection, model and time, without asking the database again.

    Values only: any thread may ask it, also one that has no session.
    """

    places: Mapping[int, Place]
    names: frozenset[str]
    own: Mapping[str, History]

    @classmethod
    def open(
        cls,
        session: Session,
        models: Iterable[tuple[str, str]] | None = None,
        *,
        rows: Mapping[str, Provider] = PROVIDERS,
    ) -> Book:
        """For these (connection, model), or for all that there are."""
        one = Connection
        columns = (one.id, one.name, one.provider, one.base_url, one.flat_fee)
        connections = session.execute(select(*columns)).all()
        places = {
            number: Place(rows[slug], url, is_flat)
            for number, _, slug, url, is_flat in connections
            if slug in rows
        }
        wanted = None if models is None else {n for one in models for n in _names(*one)}
        names = frozenset(name for _, name, *_ in connections)
        return cls(places, names, own.history(session, wanted))

    def price(
        self, connection_id: int | None, connection: str, model: str, at: datetime
    ) -> Price | None:
        """What the model costs there then: the team's own price, else the bundled table's."""
        if connection_id is None:
            return None
        row = self.own_row(connection, model, at)
        if row is not None:
            return row.price
        place = self.places.get(connection_id)
        return place.price(model, at) if place else None

    def own_row(self, connection: str, model: str, at: datetime) -> OwnRow | None:
        """The team's own price: of `connection/id` first, else of the id at every connection."""
        exact, bare = _names(connection, model)
        found = self.own.get(exact, NEVER).at(at)
        if found is not None or self._is_elsewhere(bare):
            return found
        return self.own.get(bare, NEVER).at(at)

    def is_notional(self, connection_id: int | None) -> bool:
        """Whether a subscription pays for its calls, so that nobody owes their cost."""
        place = self.places.get(connection_id) if connection_id is not None else None
        return place is not None and place.is_notional

    def bound(
        self,
        connection_id: int | None,
        connection: str,
        model: str,
        at: datetime,
        inward: int,
        outward: int,
    ) -> int | None:
        """Nano-dollars that a call of up to so many tokens costs at most; None: no price known.

        0 where nothing is owed: at a free server without an own price, or with a subscription.
        """
        place = self.places.get(connection_id) if connection_id is not None else None
        if place is not None and place.is_notional:
            return 0
        price = self.price(connection_id, connection, model, at)
        if price is None:
            return 0 if place is not None and place.row.free else None
        return most(price, inward, outward)

    def owed(self, line: Mapping[str, Any]) -> int | None:
        """Nano-dollars that the journal's line of an end comes to; None where nobody knows.

        The ledger says the same, except that nobody owes what a subscription pays for: 0.
        """
        cost = settling.settled(line, self)
        return 0 if cost.state is CostState.NOTIONAL else cost.nano

    def _is_elsewhere(self, name: str) -> bool:
        """Whether an id with a slash in it means another connection's model first."""
        connection, slash, _ = name.partition("/")
        return bool(slash) and connection in self.names


def _names(connection: str, model: str) -> tuple[str, str]:
    return f"{connection}/{model}", model
