"""Addresses in every spelling, refused where they must be: on save, on test, and on dispatch.

What cannot be judged by its spelling when it is saved (a name) is judged by where it leads, for
each call anew.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from aiconnect.client import Client
from aiconnect.errors import ProviderError, Refused
from aiconnect.models import Connection
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from aiconnect.services import checks, connections
from aiconnect.services.audit import SYSTEM
from aiconnect.services.connections import Changes, Draft
from aiconnect.services.vault import Vault
from aiconnect.wire.addresses import ShippedPolicy
from aiconnect.wire.relay import Door, Upstream
from aiconnect.wire.types import HttpCall, Route, Timeout, Ways
from tests.fakes.dialects import OpenAI

KEY = Secret("sk-marker-0123456789abcdef")
QUICK = Timeout(connect=0.5, first_byte=0.5, silence=0.5, total=2)
CLOUD, OFF, ON, LOCAL = "a cloud row", "compatible", "compatible, private", "a local row"
REACHES = (CLOUD, OFF, ON, LOCAL)

# Never called, whatever the connection says: nowhere, link-local, metadata, multicast.
NEVER = [
    "0.0.0.0", "0", "0.1.2.3", "00.0.0.0", "[::]", "[::ffff:0.0.0.0]", "[0:0:0:0:0:0:0:0]",
    "0.0.0.0.", "169.254.169.254.",
    "169.254.1.1", "[fe80::1]", "[fe80::1%25lo]", "[::ffff:169.254.1.1]", "[2002:a9fe:101::1]",
    "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518",
    "0xa9.0xfe.0xa9.0xfe", "169.16689662", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]",
    "[::a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a9fe:a9fe]", "[2002:a9fe:a9fe::1]",
    "[2606:4700::5efe:169.254.169.254]", "169.254.170.2", "168.63.129.16", "100.100.100.200",
    "192.0.0.192", "[fd00:ec2::254]", "[fd00:ec2::23]", "[fd20:ce::254]",
    "[FD00:EC2:0:0:0:0:0:254]", "224.0.0.1", "239.1.2.3", "255.255.255.255", "[ff02::1]",
    "[::ffff:224.0.0.1]",
]  # fmt: skip

# This machine and its network: called where the connection allows that.
PRIVATE = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1",
    "017700000001", "127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "127.255.255.254",
    "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::7f00:1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::1]", "[2606:4700::5efe:192.168.1.1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "10.0.0.1", "0x0a000001", "10.1", "172.16.0.1",
    "172.31.255.255", "192.168.1.1", "3232235777", "100.64.0.1", "198.18.0.1", "240.0.0.1",
    "[fc00::1]", "[fd12:3456:789a::1]", "[fec0::1]", "[2001:db8::1]",
]  # fmt: skip

# No address of any server: neither saved, nor anything that could be called.
MALFORMED = [
    "https://user:word@api.example.org/v1", "https://user@api.example.org/v1",
    "https://127.0.0.1@api.example.org/v1", "https://api.example.org@127.0.0.1/v1",
    "https://api.example.org:443@169.254.169.254/", "https://api.example.org/v1?key=1",
    "https://exa mple.org/v1", "https://api.example.org\\@127.0.0.1/v1",
    "https://api.example.org:0/v1", "https://api.example.org:99999/v1", "https:///v1",
    "ftp://api.example.org/v1", "file:///etc/passwd", "gopher://127.0.0.1:6379/_",
    "javascript:alert(1)",
    "https://[::1", "https://127.0.0.1:80:80/", "https://api.example.org\r\nHost: x/v1",
    "https://\u2460\u2461\u2466.0.0.1\u0000/", "https://-api.example.org-/v1", "//api.example.org",
]  # fmt: skip

# The same in letters and digits of other alphabets, which IDNA takes for the plain ones.
FULLWIDTH = [
    "\uff11\uff12\uff17.0.0.1", "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
    "127\u30020\u30020\u30021", "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
    "\uff11\uff16\uff19.254.169.254",
]  # fmt: skip


@dataclass
class Office:
    """Adds connections of each reach, as they are typed or as they came to be."""

    session: Session
    vault: Vault

    def draft(self, reach: str, url: str) -> Draft:
        slug = {CLOUD: "openai", LOCAL: "ollama"}.get(reach, "compatible")
        secret = KEY if slug == "openai" else None
        return Draft(slug, base_url=url, secret=secret, private=reach == ON)

    def save(self, reach: str, url: str) -> Connection:
        draft = self.draft(reach, url)
        return connections.add(self.session, SYSTEM, draft, rows=PROVIDERS, vault=self.vault)

    def change(self, connection: Connection, url: str) -> None:
        changes = Changes(base_url=url)
        connections.edit(
            self.session, SYSTEM, connection.id, changes, rows=PROVIDERS, vault=self.vault
        )

    def smuggle(self, reach: str, url: str) -> Connection:
        """A connection whose address came to be this: in a backup, by hand, by another version."""
        well = {CLOUD: "", LOCAL: "http://localhost:1"}.get(reach, "https://api.example.org/v1")
        made = self.save(reach, well)
        made.base_url = url
        self.session.commit()
        return made

    def test(self, connection: Connection, ways: Ways | None = None) -> tuple[str, str]:
        client = Client(ShippedPolicy(), ways or Ways(), patience=QUICK)
        begun = checks.start(self.session, SYSTEM, connection.id)
        list(checks.run(self.session, begun.id, client=client, rows=PROVIDERS, vault=self.vault))
        return begun.finding or "", begun.facts.get("reason", "")

    def dispatch(self, connection: Connection) -> tuple[str, str]:
        """What the gateway's door does with the connection's own route."""
        row = PROVIDERS[connection.provider]
        target = connections.opened(connection, row, vault=self.vault, ways=Ways())
        route = Route(private=target.route.private, timeout=QUICK)
        door = Door.of(HttpCall("POST", connection.base_url + "/chat/completions"), route)
        upstream = Upstream(ShippedPolicy())
        try:
            upstream.send(door, b"{}", {}).close()
        except ProviderError as error:
            return error.code, error.finding.facts.get("reason", "")
        finally:
            upstream.close()
        return "sent", ""


@pytest.fixture
def office(session: Session, vault: Vault) -> Office:
    return Office(session, vault)


def may(reach: str) -> bool:
    return reach in {ON, LOCAL}


@pytest.mark.parametrize("reach", REACHES)
def test_some_addresses_are_never_saved(office, reach):
    for host in NEVER:
        for scheme in ("http", "https"):
            with pytest.raises(Refused):
                pytest.fail(f"{office.save(reach, f'{scheme}://{host}:8600/v1').base_url} is saved")


@pytest.mark.parametrize("reach", REACHES)
def test_some_addresses_are_never_tested_nor_called(office, reach):
    for host in NEVER:
        connection = office.smuggle(reach, f"https://{host}:9/v1")
        for found in (office.test(connection), office.dispatch(connection)):
            assert found[0] in {"address_refused", "name_not_found"}, (host, found)
            assert found[1] != "private", host


@pytest.mark.parametrize("reach", [CLOUD, OFF])
def test_private_addresses_are_not_saved_without_the_switch(office, reach):
    for host in PRIVATE:
        with pytest.raises(Refused):
            pytest.fail(f"{office.save(reach, f'https://{host}:8600/v1').base_url} is saved")


@pytest.mark.parametrize("reach", [CLOUD, OFF])
def test_private_addresses_are_not_tested_nor_called_without_the_switch(office, reach):
    for host in PRIVATE:
        connection = office.smuggle(reach, f"https://{host}:9/v1")
        for found in (office.test(connection), office.dispatch(connection)):
            assert found == ("address_refused", "private"), host


@pytest.mark.parametrize("reach", [ON, LOCAL])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "192.168.1.1"])
def test_private_addresses_are_saved_where_that_is_allowed(office, reach, host):
    assert host in office.save(reach, f"http://{host}:8600").base_url


@pytest.mark.parametrize("reach", REACHES)
def test_what_is_no_address_is_not_saved(office, reach):
    for url in MALFORMED:
        with pytest.raises(Refused) as refused:
            pytest.fail(f"{office.save(reach, url).base_url} is saved for {url!r}")
        assert "word@" not in str(refused.value), "a password is not repeated"


@pytest.mark.parametrize("reach", [CLOUD, OFF])
def test_other_alphabets_do_not_hide_an_address(office, reach):
    for host in FULLWIDTH:
        with pytest.raises(Refused):
            pytest.fail(f"{office.save(reach, f'https://{host}/v1').base_url} is saved")


@pytest.mark.parametrize("reach", [CLOUD, OFF])
@pytest.mark.parametrize("url", ["http://api.example.org/v1", "http://8.8.8.8/v1"])
def test_public_addresses_are_saved_with_https_alone(office, reach, url):
    with pytest.raises(Refused):
        office.save(reach, url)


def test_a_cloud_row_keeps_its_own_address(office):
    with pytest.raises(Refused):
        office.save(CLOUD, "https://api.example.org/v1")


def test_a_changed_address_is_judged_as_a_new_one(office):
    made = office.save(OFF, "https://api.example.org/v1")
    for url in ("http://127.0.0.1/v1", "https://169.254.169.254/v1", "https://2130706433/"):
        with pytest.raises(Refused):
            office.change(made, url)


# --- names are judged by where they lead ----------------------------------------------------


Answers = Callable[..., list[object]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, list[str]]], list[str]]:
    """A name service of the test's own: each asking takes a name's next address."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def set_up(addresses: Mapping[str, list[str]]) -> list[str]:
        left = {name: list(found) for name, found in addresses.items()}

        def answer(host: str, port: int, *rest: object, **more: object) -> list[object]:
            if host not in left:
                return list(real(host, port, *rest, **more))  # type: ignore[arg-type]
            asked.append(host)
            ip = left[host].pop(0) if len(left[host]) > 1 else left[host][0]
            return list(real(ip, port, *rest, **more))  # type: ignore[arg-type]

        monkeypatch.setattr("socket.getaddrinfo", answer)
        return asked

    return set_up


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_a_public_name_that_leads_into_this_network_is_not_called(office, names, ip):
    names({"api.example.org": [ip]})
    connection = office.save(OFF, "https://api.example.org/v1")
    assert office.test(connection) == ("address_refused", "private")
    assert office.dispatch(connection) == ("address_refused", "private")


@pytest.mark.parametrize("reach", [OFF, ON, LOCAL])
@pytest.mark.parametrize("ip", ["169.254.169.254", "fd00:ec2::254", "0.0.0.0", "fe80::1"])
def test_a_name_that_leads_to_metadata_is_called_by_nobody(office, names, reach, ip):
    names({"models.internal": [ip]})
    connection = office.smuggle(reach, "https://models.internal/v1")
    assert office.test(connection)[0] == "address_refused"
    assert office.dispatch(connection)[0] == "address_refused"


def test_a_name_that_changes_its_mind_is_judged_at_every_call(office, names, openai_fake: OpenAI):
    """Rebinding: public when it is looked at, this machine when it is called."""
    url = f"https://rebinding.example:{openai_fake.port}/v1"
    asked = names({"rebinding.example": ["203.0.113.9", "127.0.0.1"]})
    connection = office.save(OFF, url)
    found = [office.dispatch(connection), office.dispatch(connection), office.test(connection)]
    assert {code for code, _ in found} == {"address_refused"}
    assert openai_fake.requests == []
    assert len(asked) >= 3


def test_the_address_that_was_judged_is_the_one_that_is_called(office, names, openai_fake: OpenAI):
    """It is not looked up a second time between the two: one answer, one judgement, one call."""
    asked = names({"twice.example": ["127.0.0.1", "169.254.169.254"]})
    route = Route(private=True, timeout=QUICK)
    url = f"http://twice.example:{openai_fake.port}/v1/chat/completions"
    upstream = Upstream(ShippedPolicy())
    upstream.send(Door.of(HttpCall("POST", url), route), b"{}", {}).close()
    upstream.close()
    assert asked == ["twice.example"]
    openai_fake.wait_for_requests(1)


# --- our own address -------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "[::1]",
                                  "[::ffff:127.0.0.1]", "127.0.0.9", "0x7f000001"])  # fmt: skip
def test_our_own_address_is_recognised_in_every_spelling(office, host):
    policy = ShippedPolicy(lambda: frozenset({("0.0.0.0", 8600), ("::", 8600)}))
    connection = office.smuggle(ON, f"http://{host}:8600/v1")
    begun = checks.start(office.session, SYSTEM, connection.id)
    client = Client(policy, patience=QUICK)
    list(checks.run(office.session, begun.id, client=client, rows=PROVIDERS, vault=office.vault))
    assert (begun.finding, begun.facts["reason"]) == ("address_refused", "own_address")


# --- redirects -------------------------------------------------------------------------------


@pytest.fixture
def elsewhere() -> Iterator[OpenAI]:
    fake = OpenAI()
    yield fake
    fake.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_by_neither_door(
    office, compatible_fake: OpenAI, elsewhere: OpenAI, status
):
    draft = Draft("compatible", base_url=compatible_fake.url, secret=KEY, private=True)
    connection = connections.add(office.session, SYSTEM, draft, rows=PROVIDERS, vault=office.vault)
    compatible_fake.redirect(elsewhere.url + "/models", status)
    assert office.test(connection)[0] == "redirected"
    assert office.dispatch(connection)[0] == "sent"
    assert elsewhere.requests == []


def test_enough_spellings_are_tried():
    assert len({*NEVER, *PRIVATE, *MALFORMED, *FULLWIDTH}) >= 60
