"""The outgoing proxy: who is reached through it, and each way it fails."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aiconnect.errors import ProviderError
from aiconnect.secret import Secret
from aiconnect.settings import Proxy
from aiconnect.wire.addresses import ShippedPolicy
from aiconnect.wire.http import Line
from aiconnect.wire.relay import Door, Upstream
from aiconnect.wire.types import HttpCall, Route, Timeout
from tests.bare import saying, until_closed
from tests.fakes.certificates import make_certificate
from tests.fakes.dialects import OpenAI
from tests.proxies import LOGIN, FakeProxy

NAME = "api.provider.invalid"  # a name that no lookup knows: only the proxy can
QUICK = Timeout(connect=1, first_byte=1, silence=1, total=3)
Send = Callable[[str, Route], int]


def by_requests(url: str, route: Route) -> int:
    with Line(route, ShippedPolicy()) as line:
        return line.send(HttpCall("GET", url, {}, {"Authorization": Secret("k" * 20)})).status


def by_relay(url: str, route: Route) -> int:
    upstream = Upstream(ShippedPolicy())
    exchange = upstream.send(Door.of(HttpCall("GET", url), route), b"", {})
    try:
        exchange.read_head(2)
        assert exchange.head is not None
        return exchange.head.status
    finally:
        exchange.close()
        upstream.close()


both_doors = pytest.mark.parametrize("send", [by_requests, by_relay])


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[OpenAI]:
    fake = OpenAI(certificate=make_certificate(tmp_path, NAME))
    yield fake
    fake.close()


@pytest.fixture
def trusted(provider: OpenAI, tmp_path: Path) -> Route:
    """A route that trusts the provider's certificate, pasted as text."""
    pem = next(tmp_path.glob("*.pem")).read_text()
    pem = pem[pem.index("-----BEGIN CERTIFICATE-----") :]
    return Route(ca_pem=pem, timeout=QUICK)


@pytest.fixture
def proxy_to(provider: OpenAI) -> Iterator[Callable[..., FakeProxy]]:
    made: list[FakeProxy] = []

    def make(**how: object) -> FakeProxy:
        made.append(FakeProxy(provider.port, **how))
        return made[-1]

    yield make
    for one in made:
        one.close()


def failure_of(send: Send, url: str, route: Route) -> ProviderError:
    with pytest.raises(ProviderError) as failure:
        send(url, route)
    assert "word-of-the-proxy" not in str(failure.value.finding)
    return failure.value


@both_doors
def test_a_public_name_is_left_to_the_proxy(send, proxy_to, trusted):
    proxy = proxy_to()
    route = replace(trusted, proxy=proxy.ways())
    assert send(f"https://{NAME}/v1/models", route) in {200, 401}
    assert proxy.asked == [f"{NAME}:443"]
    assert "k" * 20 not in proxy.heads[0]  # the key goes to the provider, not to the proxy


@both_doors
def test_the_login_of_the_proxy_is_sent_to_it_alone(send, proxy_to, trusted, provider):
    proxy = proxy_to(login=LOGIN)
    assert send(f"https://{NAME}/v1/models", replace(trusted, proxy=proxy.ways(LOGIN)))
    assert "proxy-authorization" not in provider.last.headers


@both_doors
@pytest.mark.parametrize("login", ["", "outgoing:another"])
def test_a_proxy_that_wants_a_login_is_told_apart(send, proxy_to, trusted, login):
    proxy = proxy_to(login=LOGIN)
    failure = failure_of(send, f"https://{NAME}/v1", replace(trusted, proxy=proxy.ways(login)))
    assert failure.code == "proxy_auth"
    assert failure.finding.facts["proxy"] == f"127.0.0.1:{proxy.port}"


@both_doors
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", None),
        (b"HTTP/1.1 302 Found\r\nLocation: http://login.invalid/\r\n\r\n", None),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "upstream"),
        (b"HTTP/1.1 504 Gateway Timeout\r\n\r\n", "upstream"),
        (b"220 mail.example.org ESMTP\r\n\r\n", "no_proxy"),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>", "no_proxy"),
        (b"", "no_proxy"),
    ],
)
def test_a_proxy_that_refuses_is_told_apart(send, servers, answer, reason):
    route = Route(proxy=Proxy("127.0.0.1", servers.serve(saying(answer))), timeout=QUICK)
    failure = failure_of(send, f"https://{NAME}/v1", route)
    assert (failure.code, failure.finding.facts.get("reason")) == ("proxy_refused", reason)


@both_doors
def test_a_dead_proxy_is_not_mistaken_for_a_dead_provider(send, free_port):
    route = Route(proxy=Proxy("127.0.0.1", free_port), timeout=QUICK)
    failure = failure_of(send, f"https://{NAME}/v1", route)
    assert (failure.code, failure.finding.facts["reason"]) == ("proxy_unreachable", "refused")
    assert failure.finding.facts["host"] == NAME


@both_doors
def test_a_proxy_without_an_address_and_one_without_words(send, servers):
    nowhere = Route(proxy=Proxy("proxy.invalid", 3128), timeout=QUICK)
    failure = failure_of(send, f"https://{NAME}/v1", nowhere)
    assert failure.finding.facts["reason"] == "name_not_found"
    mute = Route(proxy=Proxy("127.0.0.1", servers.serve(until_closed)), timeout=QUICK)
    failure = failure_of(send, f"https://{NAME}/v1", mute)
    assert (failure.code, failure.finding.facts["reason"]) == ("proxy_unreachable", "silent")


@both_doors
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f000001"])
def test_a_private_host_is_reached_directly(send, openai_fake, proxy_to, host):
    proxy = proxy_to()
    route = Route(private=True, proxy=proxy.ways(), timeout=QUICK)
    assert send(f"http://{host}:{openai_fake.port}/v1/models", route) in {200, 401}
    assert proxy.asked == []


@both_doors
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433"])
def test_a_private_host_is_judged_as_without_a_proxy(send, openai_fake, proxy_to, host):
    proxy = proxy_to()
    route = Route(private=False, proxy=proxy.ways(), timeout=QUICK)
    failure = failure_of(send, f"https://{host}:{openai_fake.port}/v1", route)
    assert (failure.code, failure.finding.facts["reason"]) == ("address_refused", "private")
    assert proxy.asked == []


@both_doors
@pytest.mark.parametrize("host", ["models.internal", "printer.local", "a.localhost", "999.1"])
def test_the_proxy_is_not_asked_for_names_of_this_network(send, proxy_to, host, monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", unknown)
    proxy = proxy_to()
    route = Route(private=True, proxy=proxy.ways(), timeout=QUICK)
    assert failure_of(send, f"https://{host}/v1", route).code == "name_not_found"
    assert proxy.asked == []


def unknown(*_arguments: object, **_more: object) -> list[object]:
    raise socket.gaierror(socket.EAI_NONAME, "unknown")


@both_doors
def test_one_private_address_of_a_name_refuses_it_for_the_proxy(send, proxy_to, monkeypatch):
    """The proxy looks up by itself, and might take just that one."""

    def both(_host: str, port: int, **_more: object) -> list[object]:
        found = [(socket.AF_INET, 1, 6, "", (ip, port)) for ip in ("8.8.8.8", "10.0.0.1")]
        return [*found]

    proxy = proxy_to()
    monkeypatch.setattr("socket.getaddrinfo", both)
    route = Route(private=False, proxy=Proxy("127.0.0.1", proxy.port), timeout=QUICK)
    failure = failure_of(send, "https://rebinding.example/v1", route)
    assert (failure.code, proxy.asked) == ("address_refused", [])


@both_doors
@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"])
def test_proxies_of_the_environment_do_not_count(send, openai_fake, monkeypatch, name):
    monkeypatch.setenv(name, "http://proxy.invalid:1")
    route = Route(private=True, timeout=QUICK)
    assert send(f"http://127.0.0.1:{openai_fake.port}/v1/models", route) in {200, 401}


def test_the_tunnel_is_checked_for_the_providers_name(proxy_to, provider, tmp_path):
    """Encryption is with the provider, not with the proxy."""
    proxy = proxy_to()
    route = Route(proxy=proxy.ways(), timeout=QUICK)
    failure = failure_of(by_requests, f"https://{NAME}/v1/models", route)
    assert failure.code == "tls_untrusted"
