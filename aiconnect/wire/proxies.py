"""The way through an outgoing proxy: it is asked for a tunnel, then it only passes bytes on."""

from __future__ import annotations

import socket
import time
from base64 import b64encode

from aiconnect.errors import ProviderError
from aiconnect.settings import Proxy
from aiconnect.wire import http1
from aiconnect.wire.reaching import dial, resolve

CANNOT_REACH = {502, 503, 504}


def tunnel(proxy: Proxy, host: str, port: int, *, seconds: float) -> socket.socket:
    """A socket whose other end is host and port, as far as the proxy says.

    Gives a blocking socket without a timeout. Raises ProviderError proxy_unreachable, proxy_auth
    or proxy_refused, or CallError `no_capacity`.
    """
    ends = time.monotonic() + seconds
    facts = {"host": host, "port": str(port), "proxy": f"{proxy.host}:{proxy.port}"}
    sock = _reach(proxy, seconds, ends, facts)
    try:
        sock.sendall(_request(proxy, host, port))
        _check(_answer(sock, ends), facts)
    except TimeoutError:
        sock.close()
        reason = {"reason": "silent", "seconds": f"{seconds:g}"}
        raise ProviderError("proxy_unreachable", facts=facts | reason) from None
    except (OSError, ValueError):
        sock.close()
        raise ProviderError("proxy_refused", facts=facts | {"reason": "no_proxy"}) from None
    except ProviderError:
        sock.close()
        raise
    sock.settimeout(None)
    return sock


def _reach(proxy: Proxy, seconds: float, ends: float, facts: dict[str, str]) -> socket.socket:
    """Connect to the proxy itself: whoever set it up chose its address, so no policy judges it."""
    try:
        places = resolve(proxy.host, proxy.port, seconds)
        sock = dial(places, proxy.host, seconds, ends=ends)
    except ProviderError as error:
        reason = {"reason": error.code, "seconds": f"{seconds:g}"}
        raise ProviderError("proxy_unreachable", facts=facts | reason) from None
    sock.settimeout(max(ends - time.monotonic(), 0.05))
    return sock


def _request(proxy: Proxy, host: str, port: int) -> bytes:
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}", "User-Agent: aiconnect"]
    if proxy.login is not None:
        login = b64encode(proxy.login.reveal().encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {login}")
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")


def _answer(sock: socket.socket, ends: float) -> http1.Head:
    """The head of the proxy's answer; raises TimeoutError, OSError, Malformed or Cut."""
    buffer = b""
    while True:
        sock.settimeout(max(ends - time.monotonic(), 0.05))
        chunk = sock.recv(http1.MAX_HEAD)
        if not chunk:
            raise http1.Cut("the proxy hung up")
        buffer += chunk
        found = http1.split_head(buffer)
        if found is None:
            continue
        head, rest = found
        if rest and 200 <= head.status < 300:  # the host behind it waits for us to begin
            raise http1.Malformed("words within the tunnel before ours")
        return head


def _check(head: http1.Head, facts: dict[str, str]) -> None:
    if 200 <= head.status < 300:
        return
    status = {"status": str(head.status)}
    if head.status == 407:
        raise ProviderError("proxy_auth", status=407, facts=facts | status)
    reason = {"reason": "upstream"} if head.status in CANNOT_REACH else {}
    raise ProviderError("proxy_refused", status=head.status, facts=facts | status | reason)
