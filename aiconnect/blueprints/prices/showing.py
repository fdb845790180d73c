"""Prices as their page shows them to one reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from aiconnect import clock
from aiconnect.blueprints import seen
from aiconnect.blueprints.sentences import _
from aiconnect.extensions import db
from aiconnect.providers import PROVIDERS
from aiconnect.services import pricing
from aiconnect.services.choosing import FREE, UNKNOWN
from aiconnect.services.choosing import lines as models
from aiconnect.services.price_updates import Change, Diff
from aiconnect.services.pricing import Standing, usd


@dataclass(frozen=True, slots=True)
class Row:
    """A served model; amounts are USD for a million tokens, None where nobody knows.

    `source` says in words where the price is from, `since` when an own price began.
    """

    line: models.Line
    source: str
    since: datetime | None = None

    @property
    def input(self) -> Decimal | None:
        return usd(self.line.input)

    @property
    def output(self) -> Decimal | None:
        return usd(self.line.output)

    @property
    def cache_read(self) -> Decimal | None:
        """Where it is another amount than that of what is sent."""
        price = self.line.price
        if price is None or price.rates.cache_read == price.rates.input:
            return None
        return usd(price.rates.cache_read)

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows what its calls cost, not even afterwards."""
        return self.line.cost == UNKNOWN and not _states_cost(self.line)


def rows(sought: str, *, unknown: bool) -> list[Row]:
    """The models that the reader sees, those that fit what is sought, by name."""
    here = {one.id for one in seen.whole()}
    begun = pricing.beginnings(db.session())
    wanted = sought.casefold()
    found = [
        Row(line, source_of(line), begun.get(line.price.source) if line.price else None)
        for line in models.every(db.session()).lines
        if line.is_served and line.connection_id in here and wanted in line.sought
    ]
    kept = [one for one in found if one.is_unknown or not unknown]
    return sorted(kept, key=lambda one: one.line.asked)


def own() -> list[Standing]:
    """The team's own prices that hold or will; without names of other people's connections."""
    every, here = set(pricing.connection_names(db.session())), {one.name for one in seen.whole()}
    found = pricing.standing(db.session(), clock.now())
    return [one for one in found if one.model.partition("/")[0] not in every - here]


def source_of(line: models.Line) -> str:
    """Where the price of a model is from, in words."""
    if line.price is not None:
        return source_word(line.price.source)
    if line.cost == FREE:
        return _("a server of your own")
    return _("the provider says it with each answer") if _states_cost(line) else ""


def source_word(source: str) -> str:
    """A price's source in words."""
    if source.startswith("own:"):
        return _("set by your team")
    if source.startswith("list:"):
        return _("the provider's own list")
    return source


def changes(diff: Diff) -> Sequence[Change]:
    """Those of connections that the reader sees."""
    here = {one.id for one in seen.whole()}
    return [one for one in diff.changes if one.connection_id in here]


def _states_cost(line: models.Line) -> bool:
    provider = PROVIDERS.get(line.provider)
    return provider is not None and provider.states_cost


def words() -> Mapping[str, object]:
    """What the templates of prices ask for."""
    return {"source_word": source_word, "usd": usd}
