"""What the gateway knows: one immutable picture of the database, replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cached_property
from types import MappingProxyType
from typing import Any

from aiconnect.adapters import ADAPTERS
from aiconnect.adapters.base import Adapter
from aiconnect.adapters.quirks import concerns
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.calls.budgets import NO_PRICES, Budget, Prices
from aiconnect.providers.spec import Quirk
from aiconnect.wire.relay import Door

MOST_DOORS = 1000
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Limit:
    """What may be asked of us in a minute, and at once; None: no limit."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    parallel: int | None = None

    @property
    def is_set(self) -> bool:
        return self != NO_LIMIT


NO_LIMIT = Limit()


@dataclass(frozen=True, slots=True)
class Caller:
    """An access token as the gateway sees it. `expires_at` is seconds since the epoch.

    `names` are the models (`connection/id`) of the collections that it is limited to, None: it
    is not; `person_limit` holds for all tokens of the person together; `reads_metrics` is its
    right to see /metrics.
    """

    token_id: int
    token_name: str
    person_id: int
    person: str
    expires_at: float | None = None
    patterns: tuple[str, ...] = ()
    names: frozenset[str] | None = None
    limit: Limit = NO_LIMIT
    person_limit: Limit = NO_LIMIT
    reads_metrics: bool = False

    def may_use(self, name: str) -> bool:
        """Whether `connection/model` fits a pattern; one without a slash means the id alone."""
        if self.names is not None and name not in self.names:
            return False
        if not self.patterns:
            return True
        bare = name.split("/", 1)[1]
        return any(fnmatchcase(name if "/" in p else bare, p) or p == bare for p in self.patterns)


def is_allowed(patterns: Sequence[str], model_id: str) -> bool:
    """Whether a pattern fits, or none is set; a pattern is a name with * and ? in it, or plain."""
    if not patterns:
        return True
    return any(model_id == one or fnmatchcase(model_id, one) for one in patterns)


@dataclass(frozen=True, slots=True)
class Served:
    """A model that one connection serves; `made` is seconds since the epoch, for the model list.

    `card` is what its provider states about it, None where it was never listed.
    """

    connection_id: int
    connection: str
    model_id: str
    type: str = "chat"
    made: int = 0
    card: ModelCard | None = None

    @property
    def name(self) -> str:
        return f"{self.connection}/{self.model_id}"


@dataclass(frozen=True, slots=True)
class Step:
    """One model of a route or collection. `first_byte` seconds and `retries`: None for the usual.

    `parameters` are a collection's own settings for it, which go before what a caller asks for.
    """

    connection: str
    model_id: str
    first_byte: float | None = None
    retries: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=lambda: NOTHING, hash=False)

    @property
    def name(self) -> str:
        return f"{self.connection}/{self.model_id}"


@dataclass(frozen=True, slots=True)
class Routed:
    """A name that stands for models in order: a route, or a collection.

    `total` bounds all tries of one call together, in seconds; None: the server's own limit.
    `owner_id` is whom alone a personal collection serves.
    """

    name: str
    steps: tuple[Step, ...]
    total: float | None = None
    owner_id: int | None = None


@dataclass(frozen=True)
class Opened:
    """A connection ready to be called.

    `any_model` is True while its models were never listed nor entered: then every id goes
    through under its name that fits one of the patterns in `allowed` (none: every one) and is
    not `hidden`: switched off by somebody, in a list that a job has read.
    `broken` means that its key does not open. `owner_id` is whom alone a personal connection
    serves. `first_byte` is how many seconds its calls wait for the first byte, None for the usual
    time. `no_stream_options` is a quirk that an earlier call has shown. `retried_at` is when
    somebody last wanted what is known of its failures forgotten. `flat_fee` means that a
    subscription pays for its calls.
    """

    id: int
    name: str
    target: Target
    enabled: bool = True
    broken: bool = False
    any_model: bool = False
    hidden: frozenset[str] = frozenset()
    no_stream_options: bool = False
    owner_id: int | None = None
    allowed: tuple[str, ...] = ()
    first_byte: float | None = None
    limit: Limit = NO_LIMIT
    retried_at: datetime | None = None
    flat_fee: bool = False

    @cached_property
    def _quirks(self) -> dict[str, tuple[tuple[bytes, Quirk], ...]]:
        return {}

    def quirks(self, model_id: str, raw: bytes) -> tuple[Quirk, ...]:
        """Those of its provider that may hold for this model and this JSON."""
        every = self.target.provider.quirks
        if not every:
            return every
        known = self._quirks.get(model_id)
        if known is None:
            if len(self._quirks) > MOST_DOORS:
                self._quirks.clear()
            known = tuple((_named(one), one) for one in every if concerns(one, model_id))
            self._quirks[model_id] = known
        if b"\\u00" in raw:  # a name of which letters are written as numbers
            return tuple(one for _, one in known)
        return tuple(one for field, one in known if field in raw)

    def serves(self, person_id: int) -> bool:
        """Whether this person may call it at all."""
        return self.owner_id in {None, person_id}

    def takes(self, model_id: str) -> bool:
        """Whether a model that nobody has listed or entered goes through."""
        fits = any(model_id == one or fnmatchcase(model_id, one) for one in self.allowed)
        is_off = model_id in self.hidden or f"{model_id}:latest" in self.hidden
        return self.any_model and not is_off and (fits or not self.allowed)

    @property
    def is_free(self) -> bool:
        return self.target.provider.free

    @property
    def adapter(self) -> Adapter:
        return ADAPTERS[self.target.provider.dialect]

    @cached_property
    def _doors(self) -> dict[tuple[str, str, bool], Door | None]:
        return {}

    def door(self, wire: str, model_id: str = "", *, is_stream: bool = False) -> Door | None:
        """Where this wire is spoken; None where it is not. Each door's head is written once."""
        doors, key = self._doors, (wire, model_id, is_stream)
        if key not in doors:
            if len(doors) > MOST_DOORS:
                doors.clear()
            call = self.adapter.endpoint(self.target, wire, model_id, is_stream=is_stream)
            doors[key] = Door.of(call, self.target.route) if call else None
        return doors[key]


def _named(quirk: Quirk) -> bytes:
    """How the innermost field that it is about looks in JSON."""
    return b'"' + quirk.field.rpartition(".")[2].removesuffix("[]").encode() + b'"'


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What people have set of how much the gateway takes, in seconds and bytes; None: the usual.

    `calls` are those that hold a thread, `streams` those that are open; of each process.
    """

    calls: int | None = None
    streams: int | None = None
    first_byte: float | None = None
    silence: float | None = None
    total: float | None = None
    longest_wait: float | None = None
    breaker: bool | None = None
    body_bytes: int | None = None


USUAL = Ceilings()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`callers` by SHA-256 digest of the access token (32 bytes); `served` in the team's order.

    `by_id` has every model of a bare id in that order: whose call it is decides which is taken.
    `routes` and `collections` are by name. `frozen`: nothing that costs money goes out.
    `keeps_texts`: what calls ask and are answered is kept for a while.
    """

    revision: int
    callers: Mapping[bytes, Caller] = field(default_factory=dict)
    connections: Mapping[str, Opened] = field(default_factory=dict)
    served: tuple[Served, ...] = ()
    by_name: Mapping[str, Served] = field(default_factory=dict)
    by_id: Mapping[str, tuple[Served, ...]] = field(default_factory=dict)
    routes: Mapping[str, Routed] = field(default_factory=dict)
    collections: Mapping[str, Routed] = field(default_factory=dict)
    ceilings: Ceilings = USUAL
    budgets: tuple[Budget, ...] = ()
    prices: Prices = NO_PRICES
    frozen: bool = False
    keeps_texts: bool = False

    @classmethod
    def of(
        cls,
        revision: int,
        callers: Mapping[bytes, Caller],
        connections: Mapping[str, Opened],
        served: tuple[Served, ...],
        *,
        routes: Mapping[str, Routed] = NOTHING,
        collections: Mapping[str, Routed] = NOTHING,
        ceilings: Ceilings = USUAL,
    ) -> Snapshot:
        """Index `served`: by `connection/id`, and by bare id in the team's order."""
        by_name = {one.name: one for one in served}
        by_id: dict[str, list[Served]] = {}
        usable = [one for one in served if connections[one.connection].enabled]
        for one in usable:
            by_id.setdefault(one.model_id, []).append(one)
        for one in served:  # Ollama's own way: a name without a tag means the tag "latest"
            by_name.setdefault(one.name.removesuffix(":latest"), one)
        for one in usable:
            bare = one.model_id.removesuffix(":latest")
            if bare != one.model_id:
                by_id.setdefault(bare, []).append(one)
        freeze = MappingProxyType
        return cls(
            revision,
            freeze(dict(callers)),
            freeze(dict(connections)),
            served,
            freeze(by_name),
            freeze({name: tuple(found) for name, found in by_id.items()}),
            freeze(dict(routes)),
            freeze(dict(collections)),
            ceilings,
        )


EMPTY = Snapshot(0)
