"""The first steps towards a server, one by one: look up, connect, shake hands."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from socket import socket
from ssl import SSLSocket
from urllib.parse import urlsplit

from aiconnect.errors import CallError, ProviderError
from aiconnect.wire import certificates
from aiconnect.wire.addresses import Policy
from aiconnect.wire.breaks import PORTS
from aiconnect.wire.connecting import Way, go, way_to
from aiconnect.wire.tls import wrap_tls
from aiconnect.wire.types import Route

REFUSED_CERTIFICATES = {"tls_untrusted", "tls_name", "tls_expired"}
OUR_CERTIFICATES = {"ca_file", "ca_pem"}

Steps = Generator[tuple[str, str], None, None]


def probe(url: str, route: Route, policy: Policy) -> Steps:
    """Give (`name`|`connect`|`tls`, a word of detail) in turn; nothing is sent to the server.

    Raises ProviderError in the place of the step that fails; plain http has no `tls`. A name that
    only the proxy knows is given as an empty word.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 80)
    try:
        way = way_to(host, port, route=route)
        yield "name", way.first
        sock, ends = _go(way, route, policy)
    except CallError as error:  # this server is out of descriptors
        raise ProviderError(error.code) from None
    try:
        yield "connect", ends.get("peer") or ends.get("proxy", "")
        if parts.scheme == "https":
            sock = _encrypted(sock, way, route, policy, ends)
            yield "tls", sock.version() or ""
    finally:
        sock.close()


def _go(way: Way, route: Route, policy: Policy) -> tuple[socket, Mapping[str, str]]:
    ends = time.monotonic() + route.timeout.connect
    return go(way, route=route, policy=policy, ends=ends)


def _encrypted(
    sock: socket, way: Way, route: Route, policy: Policy, ends: Mapping[str, str]
) -> SSLSocket:
    """Shake hands; where the certificate is refused, look at it once more to say why."""
    try:
        return wrap_tls(sock, way.host, route=route)
    except ProviderError as error:
        facts = {"host": way.host, "port": str(way.port), **ends, **error.finding.facts}
        if error.code in REFUSED_CERTIFICATES and facts.get("reason") not in OUR_CERTIFICATES:
            facts |= _certificate(way, route, policy)
        raise ProviderError(error.code, facts=facts) from None


def _certificate(way: Way, route: Route, policy: Policy) -> dict[str, str]:
    try:
        again, _ = _go(way, route, policy)
    except (ProviderError, CallError):  # it was there a moment ago
        return {}
    return certificates.read(again, way.host, seconds=route.timeout.connect)
