"""Which models to recommend for what, and why: computed from facts, never from a list of names.

Only models that can be chosen now are; what the team has picked goes before what is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from aiconnect import clock
from aiconnect.models import TeamPick
from aiconnect.services.choosing.lines import FREE, UNKNOWN, Key
from aiconnect.services.choosing.picks import PURPOSES
from aiconnect.services.choosing.wanted import Seen

ROOM = 16_000
"""Tokens of context that a model needs to be recommended for anything but long texts."""
LONG = 100_000
CALLS = 3
"""Measured calls that say something about a model's speed."""
SOON = timedelta(days=30)
"""A model that is retired before then is recommended to nobody."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A model's purpose, whether the team has picked it, and with which note."""

    use: str
    is_team: bool = False
    note: str = ""


def recommended(
    every: Iterable[Seen], picks: Sequence[TeamPick] = ()
) -> dict[Key, list[Recommendation]]:
    """The recommendations of each model that has some, in the order of PURPOSES."""
    usable = {one.line.key: one for one in every if not one.reason}
    fit = [one for one in usable.values() if _is_lasting_text(one)]
    found: dict[Key, list[Recommendation]] = {}
    for use in PURPOSES:
        for key, recommendation in _for(use, usable, fit, picks):
            found.setdefault(key, []).append(recommendation)
    return found


def _for(
    use: str, usable: Mapping[Key, Seen], fit: list[Seen], picks: Sequence[TeamPick]
) -> list[tuple[Key, Recommendation]]:
    """The team's picks that can be used; where there are none, the best one by its facts."""
    chosen = [(one.connection_id, one.model_id) for one in picks if one.use == use]
    notes = {(one.connection_id, one.model_id): one.note for one in picks if one.use == use}
    if any(key in usable for key in chosen):
        keys = [key for key in chosen if key in usable]
        return [(key, Recommendation(use, is_team=True, note=notes[key])) for key in keys]
    best = BEST[use](fit)
    return [(best.line.key, Recommendation(use))] if best else []


def _is_lasting_text(one: Seen) -> bool:
    """Whether it writes text, and will go on doing so."""
    ends = one.line.retires_at
    return one.line.type == "chat" and (ends is None or ends > clock.now() + SOON)


def _best(fit: list[Seen], key: Callable[[Seen], tuple[float, ...]]) -> Seen | None:
    """The one with the highest key; of equals the first in the team's order."""
    return max(fit, key=key, default=None)


def _roomy(fit: list[Seen]) -> list[Seen]:
    return [one for one in fit if (one.line.context or 0) >= ROOM]


def _price(one: Seen) -> float:
    """What a thousand words in and out cost, where that is known."""
    return float((one.line.input or 0) + (one.line.output or 0))


def _chat(fit: list[Seen]) -> Seen | None:
    """Not dearer than half of the others, tools and the most room first."""
    priced = [one for one in _roomy(fit) if one.line.cost != UNKNOWN]
    if not priced:
        return None
    middle = median(_price(one) for one in priced)
    usual = [one for one in priced if _price(one) <= middle]
    return _best(usual, lambda one: ("tools" in one.line.capabilities, one.line.context or 0))


def _long(fit: list[Seen]) -> Seen | None:
    """The most room; of equals the cheaper one, an unknown price last."""
    able = [one for one in fit if (one.line.context or 0) >= LONG]
    return _best(able, lambda one: (one.line.context or 0, one.line.cost != UNKNOWN, -_price(one)))


def _fast(fit: list[Seen]) -> Seen | None:
    """The most tokens in a second, measured here."""
    measured = [one for one in fit if one.speed and one.speed.calls >= CALLS]
    return _best(measured, lambda one: (one.speed.tokens_per_second if one.speed else 0,))


def _cheap(fit: list[Seen]) -> Seen | None:
    """The lowest known price in the cloud; of equals the one with more room."""
    priced = [one for one in _roomy(fit) if not one.line.is_local and one.line.cost != UNKNOWN]
    return _best(priced, lambda one: (-_price(one), one.line.context or 0))


def _local(fit: list[Seen]) -> Seen | None:
    """In memory already; then the largest."""
    here = [one for one in fit if one.line.is_local and one.line.cost == FREE]
    return _best(here, lambda one: (one.line.loaded is True, one.line.size or 0))


BEST: Mapping[str, Callable[[list[Seen]], Seen | None]] = {
    "chat": _chat,
    "long": _long,
    "fast": _fast,
    "cheap": _cheap,
    "local": _local,
}
