"""Which addresses are called, judged on the very address that is connected to."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Protocol

Address = IPv4Address | IPv6Address
OpenPort = tuple[str, int]

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
KEPT = 1024
"""Addresses whose judgement is remembered: it follows from the address alone."""

ISATAP = (0x00005EFE, 0x02005EFE)


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
        address = meant(ip)
        reason = reason_of(address)
        if reason not in {None, "private"}:
            return reason
        if any(port == mine and _same_host(address, host) for host, mine in self.own()):
            return "own_address"
        return None if private else reason


@lru_cache(maxsize=KEPT)
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


@lru_cache(maxsize=KEPT)
def meant(ip: str) -> Address:
    """The address that this text leads to, without a zone and without any wrapping."""
    return _inner(ip_address(ip.partition("%")[0]))


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
    mine = meant(own)
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
