"""What a connection says and trusts beside its key: headers, certificates, how long it waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.errors import Refused
from aiconnect.models import AuditEntry, Connection, Credential, State
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from aiconnect.services import connections, key_changes
from aiconnect.services.audit import SYSTEM
from aiconnect.services.connections import headers, read_ca, read_headers
from tests.services.team import Team

KEY = Secret("sk-proj-abcdefghijklmnopqrstuvwxyz")
VALUE = "a-secret-value-of-a-header"
TEAM = (("X-Team", Secret(VALUE)),)
ELSEWHERE = "https://elsewhere.example/v1"


def refused(*lines: str) -> str:
    """The sentence that refuses these lines."""
    with pytest.raises(Refused) as error:
        read_headers(lines)
    assert error.value.field == "headers"
    return str(error.value)


def shown(team: Team, connection: Connection) -> dict[str, str]:
    return {name: value.reveal() for name, value in team.target(connection).headers.items()}


def test_headers_are_read_line_by_line() -> None:
    found = read_headers("X-Team: a\r\n\r\n  x-b :b: c\t\nX_c:1\r")
    assert [(name, value.reveal()) for name, value in found] == [
        ("X-Team", "a"), ("x-b", "b: c"), ("X_c", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize("line", [VALUE, "X Team: a", ": a", "Ä: a", "X\x00: a", f"{'x' * 101}: a"])
def test_what_is_no_header_is_refused_without_being_shown(line: str) -> None:
    said = refused("X-Fine: a", line)
    assert said.startswith("Line 2 is not a header.")
    assert line not in said


@pytest.mark.parametrize(
    "name",
    ["Authorization", "x-api-key", "API-Key", "X-Goog-Api-Key", "Cookie", "Host", "Content-Length",
     "Transfer-Encoding", "Connection", "Accept-Encoding", "Proxy-Authorization", "proxy-anything",
     "Keep-Alive", "TE", "Trailer", "Upgrade", "Expect", "Content-Type", "Idempotency-Key"],
)  # fmt: skip
def test_headers_that_carry_keys_or_belong_to_each_call_are_refused_by_name(name: str) -> None:
    assert f"header {name}" in refused(f"{name}: {VALUE}")


@pytest.mark.parametrize(
    "value", ["a\rb", "a\nb", "a\r\nX-Evil: b", "a\x00b", "a\x7f", "é", "x" * 4001]
)
def test_values_that_would_break_a_message_are_refused_without_being_shown(value: str) -> None:
    said = refused(f"X-Team: {value}")
    assert "X-Team" in said
    assert value not in said


def test_an_empty_value_is_refused() -> None:
    assert refused("X-Team:  ") == "The header X-Team has no value."


def test_a_header_is_there_once() -> None:
    assert "twice" in refused("X-Team: a", "x-team: b")


def test_twenty_headers_are_taken_and_no_more() -> None:
    lines = [f"X-{number}: a" for number in range(21)]
    assert len(read_headers(lines[:20])) == 20
    assert "20 headers" in refused(*lines)


@given(text=st.text(max_size=60))
def test_no_text_gets_a_break_into_a_header(text: str) -> None:
    try:
        found = read_headers([f"X-Team: {text}"])
    except Refused:
        return
    assert all((value.reveal().isascii() and value.reveal().isprintable()) or "\t" in value.reveal()
               for _, value in found)  # fmt: skip
    assert not any(set(value.reveal()) & set("\r\n\0") for _, value in found)


@pytest.mark.on_sqlite
@pytest.mark.parametrize("name", ["Api-Key", "api-key"])
def test_the_header_of_the_providers_own_key_is_refused(team: Team, name: str) -> None:
    with pytest.raises(Refused, match="API key") as error:
        team.add("azure", base_url="https://a.openai.azure.com/openai/v1", secret=KEY,
                 headers=((name, Secret("x")),))  # fmt: skip
    assert error.value.field == "headers"


@pytest.mark.on_sqlite
@pytest.mark.parametrize("headers", [(("X\r\nEvil", Secret("a")),), (("X-A", Secret("a\r\nb")),)])
def test_a_draft_that_did_not_come_from_a_form_is_checked_too(team: Team, headers: object) -> None:
    with pytest.raises(Refused):
        team.add(headers=headers)
    with pytest.raises(Refused):
        team.edit(team.add(), headers=headers)


def test_values_are_sealed_and_names_are_shown(session: Session, team: Team) -> None:
    made = team.add(secret=KEY, headers=TEAM)
    rows = session.scalars(select(Credential)).all()
    assert all(VALUE not in row.sealed and VALUE[-4:] not in row.last4 for row in rows)
    assert made.header_names == ["X-Team"]
    assert (shown(team, made), team.key_of(made)) == ({"X-Team": VALUE}, KEY)


def test_no_value_is_in_the_audit_log(session: Session, team: Team) -> None:
    made = team.add(headers=TEAM)
    team.edit(made, headers=(("x-team", Secret("another-secret-value")),))
    entries = [str(entry.facts) for entry in session.scalars(select(AuditEntry))]
    assert not any("secret" in entry for entry in entries)
    assert any("x-team" in entry for entry in entries)


def test_a_header_is_replaced_whatever_its_letters(team: Team) -> None:
    made = team.add(headers=TEAM)
    team.edit(made, headers=(("X-TEAM", Secret("new")), ("X-More", Secret("more"))))
    assert shown(team, made) == {"X-TEAM": "new", "X-More": "more"}


def test_a_header_is_dropped(team: Team) -> None:
    made = team.add(secret=KEY, headers=(*TEAM, ("X-More", Secret("more"))))
    team.edit(made, drop_headers=("x-team", "X-Unknown"))
    assert (shown(team, made), team.key_of(made)) == ({"X-More": "more"}, KEY)


def test_headers_added_later_do_not_go_beyond_the_limit(team: Team) -> None:
    made = team.add(headers=tuple((f"X-{number}", Secret("a")) for number in range(headers.MOST)))
    with pytest.raises(Refused, match="20 headers"):
        team.edit(made, headers=TEAM)
    assert len(team.edit(made, headers=TEAM, drop_headers=("X-1",)).header_names) == 20


@pytest.mark.on_sqlite
@pytest.mark.parametrize("url", [ELSEWHERE, "http://api.example.com/v1"])
def test_header_values_are_asked_for_again_at_another_server(team: Team, url: str) -> None:
    made = team.add(headers=TEAM)
    with pytest.raises(Refused, match="X-Team") as error:
        team.edit(made, base_url=url, private=True)
    assert error.value.field == "headers"
    assert shown(team, made) == {"X-Team": VALUE}


def test_given_again_they_go_along_and_dropped_they_stay_behind(team: Team) -> None:
    made = team.add(secret=KEY, headers=(*TEAM, ("X-More", Secret("more"))))
    team.edit(
        made, base_url=ELSEWHERE, headers=(("x-team", Secret("new")),), drop_headers=("X-More",)
    )
    assert (shown(team, made), team.key_of(made)) == ({"x-team": "new"}, None)


def test_a_required_key_is_asked_for_again_in_another_region(team: Team) -> None:
    made = team.add("openai", secret=KEY)
    with pytest.raises(Refused) as error:
        team.edit(made, base_url="https://eu.api.openai.com/v1")
    assert error.value.field == "api_key"
    moved = team.edit(made, base_url="https://eu.api.openai.com/v1", secret=KEY)
    assert (moved.base_url, team.key_of(made)) == ("https://eu.api.openai.com/v1", KEY)


def test_a_new_key_leaves_the_headers(team: Team) -> None:
    made = team.add(secret=KEY, headers=TEAM)
    connections.rotate(
        team.session, SYSTEM, made.id, Secret("sk-another-key-1234"), vault=team.vault
    )
    key_changes.disconnect(team.session, SYSTEM, made.id, rows=PROVIDERS, vault=team.vault)
    assert (shown(team, made), team.key_of(made)) == ({"X-Team": VALUE}, None)


def test_other_headers_make_a_connection_untested(session: Session, team: Team) -> None:
    made = team.add(headers=TEAM)
    made.state = State.CONNECTED
    session.commit()
    assert team.edit(made, drop_headers=("X-Team",)).state == State.UNTESTED


def test_the_source_of_a_key_is_kept(team: Team) -> None:
    made = team.add("openrouter", secret=KEY, source="oauth")
    assert made.key is not None
    assert made.key.source == "oauth"


@pytest.mark.parametrize("slug", PROVIDERS)
def test_every_provider_takes_a_header_but_its_own(slug: str) -> None:
    row = PROVIDERS[slug]
    assert headers.check(TEAM, row) == TEAM
    with pytest.raises(Refused):
        headers.check(((row.auth.header.upper(), Secret("x")),), row)


# --- certificates -----------------------------------------------------------------------------


def pem(name: str = "Our own CA", *, begins: int = -1, ends: int = 1) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1)
        .not_valid_before(now + timedelta(days=begins))
        .not_valid_after(now + timedelta(days=ends))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def private_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def test_certificates_are_kept_without_what_stands_around_them(team: Team) -> None:
    one, two = pem(), pem("another")
    made = team.add(ca_pem=f"Our certificates:\r\n{one}\nsubject=another\n{two}")
    assert made.ca_pem == one + two
    assert team.target(made).route.ca_pem == one + two


@pytest.mark.on_sqlite
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "not in PEM format"),
        ("\x00\x01binary", "not in PEM format"),
        (private_key() + pem(), "private key"),
        (pem()[:200], "cut off or changed"),
        (pem().replace("M", "N", 3), "cut off or changed"),
        (pem("Old CA", begins=-9, ends=-2), "Old CA ended on"),
        (pem("New CA", begins=2, ends=9), "New CA begins on"),
        (pem() * 51, "50 certificates"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(team: Team, text: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as error:
        team.add(ca_pem=text)
    assert error.value.field == "ca_pem"
    assert "PRIVATE" not in str(error.value)


@given(text=st.text(max_size=200) | st.just("-----BEGIN CERTIFICATE-----").flatmap(
    lambda begin: st.text(max_size=100).map(lambda more: begin + more)))  # fmt: skip
def test_any_text_is_certificates_or_refused(text: str) -> None:
    try:
        found = read_ca(text)
    except Refused:
        return
    assert found == ""


def test_certificates_are_removed_by_nothing(team: Team) -> None:
    made = team.add(ca_pem=pem())
    assert team.edit(made, ca_pem=None, name="other").ca_pem is not None
    assert team.edit(made, ca_pem="").ca_pem is None


# --- how long a call waits --------------------------------------------------------------------


@pytest.mark.on_sqlite
@pytest.mark.parametrize("seconds", [1, 45, 3600])
def test_the_wait_for_the_first_byte_is_the_connections_own(team: Team, seconds: int) -> None:
    made = team.add(first_byte_seconds=seconds)
    assert team.target(made).route.timeout.first_byte == seconds
    team.edit(made, first_byte_seconds=0)
    assert made.first_byte_seconds is None


@pytest.mark.on_sqlite
@pytest.mark.parametrize("seconds", [-1, 3601, 10**9])
def test_no_one_waits_for_ever(team: Team, seconds: int) -> None:
    with pytest.raises(Refused) as error:
        team.add(first_byte_seconds=seconds)
    assert error.value.field == "first_byte_seconds"
