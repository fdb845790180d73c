"""The address policy over every awkward form of address, and connecting."""

from __future__ import annotations

import socket
import time

import pytest

from aiconnect.errors import CallError, ProviderError
from aiconnect.wire.addresses import ShippedPolicy
from aiconnect.wire.connecting import connect
from aiconnect.wire.types import Route, Timeout
from tests.limits import no_descriptors
from tests.wire.conftest import until_closed

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "240.0.0.1",
    "::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fec0::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::1",
    "2002:c0a8:101::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2606:4700::5efe:192.168.1.1",
    "2606:4700::200:5efe:10.0.0.1",
]

NEVER = [
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("::", "unspecified"),
    ("::ffff:0.0.0.0", "unspecified"),
    ("169.254.1.1", "link_local"),
    ("fe80::1", "link_local"),
    ("fe80::1%lo", "link_local"),
    ("::ffff:169.254.1.1", "link_local"),
    ("2002:a9fe:101::1", "link_local"),
    ("169.254.169.254", "metadata"),
    ("169.254.170.2", "metadata"),
    ("168.63.129.16", "metadata"),
    ("100.100.100.200", "metadata"),
    ("192.0.0.192", "metadata"),
    ("fd00:ec2::254", "metadata"),
    ("fd20:ce::254", "metadata"),
    ("::ffff:169.254.169.254", "metadata"),
    ("::a9fe:a9fe", "metadata"),
    ("64:ff9b::a9fe:a9fe", "metadata"),
    ("64:ff9b:1::a9fe:a9fe", "metadata"),
    ("2002:a9fe:a9fe::1", "metadata"),
    ("2606:4700::5efe:169.254.169.254", "metadata"),
    ("224.0.0.1", "multicast"),
    ("239.1.2.3", "multicast"),
    ("255.255.255.255", "multicast"),
    ("ff02::1", "multicast"),
    ("::ffff:224.0.0.1", "multicast"),
]


@pytest.mark.parametrize("ip", PUBLIC)
@pytest.mark.parametrize("private", [False, True])
def test_a_public_address_is_always_allowed(ip, private):
    assert ShippedPolicy().allows(ip, 443, private=private) is None


@pytest.mark.parametrize("ip", PRIVATE)
def test_a_private_address_needs_the_connections_switch(ip):
    assert ShippedPolicy().allows(ip, 443, private=False) == "private"
    assert ShippedPolicy().allows(ip, 443, private=True) is None


@pytest.mark.parametrize(("ip", "reason"), NEVER)
@pytest.mark.parametrize("private", [False, True])
def test_some_addresses_are_never_allowed(ip, reason, private):
    assert ShippedPolicy().allows(ip, 80, private=private) == reason


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("own", ["127.0.0.1", "0.0.0.0", "::"])
def test_our_own_port_is_never_called_under_any_name(ip, own):
    policy = ShippedPolicy(lambda: frozenset({(own, 8600)}))
    assert policy.allows(ip, 8600, private=True) == "own_address"
    assert policy.allows(ip, 8601, private=True) is None


def test_another_machine_may_use_our_port():
    policy = ShippedPolicy(lambda: frozenset({("0.0.0.0", 8600), ("::", 8600)}))
    assert policy.allows("8.8.8.8", 8600, private=True) is None
    assert policy.allows("2606:4700:4700::1111", 8600, private=True) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost"])
def test_every_spelling_of_loopback_is_judged_by_where_it_leads(host, free_port):
    with pytest.raises(ProviderError) as failure:
        connect(host, free_port, route=Route(private=False), policy=ShippedPolicy())
    assert failure.value.code == "address_refused"
    assert failure.value.finding.facts["reason"] == "private"


def test_a_connection_is_blocking_and_sends_small_writes_at_once(serve):
    port = serve(until_closed)
    route = Route(private=True)
    with connect("localhost", port, route=route, policy=ShippedPolicy()) as sock:
        assert sock.gettimeout() is None
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_where_nobody_listens_refuses(free_port):
    with pytest.raises(ProviderError) as failure:
        connect("127.0.0.1", free_port, route=Route(private=True), policy=ShippedPolicy())
    assert failure.value.code == "refused"
    assert failure.value.finding.facts["port"] == str(free_port)


def test_a_machine_that_drops_packets_times_out():
    """A listener whose queue is full answers no further connection."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(3)]
        for sock in waiting:
            sock.settimeout(0)
            sock.connect_ex(full.getsockname())
        route = Route(private=True, timeout=Timeout(connect=0.2))
        begun = time.monotonic()
        with pytest.raises(ProviderError) as failure:
            connect(*full.getsockname(), route=route, policy=ShippedPolicy())
        for sock in waiting:
            sock.close()
    assert failure.value.code == "timeout"
    assert failure.value.finding.facts["reason"] == "no_answer"
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("host", ["nowhere.invalid", "NOWHERE.INVALID.", "a..b", "", "x" * 70])
def test_a_name_that_does_not_exist_is_said_to_be_unknown(host):
    with pytest.raises(ProviderError) as failure:
        connect(host, 80, route=Route(private=True), policy=ShippedPolicy())
    assert failure.value.code == "name_not_found"
    assert failure.value.finding.facts == {"host": host, "port": "80", "reason": "unknown"}


def test_an_address_that_is_refused_is_passed_over_for_one_that_is_not(serve):
    port = serve(until_closed)

    class NotIPv6:
        def allows(self, ip: str, port: int, *, private: bool) -> str | None:
            return "private" if ":" in ip else None

    with connect("localhost", port, route=Route(), policy=NotIPv6()) as sock:
        assert sock.family is socket.AF_INET


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "somewhere.example"])
def test_no_provider_is_blamed_where_this_process_has_no_descriptor_left(host):
    with no_descriptors(), pytest.raises(CallError) as failure:
        connect(host, 9, route=Route(private=True), policy=OpenToAll())
    assert (failure.value.code, failure.value.status) == ("no_capacity", 503)


class OpenToAll:
    def allows(self, ip: str, port: int, *, private: bool) -> str | None:
        return None


@pytest.mark.allow_hosts(["255.255.255.255"])  # refused by the kernel: nothing is sent
def test_an_address_that_cannot_be_reached_from_here_has_no_route():
    with pytest.raises(ProviderError) as failure:
        connect("255.255.255.255", 9, route=Route(), policy=OpenToAll())
    assert (failure.value.code, failure.value.finding.facts["reason"]) == ("timeout", "no_route")


def test_listening_everywhere_means_every_address_of_this_machine():
    own = ShippedPolicy(lambda: frozenset({("0.0.0.0", 8600)}))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("127.0.0.1", 9))
        assert own.allows(probe.getsockname()[0], 8600, private=True) == "own_address"
