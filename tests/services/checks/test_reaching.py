"""Names, addresses, connections, encryption."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aiconnect.client import Client
from aiconnect.models import State
from aiconnect.wire.addresses import ShippedPolicy
from aiconnect.wire.types import Ways
from tests.fakes import OpenPolicy
from tests.fakes.certificates import make_certificate
from tests.fakes.dialects import OpenAI
from tests.services.checks.conftest import KEY, QUICK
from tests.services.checks.reading import failed, states


def test_what_follows_a_failed_step_is_not_reached(add, check_of, free_port):
    check = check_of(add("compatible", url=f"http://127.0.0.1:{free_port}/v1"))
    assert states(check) == {
        "name": "ok", "connect": "failed", "tls": "later",
        "kind": "later", "key": "later", "models": "later",
    }  # fmt: skip
    assert (check.finding, check.state) == ("refused", State.UNREACHABLE)


def test_a_name_that_does_not_exist(add, check_of):
    check = check_of(add("compatible", url="http://nowhere.invalid:8000/v1"))
    assert (check.finding, failed(check)) == ("name_not_found", "name")


def test_a_private_address_is_refused_where_the_connection_does_not_allow_it(
    session, add, check_of, compatible_fake
):
    connection = add("compatible")
    connection.private = False
    session.commit()
    check = check_of(connection, Client(ShippedPolicy(), patience=QUICK))
    assert (check.finding, failed(check)) == ("address_refused", "connect")
    assert check.facts["reason"] == "private"
    assert compatible_fake.requests == []


def test_our_own_address_is_never_called(add, check_of, compatible_fake):
    policy = ShippedPolicy(lambda: frozenset({("127.0.0.1", compatible_fake.port)}))
    check = check_of(add("compatible"), Client(policy, patience=QUICK))
    assert (check.finding, check.facts["reason"]) == ("address_refused", "own_address")


@pytest.fixture
def tls_fake(tmp_path: Path) -> Iterator[Callable[..., tuple[OpenAI, Path]]]:
    started: list[OpenAI] = []

    def start(name: str = "127.0.0.1", **days: int) -> tuple[OpenAI, Path]:
        certificate = make_certificate(tmp_path, name, **days)
        started.append(OpenAI(certificate=certificate))
        return started[-1], certificate

    yield start
    for fake in started:
        fake.close()


def test_a_certificate_that_is_trusted(add, check_of, tls_fake):
    fake, certificate = tls_fake()
    client = Client(OpenPolicy(), Ways(str(certificate)), patience=QUICK)
    check = check_of(add("compatible", url=fake.url, key=KEY), client)
    assert (check.finding, states(check)["tls"]) == ("ok", "ok")


@pytest.mark.parametrize(
    ("name", "days", "code"),
    [("127.0.0.1", {}, "tls_untrusted"), ("other.example", {}, "tls_name"),
     ("127.0.0.1", {"starts": -9, "ends": -1}, "tls_expired")],
)  # fmt: skip
def test_certificates_that_do_not_do(add, check_of, tls_fake, name, days, code):
    fake, certificate = tls_fake(name, **days)
    ways = Ways() if code == "tls_untrusted" else Ways(str(certificate))
    check = check_of(add("compatible", url=fake.url), Client(OpenPolicy(), ways, patience=QUICK))
    assert (check.finding, failed(check), check.state) == (code, "tls", State.NEEDS_ATTENTION)


def test_https_to_a_plain_http_port(add, check_of, compatible_fake):
    url = compatible_fake.url.replace("http:", "https:")
    check = check_of(add("compatible", url=url))
    assert (check.finding, failed(check)) == ("plain_http", "tls")


def test_http_to_an_https_port(add, check_of, tls_fake):
    fake, _ = tls_fake()
    check = check_of(add("compatible", url=fake.url.replace("https:", "http:")))
    assert check.finding in {"https_expected", "reset"}
