"""Models are listed whole, keys are proven, and each goes where it belongs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from aiconnect.errors import ProviderError
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from tests.contract.conftest import MARKER, TEAM, Spoken, spoken_with
from tests.fakes import Fakes
from tests.fakes.exchange import Request

PUBLIC_LISTS = ("deepinfra", "huggingface", "nvidia", "perplexity", "ollama-cloud")


def test_models_are_listed_and_their_ids_are_unique(spoken: Spoken) -> None:
    cards = spoken.client.models(spoken.target).cards
    assert cards
    assert len({card.id for card in cards}) == len(cards)
    assert {"chat"} <= {card.type for card in cards}


def test_a_list_of_thousands_is_read(spoken: Spoken) -> None:
    ids = [f"model-{n}" for n in range(2100)]
    spoken.fake.serve_models(ids)
    assert spoken.list() == ids


def test_every_page_is_read(spoken: Spoken) -> None:
    ids = [f"model-{n}" for n in range(5)]
    spoken.fake.serve_models(ids)
    spoken.fake.pages_of(2)
    assert spoken.list() == ids


def test_an_empty_list_is_a_list(spoken: Spoken) -> None:
    spoken.fake.empty_list()
    assert spoken.list() == []


@pytest.mark.parametrize("slug", [slug for slug, row in PROVIDERS.items() if row.other_urls])
def test_the_other_addresses_of_a_row_serve_it_too(one: Spoken) -> None:
    for url in one.row.other_urls:
        assert one.at(base_url=url).list()
    assert {request.headers["host"].split(":")[0] for request in one.fake.requests} == {"localhost"}


# --- keys ----------------------------------------------------------------------------------------


def test_the_right_key_is_proven(spoken: Spoken) -> None:
    spoken.fake.demand(MARKER)
    assert spoken.list()
    proven = {"proven": "yes"} if spoken.row.proof else {}
    assert spoken.client.prove(spoken.target) == proven
    assert spoken.client.say_one(spoken.target, "m") >= 0
    spoken.client.account(spoken.target)


def test_a_wrong_key_is_found_out(spoken: Spoken) -> None:
    spoken.fake.demand("another-key")
    with pytest.raises(ProviderError) as failure:
        _list_and_prove(spoken)
    assert failure.value.code == "key_refused"


@pytest.mark.parametrize("slug", PUBLIC_LISTS)
@pytest.mark.parametrize("key", [None, "wrong"])
def test_a_list_for_everyone_proves_no_key_and_the_proof_does(one: Spoken, key: str | None) -> None:
    one.fake.demand("another-key")
    secret = Secret(key) if key else None
    assert one.at(secret=secret).list()
    with pytest.raises(ProviderError) as failure:
        one.client.prove(one.target)
    assert failure.value.code == "key_refused"


@pytest.mark.parametrize(
    ("slug", "fact"),
    [
        (slug, fact)
        for slug, row in PROVIDERS.items()
        if row.proof
        for fact in row.proof.refused_when
    ],
)
def test_a_key_that_is_known_and_blocked_is_refused(one: Spoken, fact: str) -> None:
    one.fake.block(fact)
    with pytest.raises(ProviderError) as failure:
        one.client.prove(one.target)
    assert failure.value.code == "key_refused"


def test_the_question_of_kind_is_asked_without_the_key(spoken: Spoken) -> None:
    spoken.client.kind(spoken.target)
    assert spoken.fake.requests
    assert MARKER not in "".join(_text(request) for request in spoken.fake.requests)


def test_the_key_goes_only_in_the_rows_own_header(spoken: Spoken) -> None:
    own, chat = spoken.row.auth, spoken.fake
    spoken.list()
    spoken.client.prove(spoken.target)
    assert _places(spoken.fake.requests[0]) == {own.header.lower(): own.prefix + MARKER}
    for request in spoken.fake.requests:
        assert MARKER not in _text(request, *_places(request))
        assert list(_places(request)) in ([own.header.lower()], [chat.key_header])
    spoken.chat()
    assert _places(spoken.fake.last) == {chat.key_header: chat.key_prefix + MARKER}
    assert MARKER not in _text(spoken.fake.last, chat.key_header)


def test_an_added_header_arrives_with_every_call_and_never_in_place_of_the_key(
    spoken: Spoken,
) -> None:
    spoken.list()
    spoken.client.prove(spoken.target)
    spoken.client.say_one(spoken.target, "m")
    assert {request.headers.get("x-team") for request in spoken.fake.requests} == {TEAM}
    spoken.at(headers={spoken.fake.key_header: Secret("theirs")}).chat()
    assert spoken.fake.sent_key(spoken.fake.last) == MARKER


@pytest.fixture
def one(slug: str, rows: Mapping[str, Provider], fakes: Fakes) -> Spoken:
    """One row by its slug, for what only some rows have."""
    return spoken_with(rows[slug], fakes)


def _list_and_prove(spoken: Spoken) -> None:
    spoken.list()
    spoken.client.prove(spoken.target)


def _places(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if MARKER in value}


def _text(request: Request, *but: str) -> str:
    headers = {name: value for name, value in request.headers.items() if name not in but}
    return f"{request.path}?{request.query}\n{headers}\n{request.body!r}"
