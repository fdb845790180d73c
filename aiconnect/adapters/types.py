"""Values that adapters take and give."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.wire.types import Route


@dataclass(frozen=True, slots=True)
class Target:
    """An opened connection for one call: where to, with which key, under which rules."""

    connection: str
    provider: Provider
    base_url: str
    secret: Secret | None = None
    route: Route = field(default_factory=Route)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a provider states about a model; None where it does not say.

    `type` is chat, embedding, image, audio, rerank or other; `context` and `output_limit` are
    tokens; `size` is bytes on the provider's disk; `parameters` is as written there ("8.2B").
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


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call in disjoint parts; None where the provider did not say.

    `input` is without cache reads and writes, `output` without reasoning.
    """

    input: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None
