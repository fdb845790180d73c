"""Tables of prices in the form of genai-prices: the bundled one, and those that were fetched.

The bundled one is loaded for the first question (36 MB and a third of a second), so a server
whose models are all its own never loads it. No network: who fetches is `services.price_updates`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.models import PriceTable
from aiconnect.services.pricing.rated import price_of
from aiconnect.services.pricing.reckoning import Price

if TYPE_CHECKING:
    from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, Provider

MODELS = 4096
ACCEPTED = "accepted"
TIERS: Mapping[str, Mapping[str, str]] = {
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "fast": {"service_tier": "fast", "speed": "fast"},
}
"""How a table calls the ways in which a provider may serve a call, by our names of them."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A price of the table, and whether it holds at a time; None: it always does."""

    price: Price | None
    holds: Callable[[datetime], bool] | None = None


@dataclass(frozen=True)
class Known:
    """What a table says of a model: its prices, those that go first at the front.

    `variants` are the ways of serving it that cost something else.
    """

    prices: tuple[Dated, ...] = ()
    model: ModelInfo | None = None
    variants: frozenset[str] = frozenset()

    def at(self, moment: datetime, tier: str) -> Price | None:
        """The price then; where none holds, the one that the table has from the beginning."""
        found = next((one for one in self.prices if one.holds is None or one.holds(moment)), None)
        found = found or (self.prices[-1] if self.prices else None)
        if found is None or found.price is None or tier not in self.variants:
            return found.price if found else None
        return self._served(found.price, moment, tier)

    def _served(self, usual: Price, moment: datetime, tier: str) -> Price:
        """Worked out once for all moments at which the same prices hold."""
        assert self.model is not None  # noqa: S101 (a model without one has no variants)
        every = self.model.price_variants or ()
        holding = tuple(one.constraint is None or one.constraint.active(moment) for one in every)
        key = (tier, id(usual), holding)
        found = self._asked.get(key)
        if found is None:
            found = self._asked[key] = _varied(self.model, usual, moment, tier)
        return found

    @cached_property
    def _asked(self) -> dict[tuple[str, int, tuple[bool, ...]], Price]:
        return {}


NOTHING = Known()


@dataclass(frozen=True, eq=False)
class Table:
    """Prices by provider and model. `content` is a fetched file, compressed; None: the bundled.

    It is read for the first question, from whatever thread; what was asked once is kept.
    """

    version: str = ""
    content: bytes | None = field(default=None, repr=False)

    @cached_property
    def name(self) -> str:
        """How records name it."""
        return self.version or _bundled_version()

    @cached_property
    def providers(self) -> list[Provider]:
        """Everything in it."""
        if self.content is None:
            from genai_prices import data_snapshot  # noqa: PLC0415 (heavy: see above)

            return data_snapshot.get_snapshot().providers
        return read(zlib.decompress(self.content))

    def find(
        self, prices: str, base_url: str, model: str, at: datetime, tier: str = ""
    ) -> Price | None:
        """The price of a provider's model at this time; None where the table knows none.

        `prices` is the provider's id in the table; "" looks for whose address `base_url` is.
        `tier` is how the provider says that it served the call, one of TIERS. The minute counts:
        no price changes within one, and calls of the same one are asked for together.
        """
        found = self._of_minute(prices, base_url, model, at, tier)
        return found[0] if found else None

    def dearest(self, prices: str, base_url: str, model: str, at: datetime) -> tuple[Price, ...]:
        """Every price that a call may turn out to have, however it is served."""
        return self._of_minute(prices, base_url, model, at, None)

    def _of_minute(
        self, prices: str, base_url: str, model: str, at: datetime, tier: str | None
    ) -> tuple[Price, ...]:
        """With None for the tier those of every one. Of the last minute it is known already."""
        key, minute = (prices, base_url, model, tier), at.replace(second=0, microsecond=0)
        kept = self._last.get(key)
        if kept is not None and kept[0] == minute:
            return kept[1]
        known = self.known(prices, base_url, model)
        tiers = ("", *sorted(known.variants)) if tier is None else (tier,)
        every = (known.at(minute, one) for one in tiers)
        found = tuple({id(one): one for one in every if one is not None}.values())
        if len(self._last) >= MODELS:
            self._last.clear()
        self._last[key] = minute, found
        return found

    def known(self, prices: str, base_url: str, model: str) -> Known:
        """All that it says of a model."""
        key = (prices, "" if prices else base_url, model)
        found = self._asked.get(key)
        if found is None:
            if len(self._asked) >= MODELS:
                self._asked.clear()
            found = self._asked[key] = self._look(*key)
        return found

    def provider(self, prices: str, base_url: str) -> Provider | None:
        """The company of this id, or at this address."""
        return self._snapshot_provider(prices or None, base_url or None)

    @cached_property
    def _asked(self) -> dict[tuple[str, str, str], Known]:
        return {}

    @cached_property
    def _last(self) -> dict[tuple[str, str, str, str | None], tuple[datetime, tuple[Price, ...]]]:
        return {}

    @cached_property
    def _snapshot(self) -> Any:
        from genai_prices.data_snapshot import DataSnapshot  # noqa: PLC0415

        return DataSnapshot(self.providers, from_auto_update=False)

    def _snapshot_provider(self, prices: str | None, base_url: str | None) -> Provider | None:
        if not prices and not base_url:
            return None
        try:
            found: Provider = self._snapshot.find_provider(None, prices, base_url)
        except LookupError:
            return None
        return found

    def _look(self, prices: str, base_url: str, model: str) -> Known:
        provider = self.provider(prices, base_url)
        if provider is None:
            return NOTHING
        found = provider.find_model(model, all_providers=self.providers)
        if found is None:
            return NOTHING
        is_its_own = any(found is one for one in provider.models)  # as genai-prices has it
        return self._all(found, _variants(found) if is_its_own else frozenset())

    def _all(self, model: ModelInfo, variants: frozenset[str]) -> Known:
        if not isinstance(model.prices, list):
            return Known((Dated(self._priced(model.prices)),), model, variants)
        # There the last one goes first.
        return Known(tuple(self._dated(one) for one in reversed(model.prices)), model, variants)

    def _dated(self, one: ConditionalPrice) -> Dated:
        since = getattr(one.constraint, "start_date", "")
        holds = one.constraint.active if one.constraint else None
        return Dated(self._priced(one.prices, f" {since}" if since else ""), holds)

    def _priced(self, found: ModelPrice, since: str = "") -> Price | None:
        return price_of(found, self.name + since)


BUNDLED = Table()


def read(content: bytes) -> list[Provider]:
    """A file of genai-prices as its own values; raises ValueError for what is none."""
    from genai_prices.types import _providers_from_raw  # noqa: PLC0415

    raw = json.loads(content, parse_float=Decimal, parse_constant=_refuse)
    if not isinstance(raw, list):
        raise ValueError("no list of providers")  # noqa: TRY004 (a reader of values)
    return _providers_from_raw([_lean(one) for one in raw])


def current(session: Session) -> Table:
    """The table that holds now: the last one that was accepted, else the bundled one."""
    newest = PriceTable.decided_at.desc(), PriceTable.id.desc()
    rows = select(PriceTable.id, PriceTable.version).where(PriceTable.state == ACCEPTED)
    row = session.execute(rows.order_by(*newest).limit(1)).first()
    return BUNDLED if row is None else stored(session, row.id, row.version)


def stored(session: Session, table_id: int, version: str) -> Table:
    """A table that was fetched; every session of this process gets the same one.

    The key has its version: another database has other tables of the same number.
    """
    found = _tables.get((table_id, version))
    if found is None:
        content = session.scalar(select(PriceTable.content).where(PriceTable.id == table_id))
        if len(_tables) >= MOST_TABLES:
            _tables.clear()
        found = _tables[table_id, version] = Table(version, content or b"")
    return found


MOST_TABLES = 3
_tables: dict[tuple[int, str], Table] = {}


def _varied(model: ModelInfo, usual: Price, moment: datetime, tier: str) -> Price:
    stated = model.get_prices(moment, TIERS[tier])
    if stated == model.get_prices(moment):
        return usual
    return price_of(stated, f"{usual.source} {tier}") or usual


def _variants(model: ModelInfo) -> frozenset[str]:
    said: Sequence[Mapping[str, str]] = [one.when for one in model.price_variants or ()]
    return frozenset(
        name
        for name, context in TIERS.items()
        if any(one.items() <= context.items() for one in said)
    )


def _lean(provider: Any) -> Any:
    """Without what is not for prices: it takes most of the memory."""
    if not isinstance(provider, dict):
        return provider
    return {name: value for name, value in provider.items() if name != "extractors"}


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


@lru_cache(maxsize=1)
def _bundled_version() -> str:
    from genai_prices import __version__  # noqa: PLC0415

    return f"genai-prices {__version__}"
