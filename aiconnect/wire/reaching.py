"""From a name to a connected socket: looking up and dialling. Judges nothing."""

from __future__ import annotations

import errno
import socket
import threading
import time
from typing import Any

from aiconnect.errors import CallError, ProviderError

Place = tuple[socket.AddressFamily, tuple[Any, ...]]

NO_DESCRIPTORS = {errno.EMFILE, errno.ENFILE}


def dial(places: list[Place], host: str, seconds: float, *, ends: float) -> socket.socket:
    """Connect to the first of these places that answers before `ends`.

    Gives a blocking socket without a timeout; raises like `addresses.connect`. `seconds` is what
    the words of a failure say about the time.
    """
    failure: OSError = TimeoutError()
    for left, place in zip(range(len(places), 0, -1), places, strict=True):
        # A fair part of the time each, so one dead IPv6 address leaves some for IPv4.
        patience = (ends - time.monotonic()) / left
        try:
            return _dial(place, max(patience, 0.05))
        except OSError as error:
            failure = error
    raise _unreached(failure, host, places[-1], seconds)


def _dial(place: Place, patience: float) -> socket.socket:
    family, sockaddr = place
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(patience)
        sock.connect(sockaddr)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(None)
    except OSError:
        sock.close()
        raise
    return sock


def _unreached(
    error: OSError, host: str, place: Place, seconds: float
) -> ProviderError | CallError:
    if error.errno in NO_DESCRIPTORS:
        return CallError("no_capacity")
    address, port = str(place[1][0]), str(place[1][1])
    facts = {"host": host, "port": port, "peer": address, "seconds": f"{seconds:g}"}
    if isinstance(error, ConnectionRefusedError):
        return ProviderError("refused", facts=facts)
    reason = "no_answer" if isinstance(error, TimeoutError) else "no_route"
    return ProviderError("timeout", facts=facts | {"reason": reason})


def resolve(host: str, port: int, timeout: float) -> list[Place]:
    """The host's addresses in the system's order; gives up after `timeout` seconds."""
    name = host.strip("[]").rstrip(".")
    facts = {"host": host, "port": str(port)}
    # RFC 6761 section 6.4: names under .invalid never exist, and nobody needs to be asked.
    if not name or name.lower().endswith(".invalid"):
        raise ProviderError("name_not_found", facts=facts | {"reason": "unknown"})
    lookup = _Lookup(name, port)
    places = lookup.wait(timeout)
    if not places:
        _need_descriptor()
        raise ProviderError("name_not_found", facts=facts | {"reason": lookup.reason})
    return places


def _need_descriptor() -> None:
    """The resolver says the same to a missing name and to a missing descriptor: tell them apart."""
    try:
        socket.socket().close()
    except OSError:
        raise CallError("no_capacity") from None


LOOKUPS = threading.BoundedSemaphore(32)


class _Lookup:
    """One getaddrinfo, which knows no timeout, in a thread that may outlive its asker."""

    def __init__(self, name: str, port: int) -> None:
        self._name, self._port = name, port
        self._places: list[Place] = []
        self.reason = "resolver"

    def wait(self, timeout: float) -> list[Place]:
        if self._needs_nobody():
            self._run()
        elif LOOKUPS.acquire(timeout=timeout):
            thread = threading.Thread(target=self._run_once, name="lookup", daemon=True)
            thread.start()
            thread.join(timeout)
        return self._places

    def _needs_nobody(self) -> bool:
        """Numbers, and this machine: they are found even while every lookup waits for an answer."""
        is_number = ":" in self._name or self._name.replace(".", "").isdigit()
        return is_number or self._name.lower() == "localhost"

    def _run_once(self) -> None:
        try:
            self._run()
        finally:
            LOOKUPS.release()

    def _run(self) -> None:
        try:
            found = socket.getaddrinfo(self._name, self._port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            self.reason = "resolver" if error.errno == socket.EAI_AGAIN else "unknown"
        except (OSError, ValueError):  # a name that cannot be written in DNS is a UnicodeError
            self.reason = "unknown"
        else:
            self._places = [(family, sockaddr) for family, _, _, _, sockaddr in found]
