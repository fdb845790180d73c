"""From a host to a connected socket: its addresses are judged, and the very same are called.

Private addresses are reached directly, whatever proxy there is; nothing of the environment counts.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass

from aiconnect.errors import ProviderError
from aiconnect.settings import Proxy
from aiconnect.wire.addresses import Policy, meant, reason_of
from aiconnect.wire.proxies import tunnel
from aiconnect.wire.reaching import Place, dial, resolve
from aiconnect.wire.types import Route

LOCAL_ENDS = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intranet")
# Longer than this the name is not waited for where the proxy can be asked for it.
PATIENCE_WITH_A_PROXY = 2.0


@dataclass(frozen=True, slots=True)
class Way:
    """The addresses of a host; none where only the proxy can know them."""

    host: str
    port: int
    places: tuple[Place, ...]

    @property
    def first(self) -> str:
        """The address that is tried first."""
        return str(self.places[0][1][0]) if self.places else ""


def connect(host: str, port: int, *, route: Route, policy: Policy) -> socket.socket:
    """Connect to the first of the host's addresses that may be called and answers.

    Gives a blocking socket without a timeout. Raises ProviderError, or CallError `no_capacity`
    when this server has no descriptor left (which no provider is to blame for).
    """
    ends = time.monotonic() + route.timeout.connect
    return _reach(way_to(host, port, route=route), route=route, policy=policy, ends=ends)[0]


def way_to(host: str, port: int, *, route: Route) -> Way:
    """Look the host up; raises ProviderError `name_not_found`, or leaves the name to the proxy."""
    if route.proxy is None or not _may_be_public(host):
        return Way(host, port, tuple(resolve(host, port, route.timeout.connect)))
    patience = min(route.timeout.connect, PATIENCE_WITH_A_PROXY)
    try:
        return Way(host, port, tuple(resolve(host, port, patience)))
    except ProviderError:
        return Way(host, port, ())


def go(
    way: Way, *, route: Route, policy: Policy, ends: float
) -> tuple[socket.socket, dict[str, str]]:
    """Judge the addresses and connect: to private ones directly, to others through the proxy.

    Gives the socket, and as facts between which addresses it is: `peer` or `proxy`, and `here`.
    """
    sock, proxy = _reach(way, route=route, policy=policy, ends=ends)
    facts = _ends(sock)
    if proxy is None:
        return sock, facts
    return sock, {"proxy": f"{proxy.host}:{proxy.port}", "here": facts["here"]}


def _reach(
    way: Way, *, route: Route, policy: Policy, ends: float
) -> tuple[socket.socket, Proxy | None]:
    """The socket, and the proxy that it goes through."""
    seconds, proxy = route.timeout.connect, route.proxy
    allowed = _allowed(way, route, policy)
    if proxy is None:
        return dial(allowed, way.host, seconds, ends=ends), None
    private = [place for place in allowed if _is_private(place)]
    if private:
        return dial(private, way.host, seconds, ends=ends), None
    return tunnel(proxy, way.host, way.port, seconds=seconds), proxy


def _ends(sock: socket.socket) -> dict[str, str]:
    try:
        peer, here = sock.getpeername(), sock.getsockname()
    except OSError:  # it is gone already
        return {"here": "?"}
    return {"peer": str(peer[0]), "here": str(here[0])}


def _allowed(way: Way, route: Route, policy: Policy) -> list[Place]:
    """The addresses that may be called. A proxy chooses by itself, so there all of them must be."""
    judged = [
        (place, policy.allows(str(place[1][0]), way.port, private=route.private))
        for place in way.places
    ]
    refusals = [reason for _, reason in judged if reason is not None]
    if refusals and (route.proxy is not None or len(refusals) == len(judged)):
        facts = {"host": way.host, "port": str(way.port), "reason": refusals[0]}
        raise ProviderError("address_refused", facts=facts)
    return [place for place, reason in judged if reason is None]


def _is_private(place: Place) -> bool:
    return reason_of(meant(str(place[1][0]))) is not None


def _may_be_public(host: str) -> bool:
    """Whether a proxy may be asked for this name: not for one of this network, nor for a number."""
    name = host.strip("[]").rstrip(".").lower()
    last = name.rpartition(".")[2]
    return "." in name and last[:1].isalpha() and not name.endswith(LOCAL_ENDS)
