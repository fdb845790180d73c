"""Values that adapters take and give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.wire.types import Route


@dataclass(frozen=True, slots=True)
class Target:
    """An opened connection for one call: where to, with which key, under which rules.

    `headers` are those that the connection adds to every call; their values may be secret.
    """

    connection: str
    provider: Provider
    base_url: str
    secret: Secret | None = None
    route: Route = field(default_factory=Route)
    headers: Mapping[str, Secret] = field(default_factory=dict)

    @property
    def secrets(self) -> list[Secret]:
        """Everything that its calls send and no answer may repeat."""
        return [*([self.secret] if self.secret else []), *self.headers.values()]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a provider states about a model; None where it does not say.

    `type` is chat, embedding, image, audio, rerank or other; `context` and `output_limit` are
    tokens; `size` is bytes on the provider's disk; `parameters` is as written there ("8.2B");
    `capabilities` are of: tools, vision, reasoning, audio, insert; `retires_at` is announced;
    `moderated` is whether a router checks what goes to it (False says nothing of the model);
    `price` is what the list says that it costs, see adapters.list_prices.
    """

    id: str
    name: str = ""
    type: str = "chat"
    context: int | None = None
    output_limit: int | None = None
    family: str | None = None
    parameters: str | None = None
    quantization: str | None = None
    size: int | None = None
    loaded: bool | None = None
    capabilities: tuple[str, ...] = ()
    retires_at: datetime | None = None
    moderated: bool | None = None
    price: Mapping[str, int] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Account:
    """What a provider says about the account behind a key; amounts are USD, None where unsaid.

    `resets` is daily, weekly or monthly. `spent` is what the key has used in the day, week and
    month of UTC, and in total, as far as the provider says it.
    """

    label: str = ""
    limit: Decimal | None = None
    remaining: Decimal | None = None
    used: Decimal | None = None
    resets: str = ""
    expires_at: datetime | None = None
    is_free_tier: bool | None = None
    spent: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call in disjoint parts; None where the provider did not say.

    `input` is without cache reads and writes, `output` without reasoning. `generation_ms` is the
    provider's own figure for the time that the output took; `cost` is what the provider says that
    the call costs, in USD. `details` are counts beside these (see adapters.details).
    """

    input: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None
    generation_ms: int | None = None
    cost: Decimal | None = None
    details: Mapping[str, int] = field(default_factory=dict)
