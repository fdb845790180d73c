"""What a sum over the ledger says, and which calls it is of."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from operator import add, attrgetter, sub
from typing import Literal, get_args

By = Literal["model", "person", "token", "connection", "collection"]
BYS: tuple[By, ...] = get_args(By)
Per = Literal["hour", "day", "month"]


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over calls; money is nano-dollars, tokens are disjoint.

    `calls` are `ok`, `refused`, `failed` and `left` (by the caller) together. `cost` is what is
    owed, `notional` what subscriptions would have cost. The rest as in UsageRollup.
    """

    calls: int = 0
    fallbacks: int = 0
    estimated: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cost: int = 0
    notional: int = 0
    timed: int = 0
    latency_ms: int = 0
    written_tokens: int = 0
    written_ms: int = 0
    ok: int = 0
    refused: int = 0
    failed: int = 0
    left: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*map(add, _values(self), _values(other)))

    def __sub__(self, other: Figures) -> Figures:
        """What is left, never below 0: a sum stops at what a column holds, and its parts do too."""
        left = map(sub, _values(self), _values(other))
        return Figures(*(max(0, one) for one in left))

    @property
    def given_tokens(self) -> int:
        """What was asked: with what was cached."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens

    @property
    def made_tokens(self) -> int:
        """What was answered: with reasoning."""
        return self.output_tokens + self.reasoning_tokens


NAMES = tuple(one.name for one in fields(Figures))
_values = attrgetter(*NAMES)  # a page adds up hundreds: `astuple` copies each number deeply
ENDINGS = ("ok", "refused", "failed", "left")
"""As in models.Ending: rows of rollups are of one of these each."""
MEASURES = tuple(name for name in NAMES if name not in ENDINGS)
"""Columns of a rollup."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The calls that share `key` (`id` 0 where it has none) and, where asked for, `start`.

    `key` is a name as records had it: one of something renamed has several. It is "" where there
    was none, for what is not to be named, and for a sum of everything. `start` is when the hour,
    day or month began, in UTC.
    """

    key: str
    id: int
    start: datetime | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls; None for all. `outcome` is a models.Ending: ok, refused, failed or left.

    Calls through the connections `without` are left out.
    """

    person_id: int | None = None
    access_token_id: int | None = None
    connection_id: int | None = None
    model: str | None = None
    collection: str | None = None
    outcome: str | None = None
    without: tuple[int, ...] = ()


ALL = Wanted()
