"""What a click mends: worked out anew on the server, and never more than was offered."""

from __future__ import annotations

import pytest

from aiconnect.errors import Refused
from aiconnect.models import Role, State
from aiconnect.services import findings, remedies, spellings
from aiconnect.services.audit import Actor
from aiconnect.services.cases import of
from tests.services.checks.conftest import KEY


@pytest.fixture
def mend(session, owner, rows, vault):
    def mend(connection, kind):
        return remedies.apply(session, owner, connection.id, kind, rows=rows, vault=vault)

    return mend


def kinds(connection, rows):
    row = rows[connection.provider]
    every = findings.fixes(connection.finding or "ok", connection.facts, connection.base_url, row)
    return [fix.kind for fix in every]


def test_the_address_that_answered_is_taken(add, check_of, mend, rows, compatible_fake):
    connection = add("compatible", url=compatible_fake.root + "/somewhere", key=KEY)
    check_of(connection)
    assert kinds(connection, rows)[0] == "try"
    mend(connection, "try")
    assert connection.base_url == compatible_fake.url
    assert connection.key is not None, "the key was for this host"
    assert check_of(connection).finding == "ok"


def test_http_is_taken_for_https(add, check_of, mend, compatible_fake):
    connection = add("compatible", url=compatible_fake.url.replace("http:", "https:"))
    assert check_of(connection).finding == "plain_http"
    mend(connection, "http")
    assert check_of(connection).finding == "ok"


def test_a_local_server_becomes_what_it_is(add, check_of, mend, fakes):
    connection = add("ollama", url=fakes["lmstudio"].root)
    assert check_of(connection).finding == "wrong_kind"
    mend(connection, "switch_type")
    assert (connection.provider, connection.state) == ("lmstudio", State.UNTESTED)
    assert check_of(connection).finding == "ok"


def test_just_any_connection_becomes_an_ollama(add, check_of, mend, rows, fakes):
    connection = add("compatible", url=fakes["ollama"].root + "/v1")
    assert check_of(connection).finding == "ok"
    assert kinds(connection, rows) == ["switch_type"]
    mend(connection, "switch_type")
    assert connection.base_url == fakes["ollama"].root
    assert check_of(connection).facts["version"] == "0.32.4"


def test_a_local_connection_may_become_just_any(add, check_of, mend, compatible_fake):
    connection = add("ollama", url=compatible_fake.root)
    check_of(connection)
    mend(connection, "switch_type")
    assert (connection.provider, connection.private) == ("compatible", True)
    assert check_of(connection).finding == "ok"


def test_more_time_is_given(add, check_of, mend, compatible_fake):
    compatible_fake.stall()
    connection = add("compatible")
    check_of(connection)
    mend(connection, "patience")
    assert connection.first_byte_seconds == 300


@pytest.mark.parametrize("kind", ["try", "https", "edit", "keys", "switch_type", "", "drop table"])
def test_what_was_not_offered_is_refused(add, check_of, mend, free_port, kind):
    connection = add("compatible", url=f"http://127.0.0.1:{free_port}/v1")
    check_of(connection)
    before = connection.base_url
    with pytest.raises(Refused):
        mend(connection, kind)
    assert connection.base_url == before


def test_a_fix_of_yesterday_is_refused(add, check_of, mend, compatible_fake):
    connection = add("compatible", url=compatible_fake.root + "/somewhere")
    check_of(connection)
    mend(connection, "try")
    with pytest.raises(Refused):
        mend(connection, "try")


def test_a_key_is_not_sent_over_http_that_was_given_for_https(add, check_of, mend, compatible_fake):
    connection = add("compatible", url=compatible_fake.url.replace("http:", "https:"), key=KEY)
    check_of(connection)
    mend(connection, "http")
    assert connection.key is None


def test_a_stranger_mends_nothing(session, add, check_of, member, rows, vault, compatible_fake):
    connection = add("compatible", url=compatible_fake.root + "/somewhere")
    check_of(connection)
    stranger = Actor(member.email, role=Role.MEMBER, person_id=member.id)
    with pytest.raises(Refused):
        remedies.apply(session, stranger, connection.id, "try", rows=rows, vault=vault)


def test_a_public_provider_is_never_offered_another_address(rows):
    facts = {"host": "127.0.0.1", "try": "https://evil.example/v1", "looks_like": "Ollama"}
    for code in findings.FINDINGS:
        every = findings.fixes(
            code.partition(".")[0], facts, rows["openai"].base_url, rows["openai"]
        )
        assert not [fix for fix in every if fix.kind != "patience" and fix.is_change], code


def test_http_is_not_offered_to_the_internet(rows):
    row, facts = rows["compatible"], {"host": "ai.example.org"}
    every = findings.fixes("plain_http", facts, "https://ai.example.org/v1", row)
    assert [fix.kind for fix in every] == ["edit"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_container_is_led_to_its_host(rows, host):
    written = f"[{host}]" if ":" in host else host
    facts = {"host": host, "reason": "container"}
    every = findings.fixes("refused", facts, f"http://{written}:11434/v1", rows["compatible"])
    assert every[0].url == "http://host.docker.internal:11434/v1"


def test_a_container_without_a_way_to_its_host_is_told(tmp_path):
    facts = {"host": "host.docker.internal", "reason": "unknown"}
    assert (
        of("name_not_found", facts, "http://host.docker.internal:1")["reason"] == "container_host"
    )
    assert of("name_not_found", {"host": "h"}, "http://h:1") == {}


def test_who_cannot_find_a_provider_is_not_told_to_check_the_spelling(rows):
    facts = {"host": "api.openai.com", "reason": "unknown"}
    facts |= of("name_not_found", facts, "https://api.openai.com/v1")
    words = findings.word("name_not_found", facts)
    assert "spelling" not in " ".join(words.next)
    assert "AICONNECT_OUTGOING_PROXY" in words.next[-1]
    assert not findings.fixes("name_not_found", facts, "https://api.openai.com", rows["openai"])


@pytest.mark.parametrize(
    ("typed", "better"),
    [
        ("http://h/v1/v1", "http://h/v1"),
        ("http://h//v1//", "http://h/v1"),
        ("http://h/api/v1/api/v1", "http://h/api/v1"),
        ("http://h/v1/chat/completions", "http://h/v1"),
        ("http://h/v1/messages", "http://h/v1"),
        ("http://h/api/embeddings/api/embeddings", "http://h"),
        ("http://h/v1", "http://h/v1"),
        ("http://h", "http://h"),
        ("http://h/openai/v1", "http://h/openai/v1"),
        ("http://h/v1beta", "http://h/v1beta"),
    ],
)
def test_what_is_doubled_is_taken_out(typed, better):
    assert spellings.undoubled(typed) == better


def test_versions_come_and_go():
    assert spellings.with_version("http://h") == "http://h/v1"
    assert spellings.with_version("http://h/v1beta") == "http://h/v1beta"
    assert spellings.without_version("http://h/openai/v1/") == "http://h/openai"
    assert spellings.with_host("http://[::1]:80/x", "h") == "http://h:80/x"
