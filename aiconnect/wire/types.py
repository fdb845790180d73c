"""What goes over a wire: a call, its reply, how long to wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from aiconnect.secret import Secret
from aiconnect.settings import Proxy, Settings


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds: to connect, until the first byte, between bytes, and for the whole call."""

    connect: float = 5.0
    first_byte: float = 300.0
    silence: float = 60.0
    total: float = 900.0


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request. `secrets` are headers too; no repr or log shows them, or what the body says."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer: header names in lower case, the body as it came (bounded), total ms."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    ms: int = 0

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Ways:
    """What a deployment says about the way out, for every connection."""

    ca_file: str | None = None
    proxy: Proxy | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        ca_file = str(settings.ca_file) if settings.ca_file else None
        return cls(ca_file, settings.outgoing_proxy)


@dataclass(frozen=True, slots=True)
class Route:
    """How to get to a host.

    Are private addresses allowed; which CA file, and which certificates in PEM, are trusted as
    well; through which proxy (private addresses are reached directly).
    """

    private: bool = False
    ca_file: str | None = None
    ca_pem: str | None = None
    proxy: Proxy | None = None
    timeout: Timeout = Timeout()
