"""Programs in a browser: which pages may call, and that nobody else is told anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.rows import Fakes
from tests.gateway.conftest import Gate
from tests.running import Answer, Instance, serving

PAGE = "https://app.example.org"
CHAT = "/v1/chat/completions"
ASKED = "authorization,content-type,x-stainless-lang"


@pytest.fixture(scope="module")
def open_gate(all_fakes: Fakes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    folder = tmp_path_factory.mktemp("cors")
    instance = Instance(folder / "instance")
    instance.add_owner()
    instance.add_connection("compatible", all_fakes["compatible"].url, name="one")
    token = instance.add_token()
    environ = {"AICONNECT_CORS_ORIGINS": f"{PAGE}, http://localhost:3000"}
    with serving(instance, folder / "log", environ=environ) as server:
        yield Gate(server, instance, token)
    instance.close()


@pytest.fixture
def browser(open_gate: Gate, fakes: Fakes) -> Gate:
    return open_gate


def preflight(gate: Gate, origin: str, **more: str) -> Answer:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": ASKED,
        **more,
    }
    return gate.server.ask("OPTIONS", CHAT, headers=headers)


@pytest.mark.parametrize("origin", [PAGE, "http://localhost:3000"])
def test_an_allowed_page_may_ask_before_it_calls(browser: Gate, origin: str) -> None:
    answer = preflight(browser, origin)
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-headers"] == ASKED
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["vary"] == "Origin"


def test_a_page_of_the_internet_may_call_into_this_network_when_it_is_allowed(
    browser: Gate,
) -> None:
    answer = preflight(browser, PAGE, **{"Access-Control-Request-Private-Network": "true"})
    assert answer.headers["access-control-allow-private-network"] == "true"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "https://app.example.org.evil.example",
        "http://app.example.org",
    ],
)
def test_any_other_page_is_refused(browser: Gate, origin: str) -> None:
    answer = preflight(browser, origin)
    assert (answer.status, answer.json["error"]["code"]) == (403, "origin_not_allowed")
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("stream", [False, True])
def test_an_allowed_page_may_read_the_answer(browser: Gate, stream: bool) -> None:
    body = {"model": "one/m", "messages": [], "stream": stream}
    answer = browser.server.chat(browser.token, body, origin=PAGE)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "x-aiconnect-model" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("stream", [False, True])
def test_an_allowed_page_may_read_a_refusal(browser: Gate, fakes: Fakes, stream: bool) -> None:
    fakes["compatible"].overload()
    body = {"model": "one/m", "messages": [], "stream": stream}
    answer = browser.server.chat(browser.token, body, origin=PAGE)
    assert answer.status == 502
    assert answer.headers["access-control-allow-origin"] == PAGE


def test_a_wrong_access_token_is_readable_too(browser: Gate) -> None:
    answer = browser.server.get("/v1/models", {"Origin": PAGE, "x-api-key": "aic_wrong"})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (401, PAGE)


def test_a_program_without_an_origin_gets_no_such_headers(browser: Gate) -> None:
    answer = browser.chat("one/m")
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_nobody_is_allowed_until_somebody_says_so(gate: Gate) -> None:
    assert preflight(gate, PAGE).status == 403


def test_pages_of_aiconnect_itself_are_never_for_other_pages(browser: Gate) -> None:
    answer = browser.server.get("/login", {"Origin": PAGE})
    assert "access-control-allow-origin" not in answer.headers
