"""Lists of many pages: all of them, bounded, and the key goes to no other host."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from aiconnect.adapters import cards
from aiconnect.adapters.cloud import MOST_PAGES
from aiconnect.errors import ProviderError
from tests.adapters.talking import adapter, attempt, hold, own, reply


def query(call, name: str) -> str:
    return parse_qs(urlsplit(call.url).query).get(name, [""])[0]


def anthropics(pages: dict[str, dict]):
    return lambda call: reply(pages[query(call, "after_id")])


def test_anthropic_is_asked_until_there_is_no_more():
    pages = {
        "": {"data": [{"id": "a"}], "has_more": True, "last_id": "a&b"},
        "a&b": {"data": [{"id": "c"}], "has_more": False, "last_id": "c"},
    }
    found, calls = hold(adapter("anthropic").models(own("anthropic")), anthropics(pages))
    assert [card.id for card in found] == ["a", "c"]
    assert [query(call, "limit") for call in calls] == ["1000", "1000"]
    assert {call.secrets["x-api-key"].reveal() for call in calls} == {"k"}
    assert {call.headers["anthropic-version"] for call in calls} == {"2023-06-01"}


def test_gemini_is_asked_until_no_mark_is_given():
    pages = {
        "": {"models": [{"name": "models/a"}], "nextPageToken": "x=/1"},
        "x=/1": {"models": [{"name": "models/b"}]},
    }
    found, calls = hold(
        adapter("gemini").models(own("gemini")), lambda call: reply(pages[query(call, "pageToken")])
    )
    assert [card.id for card in found] == ["a", "b"]
    assert all(dict(call.secrets).keys() == {"x-goog-api-key"} for call in calls)


def openrouters(link: str):
    """A first page with this link, then one without."""

    def answer(call):
        is_first = not query(call, "offset")
        body = {"data": [{"id": "a" if is_first else "b"}]}
        return reply(body | {"links": {"next": link if is_first else None}})

    return answer


AT = "https://openrouter.ai/api/v1/models/user"


@pytest.mark.parametrize(
    "link", [f"{AT}?offset=1", "/api/v1/models/user?offset=1", "?offset=1", "models?offset=1"]
)
def test_openrouter_links_to_its_next_page(link):
    found, calls = hold(adapter("openrouter").models(own("openrouter")), openrouters(link))
    assert [card.id for card in found] == ["a", "b"]
    assert {urlsplit(call.url).netloc for call in calls} == {"openrouter.ai"}
    assert "output_modalities=all" in calls[0].url


@pytest.mark.parametrize(
    "link",
    ["https://evil.example/?offset=1", "//evil.example/?offset=1", "http://openrouter.ai/?offset=1",
     "https://openrouter.ai:444/?offset=1", "https://openrouter.ai@evil.example/?offset=1",
     "https://[bad/?offset=1", "file:///etc/passwd?offset=1", 7, {"href": "x"}],
)  # fmt: skip
def test_a_next_page_on_another_host_is_never_asked_for(link):
    found, calls = hold(adapter("openrouter").models(own("openrouter")), openrouters(link))
    assert [card.id for card in found] == ["a"]
    assert [call.url for call in calls] == [f"{AT}?output_modalities=all"]


def test_a_page_that_names_itself_as_the_next_is_asked_for_once():
    page = reply({"data": [{"id": "a"}], "has_more": True, "last_id": "a"})
    _, calls = hold(adapter("anthropic").models(own("anthropic")), lambda _call: page)
    assert len(calls) == 2


def test_a_list_without_end_is_ended():
    def answer(call):
        number = int(query(call, "after_id") or 0) + 1
        return reply({"data": [{"id": f"m{number}"}], "has_more": True, "last_id": str(number)})

    found, calls = hold(adapter("anthropic").models(own("anthropic")), answer)
    assert len(calls) == len(found) == MOST_PAGES


def test_a_list_of_too_many_models_is_cut():
    def answer(call):
        number = int(query(call, "after_id") or 0)
        ids = [{"id": f"m{number}-{one}"} for one in range(8000)]
        return reply({"data": ids, "has_more": True, "last_id": str(number + 1)})

    found, calls = hold(adapter("anthropic").models(own("anthropic")), answer)
    assert (len(found), len(calls)) == (cards.MOST, 3)


def test_a_bare_array_of_too_many_models_is_cut():
    ids = [{"id": f"m{one}"} for one in range(cards.MOST + 5)]
    found, _ = hold(adapter("together").models(own("together")), lambda _call: reply(ids))
    assert len(found) == cards.MOST


def test_a_page_that_fails_fails_the_whole_list():
    pages = [
        reply({"data": [{"id": "a"}], "has_more": True, "last_id": "a"}),
        reply({"error": {"type": "rate_limit_error", "message": "slow"}}, 429),
    ]
    found = attempt(adapter("anthropic").models(own("anthropic")), lambda _call: pages.pop(0))
    assert isinstance(found, ProviderError)
    assert found.code == "rate_limited"


@pytest.mark.parametrize("status", [404, 405])
def test_an_openrouter_without_the_callers_own_list_has_the_public_one(status):
    def answer(call):
        own_list = "/models/user" in call.url
        return reply({"error": "no"}, status) if own_list else reply({"data": [{"id": "a"}]})

    found, calls = hold(adapter("openrouter").models(own("openrouter")), answer)
    assert [card.id for card in found] == ["a"]
    assert urlsplit(calls[-1].url).path == "/api/v1/models"


def test_an_openrouter_that_refuses_the_key_is_not_asked_for_its_public_list():
    refused = reply({"error": {"code": 401, "message": "User not found."}}, 401)
    found = attempt(adapter("openrouter").models(own("openrouter")), lambda _call: refused)
    assert isinstance(found, ProviderError)
    assert found.code == "key_refused"
