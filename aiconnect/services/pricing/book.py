"""The prices that hold for some calls, whichever source they are from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.models import Connection, CostState
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider
from aiconnect.services.pricing import listed, own, settling, tables
from aiconnect.services.pricing.bounds import most
from aiconnect.services.pricing.listed import Lists
from aiconnect.services.pricing.own import NEVER, History, OwnRow
from aiconnect.services.pricing.patterns import Names, is_pattern
from aiconnect.services.pricing.reckoning import Price
from aiconnect.services.pricing.tables import BUNDLED, Table

MOST_NAMES = 4096


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model is called: what decides about its price in a table.

    `is_notional` means that a subscription pays for its calls.
    """

    row: Provider
    base_url: str
    is_notional: bool = False

    @property
    def is_known(self) -> bool:
        """Whether a table may know its models: those of a server of one's own it never does."""
        return not self.row.free and bool(self.row.prices or self.base_url.startswith("https://"))

    def prices(self, table: Table, model: str, at: datetime, tier: str | None) -> Sequence[Price]:
        """What the table says; with None for a tier, of every way of serving a call."""
        if not self.is_known:
            return ()  # so a server on plain http never loads the table
        key = self.row.prices, self.base_url, model
        if tier is None:
            return table.dearest(*key, at)
        found = [table.find(*key, at, one) for one in {"", tier}]
        return tuple(one for one in found if one is not None)

    def price(self, table: Table, model: str, at: datetime, tier: str) -> Price | None:
        """The table's price."""
        if not self.is_known:
            return None
        return table.find(self.row.prices, self.base_url, model, at, tier)


@dataclass(frozen=True, slots=True)
class Book:
    """Prices to look up by connection, model and time, without asking the database again.

    `lists` are what providers' own lists say, by connection and model; `ours` the connections to
    servers of the team's own, of which a pattern must name one to mean it. Values only: any thread
    may ask it, also one that has no session.
    """

    places: Mapping[int, Place]
    names: frozenset[str]
    own: Mapping[str, History]
    lists: Lists = field(default_factory=dict)
    table: Table = BUNDLED
    ours: frozenset[str] = frozenset()
    _fitting: dict[tuple[str, str], tuple[History, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def open(
        cls,
        session: Session,
        models: Iterable[tuple[str, str]] | None = None,
        *,
        rows: Mapping[str, Provider] = PROVIDERS,
        table: Table | None = None,
    ) -> Book:
        """For these (connection, model), or for all that there are.

        `table` is another one than the table in force, to see what it would change.
        """
        one, wanted = Connection, None if models is None else set(models)
        columns = (one.id, one.name, one.provider, one.base_url, one.flat_fee)
        connections = session.execute(select(*columns)).all()
        places = {
            number: Place(rows[slug], url, is_flat)
            for number, _, slug, url, is_flat in connections
            if slug in rows
        }
        return cls(
            places,
            frozenset(name for _, name, *_ in connections),
            own.history(session, _all_names(wanted)),
            listed.read(session, None if wanted is None else {model for _, model in wanted}),
            table or tables.current(session),
            frozenset(name for number, name, *_ in connections if _is_free(places.get(number))),
        )

    def price(
        self,
        connection_id: int | None,
        connection: str,
        model: str,
        at: datetime,
        tier: str = "",
    ) -> Price | None:
        """What the model costs there then: own price, else the provider's list, else the table.

        `tier` is how the provider says that it served the call; only tables tell of them.
        """
        if connection_id is None:
            return None
        found = self._said(connection_id, connection, model, at)
        place = self.places.get(connection_id)
        if found is not None or place is None:
            return found
        return place.price(self.table, model, at, tier)

    def own_row(self, connection: str, model: str, at: datetime) -> OwnRow | None:
        """The team's own price: of `connection/id` first, else of the id, else of a pattern."""
        exact, bare = _names(connection, model)
        found = self.own.get(exact, NEVER).at(at)
        if found is None and not self._is_elsewhere(bare):
            found = self.own.get(bare, NEVER).at(at)
        if found is not None:
            return found
        rows = (history.at(at) for history in self._patterns(connection, model))
        return next((row for row in rows if row is not None), None)

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
        *,
        tier: str | None = None,
    ) -> int | None:
        """Nano-dollars that a call of up to so many tokens costs at most; None: no price known.

        0 where nothing is owed: at a free server without an own price, or with a subscription.
        `tier` is how the caller wants it served ("" as usual), None where that is not known: then
        the dearest way counts.
        """
        place = self.places.get(connection_id) if connection_id is not None else None
        if connection_id is None or (place is not None and place.is_notional):
            return None if connection_id is None else 0
        said = self._said(connection_id, connection, model, at)
        prices = (said,) if said else place.prices(self.table, model, at, tier) if place else ()
        if not prices:
            return 0 if place is not None and place.row.free else None
        bounds = [most(price, inward, outward) for price in prices]
        known = [one for one in bounds if one is not None]
        return max(known) if len(known) == len(bounds) else None

    def owed(self, line: Mapping[str, Any]) -> int | None:
        """Nano-dollars that the journal's line of an end comes to; None where nobody knows.

        The ledger says the same, except that nobody owes what a subscription pays for: 0.
        """
        cost = settling.settled(line, self)
        return 0 if cost.state is CostState.NOTIONAL else cost.nano

    def _said(self, number: int, connection: str, model: str, at: datetime) -> Price | None:
        row = self.own_row(connection, model, at)
        if row is not None:
            return row.price
        return self.lists.get((number, model)) if self._has_list(number) else None

    def _has_list(self, number: int) -> bool:
        place = self.places.get(number)
        return place is not None and not place.row.free

    def _patterns(self, connection: str, model: str) -> tuple[History, ...]:
        """The histories whose pattern fits, the most specific first; looked for once."""
        key = (connection, model)
        found = self._fitting.get(key)
        if found is None:
            if len(self._fitting) >= MOST_NAMES:
                self._fitting.clear()
            patterns = filter(is_pattern, self.own)
            names = Names(self.names)
            fitting = names.fitting(patterns, connection, model)
            if connection in self.ours:
                fitting = [name for name in fitting if names.is_scoped(name)]
            found = self._fitting[key] = tuple(self.own[name] for name in fitting)
        return found

    def _is_elsewhere(self, name: str) -> bool:
        """Whether an id with a slash in it means another connection's model first."""
        connection, slash, _ = name.partition("/")
        return bool(slash) and connection in self.names


def _is_free(place: Place | None) -> bool:
    return place is not None and place.row.free


def _all_names(models: Iterable[tuple[str, str]] | None) -> set[str] | None:
    return None if models is None else {name for one in models for name in _names(*one)}


def _names(connection: str, model: str) -> tuple[str, str]:
    return f"{connection}/{model}", model
