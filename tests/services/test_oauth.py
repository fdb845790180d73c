"""A code exchanged for a key: what goes over the wire, and what is said where nothing comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.client import Client
from aiconnect.errors import NotFound, Refused
from aiconnect.models import OAuthAttempt, Person, Role, SignIn
from aiconnect.providers import PROVIDERS
from aiconnect.providers.oauth import OPENROUTER
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import accounts, connections, oauth
from aiconnect.services.accounts import Passwords
from aiconnect.services.audit import Actor
from aiconnect.services.oauth import Answer, Stage, Wish
from aiconnect.services.oauth.exchange import NoKey, exchange
from aiconnect.services.vault import Vault
from aiconnect.wire.types import Timeout
from tests.fakes.openrouter_site import OpenRouterSite
from tests.fakes.rows import OpenPolicy
from tests.people import PASSWORD

CODE, VERIFIER = Secret("auth_code_planted"), Secret("v" * 64)
SHORT = Timeout(1, 0.2, 0.2, 0.5)


@pytest.fixture(scope="module")
def the_site() -> Iterator[OpenRouterSite]:
    site = OpenRouterSite()
    yield site
    site.close()


@pytest.fixture
def openrouter(the_site: OpenRouterSite) -> Iterator[OpenRouterSite]:
    the_site.reset()
    yield the_site
    the_site.reset()


@pytest.fixture
def rows(openrouter: OpenRouterSite) -> dict[str, Provider]:
    return {"openrouter": openrouter.row}


@pytest.fixture
def sign_in(session: Session, alice: Person, passwords: Passwords) -> SignIn:
    accounts.sign_in(session, alice.email, PASSWORD, address="", browser="", passwords=passwords)
    return session.scalars(select(SignIn)).one()


def ask(row: Provider, patience: Timeout = SHORT) -> Secret:
    return exchange(Client(OpenPolicy()), OPENROUTER, row, CODE, VERIFIER, patience=patience)


def test_the_code_goes_in_the_body_and_no_key_goes_along(openrouter: OpenRouterSite) -> None:
    with pytest.raises(NoKey, match="code_refused"):
        ask(openrouter.row)
    sent = openrouter.last
    assert (sent.method, sent.path, sent.query) == ("POST", "/api/v1/auth/keys", "")
    assert "authorization" not in sent.headers
    assert sent.json == {
        "code": CODE.reveal(),
        "code_verifier": VERIFIER.reveal(),
        "code_challenge_method": "S256",
    }


SILENCES: dict[str, Callable[[OpenRouterSite], None]] = {
    "stall": OpenRouterSite.stall,
    "hang up": OpenRouterSite.hang_up,
}


@pytest.mark.parametrize("name", SILENCES)
def test_a_site_that_says_nothing_is_waited_for_in_vain(
    openrouter: OpenRouterSite, name: str
) -> None:
    SILENCES[name](openrouter)
    with pytest.raises(NoKey, match="no_answer"):
        ask(openrouter.row)


def test_a_name_that_does_not_exist_is_no_way(openrouter: OpenRouterSite) -> None:
    nowhere = replace(openrouter.row, base_url="http://nowhere.invalid/api/v1")
    with pytest.raises(NoKey, match="no_way"):
        ask(nowhere)


@pytest.mark.parametrize(
    "url", ["http://openrouter.ai/api/v1", "https://127.0.0.1/api/v1", "https://10.0.0.7/api/v1"]
)
def test_the_shipped_row_calls_public_https_alone(url: str) -> None:
    with pytest.raises(NoKey, match="address"):
        ask(replace(PROVIDERS["openrouter"], base_url=url))


def test_the_shipped_row_leads_to_one_host() -> None:
    row = PROVIDERS["openrouter"]
    key = Secret("sk-or-v1-" + "0" * 64)
    for url in (
        OPENROUTER.page_url(row),
        OPENROUTER.exchange_url(row),
        OPENROUTER.key_url(row, key),
    ):
        assert url.startswith("https://openrouter.ai/")
        assert key.reveal() not in url
    assert OPENROUTER.exchange_url(row) == "https://openrouter.ai/api/v1/auth/keys"


def test_an_attempt_that_is_used_or_over_cannot_be_used(
    session: Session, owner: Actor, sign_in: SignIn, rows: dict[str, Provider], vault: Vault,
    openrouter: OpenRouterSite,
) -> None:  # fmt: skip
    client = Client(OpenPolicy())
    parts = {"rows": rows, "vault": vault}
    begin = Wish("openrouter")
    first = oauth.begin(session, owner, sign_in.id, begin, None, **parts)  # type: ignore[arg-type]
    late = oauth.begin(session, owner, sign_in.id, begin, None, **parts)  # type: ignore[arg-type]
    over = {"ends_at": clock.now() - timedelta(seconds=1)}
    session.execute(update(OAuthAttempt).where(OAuthAttempt.id == late.id).values(over))
    session.commit()
    session.expire_all()
    assert oauth.stage_of(late) is Stage.EXPIRED
    denied = Answer(error="access_denied")
    assert not oauth.finish(session, owner, late, denied, client=client, rows=rows, vault=vault)
    assert oauth.finish(session, owner, first, denied, client=client, rows=rows, vault=vault)
    assert not oauth.finish(session, owner, first, denied, client=client, rows=rows, vault=vault)
    assert (first.outcome, first.verifier) == ("denied", "")
    assert not openrouter.requests


def test_an_attempt_of_another_browser_is_not_there(
    session: Session, owner: Actor, sign_in: SignIn, rows: dict[str, Provider], vault: Vault
) -> None:
    found: list[str] = []
    attempt = oauth.begin(
        session,
        owner,
        sign_in.id,
        Wish("openrouter"),
        lambda secret: found.append(secret) or f"http://localhost/{secret}",
        rows=rows,
        vault=vault,
    )
    with pytest.raises(NotFound):
        oauth.get(session, sign_in.id + 1, attempt.id)
    secret = Secret(found[0])
    assert oauth.find_by_secret(session, sign_in.id + 1, secret) is None
    assert oauth.find_by_secret(session, sign_in.id, secret) is attempt


def test_what_could_not_be_saved_is_refused_before_anybody_goes_out(
    session: Session, bob: Person, sign_in: SignIn, rows: dict[str, Provider], vault: Vault
) -> None:
    viewer = Actor(bob.email, role=Role.VIEWER, person_id=bob.id)
    with pytest.raises(Refused):
        oauth.begin(session, viewer, sign_in.id, Wish("openrouter"), None, rows=rows, vault=vault)
    assert not connections.all(session)
