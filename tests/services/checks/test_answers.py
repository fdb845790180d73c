"""What a server answers, and which finding it is."""

from __future__ import annotations

import pytest

from aiconnect.models import State
from aiconnect.services import catalog
from tests.services.checks.conftest import KEY
from tests.services.checks.reading import failed, states


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
