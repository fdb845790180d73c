"""What `GET /metrics` tells Prometheus, and who may ask.

Each process counts for itself, in a registry of its own: nothing of the machine or the Python
process is read. Labels are names of connections and words of ours, never a caller's.
"""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from aiconnect.adapters.types import Usage
from aiconnect.calls.faults import FAULTS, REACHED, UNREACHED
from aiconnect.calls.snapshot import Caller
from aiconnect.errors import KINDS
from aiconnect.gateway.gauges import Gauges, Sources
from aiconnect.gateway.requests import Environ

# Without it each counter has a second series, which nobody reads. The library types it not at all.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OUTCOMES = {"ok", "refused", "failed", "cut", "caller_left", "interrupted"}
CODES = {*KINDS, *FAULTS, *REACHED, *UNREACHED, "ok", "caller_left"}
STATUSES = {status.value for status in HTTPStatus} | {498, 499, 529}
PARTS = ("input", "cache_read", "cache_write", "output", "reasoning")
MOST_CONNECTIONS = 500
OTHER = "other"

LATENCY = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 900)
FIRST = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 30, 60, 300)


class Metrics:
    """The counters. Thread-safe; a call costs a few microseconds, once, when it is settled."""

    def __init__(self, sources: Sources) -> None:
        self._registry = registry = CollectorRegistry()
        self._calls = Counter(
            "aiconnect_calls", "Calls settled.", ["connection", "outcome", "status"],
            registry=registry,
        )  # fmt: skip
        self._tokens = Counter(
            "aiconnect_tokens", "Tokens that providers counted, in disjoint parts.",
            ["connection", "kind"], registry=registry,
        )  # fmt: skip
        self._attempts = Counter(
            "aiconnect_attempts", "Tries of calls at providers, by how each ended.",
            ["connection", "code"], registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "aiconnect_call_seconds", "From a call's begin to its end.", ["connection"],
            buckets=LATENCY, registry=registry,
        )  # fmt: skip
        self._first = Histogram(
            "aiconnect_first_token_seconds", "From a call's begin to its first content.",
            ["connection"], buckets=FIRST, registry=registry,
        )  # fmt: skip
        self._unauthorized = Counter(
            "aiconnect_unauthorized", "Requests without a good access token.", registry=registry
        )
        self._journal_full = Counter(
            "aiconnect_journal_full", "Calls refused as the journal had no room.", registry=registry
        )
        registry.register(Gauges(sources))
        self._children: dict[tuple[Any, ...], Any] = {}
        self._connections: set[str] = set()

    def settled(
        self,
        connection: str,
        outcome: str,
        status: int | None,
        *,
        seconds: float,
        first: float | None = None,
        usage: Usage | None = None,
    ) -> None:
        """Count a call that has ended; `connection` is "" where none was reached."""
        self._child(self._calls, connection, _outcome(outcome), _status(status)).inc()
        self._child(self._seconds, connection).observe(seconds)
        if first is not None:
            self._child(self._first, connection).observe(first)
        if usage is None:
            return
        for part in PARTS:
            count = getattr(usage, part)
            if count:
                self._child(self._tokens, connection, part).inc(count)

    def tried(self, connection: str, code: str | None) -> None:
        """Count one attempt: None where it was answered, else the code of its failure."""
        known = "ok" if code is None else code if code in CODES else OTHER
        self._child(self._attempts, connection, known).inc()

    def unauthorized(self) -> None:
        self._unauthorized.inc()

    def journal_full(self) -> None:
        self._journal_full.inc()

    def render(self) -> tuple[bytes, str]:
        """The answer's body and content type."""
        return generate_latest(self._registry), CONTENT_TYPE

    def _child(self, metric: Counter | Histogram, connection: str, *labels: str) -> Any:
        key = (metric, connection, *labels)
        found = self._children.get(key)
        if found is None:
            found = metric.labels(self._bounded(connection), *labels)
            if len(self._connections) < MOST_CONNECTIONS:
                self._children[key] = found
        return found

    def _bounded(self, connection: str) -> str:
        """Connections come and go, and what was counted for them stays."""
        if connection not in self._connections and len(self._connections) >= MOST_CONNECTIONS:
            return OTHER
        self._connections.add(connection)
        return connection


def _outcome(outcome: str) -> str:
    return outcome if outcome in OUTCOMES else OTHER


def _status(status: int | None) -> str:
    if status is None:
        return "none"
    return str(status) if status in STATUSES else OTHER


FORWARDED = {"HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_CF_CONNECTING_IP",
             "HTTP_TRUE_CLIENT_IP", "HTTP_X_CLIENT_IP"}  # fmt: skip


def may_read(environ: Environ, caller: Caller | None, trusted_proxies: tuple[str, ...]) -> bool:
    """Whether a request may see the metrics.

    An access token with that right, or this machine itself: a loopback peer that asks for a
    loopback host (a page in its browser cannot pretend to, by a name that leads here), through
    no proxy, and where none is trusted.
    """
    if caller is not None and caller.reads_metrics:
        return True
    is_forwarded = any(key in FORWARDED or key.startswith("HTTP_X_FORWARDED") for key in environ)
    if trusted_proxies or is_forwarded or not _is_loopback(environ.get("REMOTE_ADDR", "")):
        return False
    host = environ.get("HTTP_HOST", "")
    return not host or _is_loopback(_host(host))


def _host(host: str) -> str:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
    return "127.0.0.1" if name == "localhost" else name


def _is_loopback(address: str) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if ip.version == 6 else None
    return (mapped or ip).is_loopback
