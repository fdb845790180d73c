"""The right kind of server at the right path."""

from __future__ import annotations

import pytest

from aiconnect.models import State
from aiconnect.services import findings
from tests.services.checks.conftest import KEY
from tests.services.checks.reading import failed, states


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
