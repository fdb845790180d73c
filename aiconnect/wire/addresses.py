"""Which addresses are called, judged on the very address that is connected to."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Protocol

from aiconnect.errors import CallError, ProviderError
from aiconnect.wire.tls import wrap_tls
from aiconnect.wire.types import Route

__all__ = ["OpenPort", "Policy", "ShippedPolicy", "connect", "reason_of", "resolve", "wrap_tls"]

Address = IPv4Address | IPv6Address
OpenPort = tuple[str, int]
Place = tuple[socket.AddressFamily, tuple[Any, ...]]

# Where clouds serve credentials to whatever runs inside them (AWS, GCP, Azure, Alibaba, Oracle).
METADATA = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",
        "169.254.170.2",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
    )
)
THIS_NETWORK = ip_network("0.0.0.0/8")
NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
COMPATIBLE = ip_network("::/96")  # deprecated IPv4-compatible form, ::a.b.c.d
ISATAP = (0x00005EFE, 0x02005EFE)
NO_DESCRIPTORS = {errno.EMFILE, errno.ENFILE}


class Policy(Protocol):
    """Says whether an address may be called."""

    def allows(self, ip: str, port: int, *, private: bool) -> str | None:
        """None where it may, else a reason: one of `reason_of`'s, or `own_address`."""


@dataclass(frozen=True, slots=True)
class ShippedPolicy:
    """Public always, private where the connection says so, link-local and our own address never.

    `own` gives the (IP, port) pairs that this server listens on.
    """

    own: Callable[[], frozenset[OpenPort]] = field(default=frozenset)

    def allows(self, ip: str, port: int, *, private: bool) -> str | None:
        """None where it may be called, else the reason."""
        address = _inner(ip_address(ip.partition("%")[0]))
        reason = reason_of(address)
        if reason not in {None, "private"}:
            return reason
        if any(port == mine and _same_host(address, host) for host, mine in self.own()):
            return "own_address"
        return None if private else reason


def reason_of(address: Address) -> str | None:
    """None for a public address; else unspecified, metadata, link_local, multicast or private."""
    if address.is_unspecified or address in THIS_NETWORK:
        return "unspecified"
    if address in METADATA:
        return "metadata"
    if address.is_link_local:
        return "link_local"
    if address.is_multicast or str(address) == "255.255.255.255":
        return "multicast"
    if not address.is_global or (address.version == 6 and address.is_site_local):
        return "private"
    return None


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for: mapped, NAT64, 6to4, Teredo, ISATAP."""
    if isinstance(address, IPv4Address):
        return address
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped or any(address in net for net in NAT64):
        return low
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in COMPATIBLE and int(address) > 1:
        return low
    return low if int(address) >> 32 & 0xFFFFFFFF in ISATAP else address


def _same_host(address: Address, own: str) -> bool:
    mine = _inner(ip_address(own))
    if mine.is_unspecified:
        return _is_of_this_machine(address)
    return address == mine or (address.is_loopback and mine.is_loopback)


def _is_of_this_machine(address: Address) -> bool:
    """Whether the address is one of ours: only those can be bound."""
    if address.is_loopback:
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def connect(host: str, port: int, *, route: Route, policy: Policy) -> socket.socket:
    """Connect to the first of the host's addresses that may be called and answers.

    Gives a blocking socket without a timeout. Raises ProviderError, or CallError `no_capacity`
    when this server has no descriptor left (which no provider is to blame for).
    """
    deadline = time.monotonic() + route.timeout.connect
    places = resolve(host, port, route.timeout.connect)
    refusals = [policy.allows(str(place[1][0]), port, private=route.private) for place in places]
    allowed = [place for place, reason in zip(places, refusals, strict=True) if reason is None]
    if not allowed:
        facts = {"host": host, "port": str(port), "reason": refusals[0] or "private"}
        raise ProviderError("address_refused", facts=facts)
    failure: OSError = TimeoutError()
    for left, place in zip(range(len(allowed), 0, -1), allowed, strict=True):
        # A fair part of the time each, so one dead IPv6 address leaves some for IPv4.
        patience = (deadline - time.monotonic()) / left
        try:
            return _dial(place, max(patience, 0.05))
        except OSError as error:
            failure = error
    raise _unreached(failure, host, port, route.timeout.connect)


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


def _unreached(error: OSError, host: str, port: int, seconds: float) -> ProviderError | CallError:
    if error.errno in NO_DESCRIPTORS:
        return CallError("no_capacity")
    facts = {"host": host, "port": str(port), "seconds": f"{seconds:g}"}
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
