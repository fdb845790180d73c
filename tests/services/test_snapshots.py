"""The picture that the gateway works from."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard
from aiconnect.calls.plan import find
from aiconnect.calls.snapshot import Caller, Snapshot
from aiconnect.models import AccessToken, Connection, Person, ServedModel, State
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from aiconnect.services import accounts, catalog, connections, installation, snapshots, tokens
from aiconnect.services.audit import SYSTEM
from aiconnect.services.connections import Draft
from aiconnect.services.vault import Vault, new_key
from aiconnect.services.writing import writing
from aiconnect.settings import Settings

KEY = Secret("sk-proj-abcdefghijklmnopqrstuvwxyz")


class Team:
    def __init__(self, session: Session, vault: Vault, settings: Settings) -> None:
        self.session, self.vault, self.settings = session, vault, settings

    def add(self, provider: str, name: str = "", **more: object) -> Connection:
        draft = Draft(provider, name, **more)  # type: ignore[arg-type]
        return connections.add(self.session, SYSTEM, draft, rows=PROVIDERS, vault=self.vault)

    def list_models(self, connection: Connection, *model_ids: str) -> None:
        now = clock.now()
        with writing(self.session):
            connection.listed_at = now
            self.session.add_all(
                ServedModel(
                    connection_id=connection.id, model_id=one, first_seen=now, last_seen=now
                )
                for one in model_ids
            )

    def picture(self, vault: Vault | None = None) -> Snapshot:
        return snapshots.build(
            self.session, rows=PROVIDERS, vault=vault or self.vault, settings=self.settings
        )


@pytest.fixture
def team(session: Session, vault: Vault, settings: Settings) -> Team:
    return Team(session, vault, settings)


def digest(secret: Secret) -> bytes:
    return hashlib.sha256(secret.reveal().encode()).digest()


def test_an_empty_installation_has_an_empty_picture(team: Team) -> None:
    picture = team.picture()
    assert (dict(picture.callers), dict(picture.connections), picture.served) == ({}, {}, ())


def test_a_caller_is_known_by_the_hash_of_the_secret(
    session: Session, alice: Person, team: Team
) -> None:
    made, secret = tokens.add(
        session, SYSTEM, "laptop", alice.email, expires_days=1, patterns=["ollama/*"]
    )
    caller = team.picture().callers[digest(secret)]
    assert (caller.token_name, caller.person) == ("laptop", alice.email)
    assert made.expires_at is not None
    assert caller.expires_at == made.expires_at.timestamp()
    assert caller.may_use("ollama/llama")
    assert not caller.may_use("openai/gpt")


def test_revoked_expired_and_closed_ones_are_no_callers(
    session: Session, alice: Person, bob: Person, team: Team
) -> None:
    for name, email in (("a", alice.email), ("b", alice.email), ("c", bob.email)):
        tokens.add(session, SYSTEM, name, email)
    tokens.revoke(session, SYSTEM, "a")
    past = clock.now() - timedelta(seconds=1)
    session.execute(update(AccessToken).where(AccessToken.name == "b").values(expires_at=past))
    session.commit()
    accounts.disable_person(session, SYSTEM, bob.email)
    assert team.picture().callers == {}


def test_a_connection_comes_opened(team: Team) -> None:
    team.add("openai", secret=KEY)
    opened = team.picture().connections["openai"]
    assert opened.target.secret == KEY
    assert (opened.target.base_url, opened.target.provider.slug) == (
        PROVIDERS["openai"].base_url, "openai",
    )  # fmt: skip
    assert (opened.enabled, opened.broken, opened.target.route.private) == (True, False, False)


def test_a_connection_that_is_off_is_in_it_as_off(session: Session, team: Team) -> None:
    made = team.add("openai", secret=KEY, models=("gpt",))
    connections.disable(session, SYSTEM, made.id)
    picture = team.picture()
    assert not picture.connections["openai"].enabled
    assert "openai/gpt" in picture.by_name
    assert "gpt" not in picture.by_id


def test_models_listed_or_entered_are_served(team: Team) -> None:
    made = team.add("ollama", models=("by-hand",))
    team.list_models(made, "listed", "gone")
    with writing(team.session):
        team.session.execute(
            update(ServedModel).where(ServedModel.model_id == "gone").values(listed=False)
        )
    assert set(team.picture().by_name) == {"ollama/by-hand", "ollama/listed"}


def test_a_bare_id_is_the_first_connection_s_in_the_team_s_order(team: Team) -> None:
    first, second = team.add("ollama", "zzz"), team.add("ollama", "aaa")
    for one in (second, first):
        team.list_models(one, "llama:latest")
    picture = team.picture()
    assert picture.by_id["llama"][0].connection == "zzz"
    assert [one.connection for one in picture.served] == ["zzz", "aaa"]


def test_any_model_goes_through_while_none_was_listed_or_entered(team: Team) -> None:
    team.add("ollama", "new")
    team.add("ollama", "entered", models=("a",))
    team.list_models(team.add("ollama", "listed-empty"))
    opened = team.picture().connections
    assert {name: one.any_model for name, one in opened.items()} == {
        "new": True, "entered": False, "listed-empty": False,
    }  # fmt: skip


def test_what_calls_have_shown_is_remembered(team: Team) -> None:
    made = team.add("ollama")
    with writing(team.session):
        made.learned = {"no_stream_options": True}
    assert team.picture().connections["ollama"].no_stream_options


def test_a_key_that_does_not_open_breaks_its_connection_only(team: Team) -> None:
    made, other = team.add("openai", secret=KEY), team.add("ollama")
    picture = team.picture(Vault([new_key()]))
    assert picture.connections["openai"].broken
    assert picture.connections["openai"].target.secret is None
    assert not picture.connections["ollama"].broken
    assert (made.state, made.finding) == (State.NEEDS_ATTENTION, "key_unreadable")
    assert other.state == State.UNTESTED


def test_once_the_key_opens_again_the_connection_is_untested(team: Team) -> None:
    made = team.add("openai", secret=KEY)
    team.picture(Vault([new_key()]))
    assert not team.picture().connections["openai"].broken
    assert (made.state, made.finding) == (State.UNTESTED, None)


def test_building_a_picture_writes_only_what_has_changed(session: Session, team: Team) -> None:
    made = team.add("openai", secret=KEY)
    wrong = Vault([new_key()])
    team.picture(wrong)
    since = made.state_since
    team.picture(wrong)
    assert made.state_since == since


def test_a_provider_that_this_version_does_not_know_is_left_out(
    session: Session, team: Team
) -> None:
    made = team.add("ollama", models=("a",))
    with writing(session):
        made.provider = "of-tomorrow"
    picture = team.picture()
    assert (dict(picture.connections), picture.served) == ({}, ())


def test_the_picture_carries_its_revision(session: Session, team: Team) -> None:
    team.add("ollama")
    assert team.picture().revision == installation.revision(session)


def test_no_picture_shows_a_key(team: Team) -> None:
    team.add("openai", secret=KEY)
    assert KEY.reveal() not in repr(team.picture())


def test_what_is_hidden_or_outside_the_patterns_is_not_served(team: Team) -> None:
    one = team.add("ollama", "one")
    team.list_models(one, "llama3", "llama4", "qwen3")
    with writing(team.session):
        one.allowed = ["llama*"]
        hidden = select(ServedModel).where(ServedModel.model_id == "llama4")
        team.session.scalars(hidden).one().hidden = True
    picture = team.picture()
    assert set(picture.by_name) == {"one/llama3"}
    assert not picture.connections["one"].takes("qwen3")


def test_a_connection_whose_models_are_all_hidden_takes_none(team: Team) -> None:
    one = team.add("ollama", "one", models=("llama3",))
    with writing(team.session):
        team.session.execute(update(ServedModel).values(hidden=True))
    assert not team.picture().connections[one.name].any_model


def test_a_personal_connection_is_known_by_its_owner(team: Team, alice: Person) -> None:
    team.add("ollama", "mine", owner_id=alice.id)
    opened = team.picture().connections["mine"]
    assert opened.serves(alice.id)
    assert not opened.serves(alice.id + 1)


def test_what_only_a_job_has_listed_narrows_nothing(team: Team) -> None:
    one = team.add("ollama", "one")
    for asked, any_model in ((False, True), (False, True), (True, False), (False, False)):
        with writing(team.session):
            cards = (ModelCard("llama3"),)
            catalog.store_models(team.session, one, cards, clock.now(), asked=asked)
        picture = team.picture()
        assert picture.connections["one"].any_model is any_model
        assert "one/llama3" in picture.by_name


@pytest.mark.parametrize("name", ["llama3:latest", "llama3"])
def test_what_somebody_has_switched_off_is_off_though_only_a_job_has_listed_it(
    team: Team, name: str
) -> None:
    one = team.add("ollama", "one")
    with writing(team.session):
        cards = (ModelCard("llama3:latest"),)
        catalog.store_models(team.session, one, cards, clock.now(), asked=False)
    caller = Caller(1, "laptop", 1, "alice@example.org")
    assert find(team.picture(), caller, f"one/{name}") is not None
    catalog.hide(team.session, SYSTEM, one.id, ["llama3:latest"])
    assert find(team.picture(), caller, f"one/{name}") is None
    assert find(team.picture(), caller, "one/another") is not None
