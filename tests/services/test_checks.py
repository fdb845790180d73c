"""Tests of a connection against real servers: every finding that loopback can show."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.client import Client
from aiconnect.errors import Finding, NotFound
from aiconnect.models import Check, Connection, State
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import catalog, checks, connections, findings
from aiconnect.services.audit import Actor
from aiconnect.services.connections import Changes, Draft
from aiconnect.services.states import flip
from aiconnect.services.vault import Vault
from aiconnect.wire.addresses import ShippedPolicy
from aiconnect.wire.types import Timeout
from tests.fakes import OpenPolicy
from tests.fakes.certificates import make_certificate
from tests.fakes.dialects import OpenAI

KEY = "sk-marker-0123456789abcdef"
QUICK = Timeout(connect=2, first_byte=0.5, silence=0.5, total=5)
Test = Callable[..., Check]


@pytest.fixture
def client() -> Client:
    return Client(OpenPolicy(), patience=QUICK)


@pytest.fixture
def add(session: Session, owner: Actor, rows: Mapping[str, Provider], vault: Vault) -> Any:
    """Add a connection to a fake, or to any URL."""

    def add(slug: str, *, url: str = "", key: str | None = None) -> Connection:
        row = rows[slug]
        secret = Secret(key or KEY) if key or "api_key" in row.needs else None
        address = (url or row.base_url) if row.has("url") else ""
        draft = Draft(slug, base_url=address, secret=secret, private=row.has("url"))
        made = connections.add(session, owner, draft, rows=rows, vault=vault)
        if url and not row.has("url"):
            made.base_url = url
            session.commit()
        return made

    return add


@pytest.fixture
def check_of(
    session: Session, owner: Actor, rows: Mapping[str, Provider], vault: Vault, client: Client
) -> Test:
    """Run a test of a connection to its end."""

    def check_of(connection: Connection, client: Client = client) -> Check:
        begun = checks.start(session, owner, connection.id)
        given = list(checks.run(session, begun.id, client=client, rows=rows, vault=vault))
        assert [step.name for step in given] == list(checks.STEPS)
        assert [step["state"] for step in begun.steps] == [step.state for step in given]
        return begun

    return check_of


def states(check: Check) -> dict[str, str]:
    return {step["step"]: step["state"] for step in check.steps}


def failed(check: Check) -> str | None:
    return next((name for name, state in states(check).items() if state == "failed"), None)


@pytest.mark.parametrize("slug", ["openai", "compatible", "ollama", "lmstudio", "llamacpp"])
def test_a_connection_that_works_is_connected_and_has_its_models(session, add, check_of, slug):
    connection = add(slug)
    check = check_of(connection)
    assert (check.state, check.finding, failed(check)) == (State.CONNECTED, "ok", None)
    assert (connection.state, connection.finding) == (State.CONNECTED, None)
    assert connection.checked_at == connection.listed_at
    assert len(catalog.served(session, connection.id)) == int(check.facts["models"]) > 0
    assert KEY not in str(check.facts) + str(check.steps)


def test_the_steps_of_a_plain_http_server_without_a_key_skip_two(add, check_of):
    check = check_of(add("ollama"))
    assert states(check) == {
        "name": "ok", "connect": "ok", "tls": "skipped",
        "kind": "ok", "key": "skipped", "models": "ok",
    }  # fmt: skip
    assert all(isinstance(s["ms"], int) for s in check.steps if s["state"] == "ok")
    assert check.facts["version"] == "0.32.4"


def test_the_key_is_sent_to_the_list_alone(add, check_of, openai_fake):
    check_of(add("openai"))
    with_key = [r for r in openai_fake.requests if r.headers.get("authorization")]
    assert [request.path for request in with_key] == ["/v1/models"]
    assert len(openai_fake.requests) == 2


REFUSALS = [
    ("refuse_key", {}, "key_refused", State.NEEDS_ATTENTION, "key"),
    ("no_credit", {}, "no_credit", State.NEEDS_ATTENTION, "models"),
    ("limit", {"retry_after": 7}, "rate_limited", State.WARNING, "models"),
    ("overload", {}, "provider_down", State.UNREACHABLE, "kind"),
    ("html_error", {"status": 200, "title": "Welcome"}, "not_an_api", None, "kind"),
    ("html_error", {"status": 404, "title": "Not Found"}, "not_an_api", None, "kind"),
    ("html_error", {"status": 502}, "provider_down", State.UNREACHABLE, "kind"),
    ("redirect", {}, "redirected", State.NEEDS_ATTENTION, "kind"),
    ("hang_up", {}, "reset", State.UNREACHABLE, "kind"),
    ("stall", {}, "silent", State.UNREACHABLE, "kind"),
    ("empty_list", {}, "no_models", State.WARNING, None),
]


@pytest.mark.parametrize(("mood", "facts", "code", "state", "step"), REFUSALS)
@pytest.mark.parametrize("slug", ["openai", "compatible"])
def test_each_way_to_fail_has_its_finding(
    add, check_of, fakes, slug, mood, facts, code, state, step
):
    getattr(fakes[slug], mood)(**facts)
    check = check_of(add(slug, key=KEY))
    assert (check.finding, failed(check)) == (code, step)
    assert check.state == (state or State.NEEDS_ATTENTION)


@pytest.mark.parametrize("slug", ["ollama", "lmstudio", "llamacpp"])
@pytest.mark.parametrize(
    ("mood", "code"),
    [("refuse_key", "key_refused"), ("stall", "silent"), ("empty_list", "no_models"),
     ("hang_up", "reset"), ("html_error", "provider_down")],
)  # fmt: skip
def test_local_servers_fail_in_the_same_words(add, check_of, fakes, slug, mood, code):
    getattr(fakes[slug], mood)()
    assert check_of(add(slug, key=KEY)).finding == code


@pytest.mark.parametrize("slug", ["compatible", "ollama", "lmstudio", "llamacpp"])
def test_a_server_that_wants_a_key_where_none_is_says_so(add, check_of, fakes, slug):
    fakes[slug].demand("sk-right")
    check = check_of(add(slug))
    assert (check.finding, failed(check), check.state) == (
        "key_missing", "key", State.NEEDS_ATTENTION,
    )  # fmt: skip


@pytest.mark.parametrize("slug", ["openai", "compatible", "ollama", "lmstudio", "llamacpp"])
def test_the_demanded_key_is_accepted(add, check_of, fakes, slug):
    fakes[slug].demand(KEY)
    check = check_of(add(slug, key=KEY))
    assert (check.finding, states(check)["key"]) == ("ok", "ok")


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
    client = Client(OpenPolicy(), certificate, patience=QUICK)
    check = check_of(add("compatible", url=fake.url, key=KEY), client)
    assert (check.finding, states(check)["tls"]) == ("ok", "ok")


@pytest.mark.parametrize(
    ("name", "days", "code"),
    [("127.0.0.1", {}, "tls_untrusted"), ("other.example", {}, "tls_name"),
     ("127.0.0.1", {"starts": -9, "ends": -1}, "tls_expired")],
)  # fmt: skip
def test_certificates_that_do_not_do(add, check_of, tls_fake, name, days, code):
    fake, certificate = tls_fake(name, **days)
    ca_file = None if code == "tls_untrusted" else certificate
    check = check_of(add("compatible", url=fake.url), Client(OpenPolicy(), ca_file, patience=QUICK))
    assert (check.finding, failed(check), check.state) == (code, "tls", State.NEEDS_ATTENTION)


def test_https_to_a_plain_http_port(add, check_of, compatible_fake):
    url = compatible_fake.url.replace("http:", "https:")
    check = check_of(add("compatible", url=url))
    assert (check.finding, failed(check)) == ("plain_http", "tls")


def test_http_to_an_https_port(add, check_of, tls_fake):
    fake, _ = tls_fake()
    check = check_of(add("compatible", url=fake.url.replace("https:", "http:")))
    assert check.finding in {"https_expected", "reset"}


@pytest.mark.parametrize("prefix", ["/v1", "/api/v1", "/openai/v1"])
@pytest.mark.parametrize("typed", ["/somewhere", "/v1/v1"])
def test_a_wrong_path_offers_the_one_that_answers(add, check_of, compatible_fake, prefix, typed):
    compatible_fake.prefix = prefix
    check = check_of(add("compatible", url=compatible_fake.root + typed))
    assert (check.finding, failed(check)) == ("wrong_path", "kind")
    assert check.facts["try"] == compatible_fake.root + prefix


def test_a_wrong_path_without_another(add, check_of, compatible_fake):
    compatible_fake.prefix = "/hidden/deep"
    check = check_of(add("compatible", url=compatible_fake.root + "/somewhere"))
    assert check.finding == "wrong_path"
    assert "try" not in check.facts


@pytest.mark.parametrize("slug", ["compatible", "ollama", "lmstudio", "llamacpp"])
@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/"])
def test_an_address_with_and_without_v1_both_work(add, check_of, fakes, slug, end):
    assert check_of(add(slug, url=fakes[slug].root + end)).finding == "ok"


def test_a_server_without_a_list_works_with_a_caution(session, add, check_of, compatible_fake):
    compatible_fake.refuse(404, {"detail": "Not Found"}, on="models")
    connection = add("compatible")
    check = check_of(connection)
    assert (check.finding, check.state) == ("no_model_list", State.WARNING)
    assert states(check)["models"] == "skipped"
    assert connection.listed_at is None


def test_a_key_that_may_not_list_works_with_a_caution(add, check_of, openai_fake):
    message = "You have insufficient permissions for this operation. Missing scopes: api.model.read"
    openai_fake.refuse(403, {"error": {"message": message, "type": "invalid_request_error"}})
    check = check_of(add("openai"))
    assert (check.finding, check.state) == ("no_model_list", State.WARNING)
    assert "may not list" in findings.word(check.finding, check.facts).title


KINDS = ["ollama", "lmstudio", "llamacpp"]
NAMES = {"ollama": "Ollama", "lmstudio": "LM Studio", "llamacpp": "llama.cpp"}


@pytest.mark.parametrize("wanted", KINDS)
@pytest.mark.parametrize("there", KINDS)
def test_another_kind_of_server_is_named(add, check_of, fakes, wanted, there):
    check = check_of(add(wanted, url=fakes[there].root))
    if wanted == there:
        assert check.finding == "ok"
        return
    assert (check.finding, failed(check)) == ("wrong_kind", "kind")
    assert (check.facts["wanted"], check.facts["looks_like"]) == (NAMES[wanted], NAMES[there])


@pytest.mark.parametrize("wanted", KINDS)
def test_a_local_server_at_a_compatible_one_is_named_so(add, check_of, compatible_fake, wanted):
    check = check_of(add(wanted, url=compatible_fake.root))
    assert check.finding == "wrong_kind"
    assert "OpenAI-compatible" in check.facts["looks_like"]


@pytest.mark.parametrize("there", KINDS)
def test_a_compatible_connection_to_a_local_server_works_and_says_what_it_is(
    add, check_of, fakes, there
):
    check = check_of(add("compatible", url=fakes[there].root))
    assert (check.finding, check.facts["looks_like"]) == ("ok", NAMES[there])


def test_a_model_that_is_still_loading_is_a_caution(add, check_of, llamacpp_fake):
    llamacpp_fake.load()
    check = check_of(add("llamacpp"))
    assert (check.finding, check.state, failed(check)) == (
        "model_loading", State.WARNING, "models",
    )  # fmt: skip


def test_ollama_that_does_not_know_its_name_is_told(add, check_of, ollama_fake):
    ollama_fake.empty(403)
    check = check_of(add("ollama"))
    assert (check.finding, check.facts["reason"]) == ("no_permission", "host_header")


@pytest.mark.parametrize("body", [b"", b"[", b"null", b"7", b'"text"', b"{}", b'{"data": 3}'])
def test_an_answer_that_is_no_list_is_told(add, check_of, compatible_fake, body):
    compatible_fake.refuse(200, body)
    check = check_of(add("compatible", key=KEY))
    assert check.finding in {"wrong_path", "unknown_answer"}
    assert check.state == State.NEEDS_ATTENTION


def test_a_key_that_the_provider_repeats_is_hidden(add, check_of, compatible_fake):
    opaque = "opaquewordwithoutform"
    compatible_fake.refuse(403, {"error": {"message": f"Key {opaque} is not allowed"}}, on="models")
    check = check_of(add("compatible", key=opaque))
    assert check.finding == "no_permission"
    assert opaque not in str(check.facts) + str(check.steps)
    assert "[hidden]" in check.facts["detail"]


def test_a_key_that_does_not_open_is_told(session, add, check_of, vault):
    connection = add("openai")
    connection.credentials[0].sealed = "not sealed by us"
    session.commit()
    check = check_of(connection)
    assert (check.finding, failed(check)) == ("key_unreadable", "key")


def test_a_test_ends_in_time_and_keeps_what_it_has(
    session, add, owner, rows, vault, client, ollama_fake
):
    """Each call is in time; there are too many of them."""
    ollama_fake.old = True
    ollama_fake.serve_models([f"model-{n}" for n in range(150)])
    ollama_fake.slowly(0.05)
    connection = add("ollama")
    check = checks.start(session, owner, connection.id)
    begun = time.monotonic()
    list(checks.run(session, check.id, client=client, rows=rows, vault=vault, seconds=1))
    assert time.monotonic() - begun < 2
    assert check.finding == "ok"
    assert len(catalog.served(session, connection.id)) == 150


def test_a_finished_test_gives_its_stored_steps(session, add, check_of, rows, vault, client, fakes):
    check = check_of(add("ollama"))
    fakes.reset()
    again = list(checks.run(session, check.id, client=client, rows=rows, vault=vault))
    assert [step.state for step in again] == [step["state"] for step in check.steps]
    assert fakes["ollama"].requests == []


def test_a_test_that_was_left_is_finished_by_whoever_asks_next(
    session, add, owner, rows, vault, client
):
    check = checks.start(session, owner, add("ollama").id)
    left = checks.run(session, check.id, client=client, rows=rows, vault=vault)
    next(left)
    left.close()
    assert check.finished_at is None
    assert [step["step"] for step in check.steps] == ["name"]
    assert len(list(checks.run(session, check.id, client=client, rows=rows, vault=vault))) == 6
    assert check.finding == "ok"


def test_a_test_of_an_address_that_was_changed_meanwhile_leaves_the_connection_alone(
    session, add, owner, rows, vault, client, fakes
):
    connection = add("ollama")
    check = checks.start(session, owner, connection.id)
    run = checks.run(session, check.id, client=client, rows=rows, vault=vault)
    next(run)
    changes = Changes(base_url="http://127.0.0.1:9/")
    connections.edit(session, owner, connection.id, changes, rows=rows, vault=vault)
    list(run)
    assert (check.finding, connection.state) == ("ok", State.UNTESTED)
    assert catalog.served(session, connection.id) == []


def test_a_test_of_a_connection_that_was_removed_meanwhile_just_ends(
    session, add, owner, rows, vault, client
):
    connection = add("ollama")
    check = checks.start(session, owner, connection.id)
    run = checks.run(session, check.id, client=client, rows=rows, vault=vault)
    next(run)
    connections.remove(session, owner, connection.id)
    assert [step.state for step in run][-1] == "ok"


def test_a_test_belongs_to_its_connection(session, add, check_of):
    check = check_of(add("ollama"))
    assert checks.get(session, check.connection_id, check.id) is check
    with pytest.raises(NotFound):
        checks.get(session, check.connection_id + 1, check.id)
    with pytest.raises(NotFound):
        checks.get(session, check.connection_id, "nothing")


def test_a_test_that_is_not_there_cannot_be_run(session, client, rows, vault):
    with pytest.raises(NotFound):
        next(checks.run(session, "nothing", client=client, rows=rows, vault=vault))


def test_the_state_stays_where_this_server_had_no_descriptor_left(session, add):
    connection = add("ollama")
    connection.state = State.CONNECTED
    flip(connection, Finding("no_capacity"), clock.now())
    assert (connection.state, connection.finding) == (State.CONNECTED, None)


def test_the_latest_tests_come_first(session, add, check_of):
    connection = add("ollama")
    made = [check_of(connection).id for _ in range(3)]
    assert [check.id for check in checks.recent(session, connection.id, limit=2)] == made[:0:-1]


def test_a_state_is_kept_since_when_it_began(add, check_of, ollama_fake):
    connection = add("ollama")
    check_of(connection)
    since = connection.state_since
    check_of(connection)
    assert connection.state_since == since
    ollama_fake.overload()
    check_of(connection)
    assert connection.state == State.UNREACHABLE
    assert connection.state_since > since
