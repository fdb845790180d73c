"""Connections: added, edited, switched, removed, opened."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import Conflict, NotFound, Refused
from aiconnect.models import Check, Connection, Credential, ServedModel, State
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from aiconnect.services import connections, installation, key_changes
from aiconnect.services.audit import SYSTEM
from aiconnect.services.connections import Draft
from aiconnect.services.vault import Vault, new_key
from aiconnect.services.writing import writing
from aiconnect.wire.types import Ways
from tests.services.team import URL, Team

KEY = Secret("sk-proj-abcdefghijklmnopqrstuvwxyz")
OTHER = Secret("sk-proj-zyxwvutsrqponmlkjihgfedcba")


def test_a_connection_is_saved_untested(team: Team) -> None:
    made = team.add("openai", secret=KEY)
    assert (made.name, made.provider, made.state) == ("openai", "openai", State.UNTESTED)
    assert (made.base_url, made.enabled, made.checked_at) == (
        PROVIDERS["openai"].base_url,
        True,
        None,
    )


def test_connections_are_in_the_order_of_adding(session: Session, team: Team) -> None:
    names = [team.add(name=name).name for name in ("c", "a", "b")]
    assert [one.name for one in connections.all(session)] == names


def test_the_key_is_stored_sealed(session: Session, team: Team) -> None:
    made = team.add("openai", secret=KEY)
    row = session.scalars(select(Credential)).one()
    assert KEY.reveal() not in row.sealed
    assert (row.last4, made.key_last4) == ("wxyz", "wxyz")
    assert team.key_of(made) == KEY


@pytest.mark.parametrize("pasted", [" {} ", "{}\n", "Bearer {}", "\tBearer  {}\r\n"])
def test_what_was_pasted_around_a_key_is_taken_off(team: Team, pasted: str) -> None:
    made = team.add("openai", secret=Secret(pasted.format(KEY.reveal())))
    assert team.key_of(made) == KEY


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel", "sk-\x00", "x" * 4001])
def test_what_no_key_can_be_is_refused_without_being_shown(team: Team, key: str) -> None:
    with pytest.raises(Refused) as refused:
        team.add("openai", secret=Secret(key))
    assert refused.value.field == "api_key"
    assert key not in str(refused.value)


@pytest.mark.parametrize("key", [None, Secret(""), Secret("  ")])
def test_a_provider_that_needs_a_key_is_not_saved_without(
    session: Session, team: Team, key: Secret | None
) -> None:
    with pytest.raises(Refused) as refused:
        team.add("openai", secret=key)
    assert refused.value.field == "api_key"
    assert connections.all(session) == []


def test_a_provider_that_takes_no_key_is_given_none(session: Session, vault: Vault) -> None:
    keyless = replace(PROVIDERS["ollama"], fields=PROVIDERS["ollama"].fields[:1])
    draft = Draft("ollama", secret=KEY)
    with pytest.raises(Refused, match="takes no key"):
        connections.add(session, SYSTEM, draft, rows={"ollama": keyless}, vault=vault)


def test_a_local_provider_needs_nothing(team: Team) -> None:
    made = team.add("ollama")
    assert (made.base_url, made.key_last4, team.key_of(made)) == (
        "http://localhost:11434",
        None,
        None,
    )


def test_an_unknown_provider_is_not_found(team: Team) -> None:
    with pytest.raises(NotFound):
        team.add("nosuch")


def test_a_private_address_needs_the_switch(team: Team) -> None:
    with pytest.raises(Refused) as refused:
        team.add(base_url="http://127.0.0.1:9")
    assert refused.value.field == "private"
    assert team.target(team.add(base_url="http://127.0.0.1:9", private=True)).route.private


def test_the_switch_opens_no_private_way_for_a_cloud_provider(team: Team) -> None:
    assert not team.target(team.add("openai", secret=KEY, private=True)).route.private


def test_models_are_entered_by_hand(session: Session, team: Team) -> None:
    made = team.add(models=(" b ", "a", "b", ""))
    assert connections.entered_models(session, made) == ["b", "a"]
    assert connections.model_counts(session) == {made.id: 2}


def test_entering_models_again_replaces_those_entered(session: Session, team: Team) -> None:
    made = team.add(models=("a", "b"))
    listed(session, made, "b")
    listed(session, made, "c")
    team.edit(made, models=("d",))
    assert connections.entered_models(session, made) == ["d"]
    left = select(ServedModel.model_id).order_by(ServedModel.model_id)
    assert list(session.scalars(left)) == ["b", "c", "d"]


def listed(session: Session, connection: Connection, model_id: str) -> None:
    here = (ServedModel.connection_id == connection.id, ServedModel.model_id == model_id)
    row = session.scalar(select(ServedModel).where(*here)) or ServedModel(
        connection_id=connection.id, model_id=model_id, first_seen=clock.now()
    )
    row.listed, row.last_seen = True, clock.now()
    session.add(row)
    session.commit()


def test_every_change_is_counted_for_the_gateway(session: Session, team: Team) -> None:
    made = team.add("openai", secret=KEY)
    steps = [
        lambda: team.add("ollama"),
        lambda: team.edit(made, name="main"),
        lambda: connections.rotate(session, SYSTEM, made.id, OTHER, vault=team.vault),
        lambda: connections.disable(session, SYSTEM, made.id),
        lambda: connections.enable(session, SYSTEM, made.id),
        lambda: key_changes.disconnect(session, SYSTEM, made.id, rows=PROVIDERS, vault=team.vault),
        lambda: connections.remove(session, SYSTEM, made.id),
    ]
    for step in steps:
        before = installation.revision(session)
        step()
        assert installation.revision(session) == before + 1


def test_editing_nothing_changes_nothing(session: Session, team: Team) -> None:
    made = team.add(models=("a",))
    before = installation.revision(session)
    team.edit(made, name=made.name, base_url=made.base_url, models=("a",), private=False)
    assert installation.revision(session) == before


def found_connected(session: Session, connection: Connection) -> None:
    connection.state, connection.finding, connection.checked_at = State.CONNECTED, "ok", clock.now()
    connection.learned = {"no_stream_options": True}
    session.commit()


def test_another_name_leaves_the_state(session: Session, team: Team) -> None:
    made = team.add("openai", secret=KEY)
    found_connected(session, made)
    team.edit(made, name="main")
    assert (made.name, made.state) == ("main", State.CONNECTED)


def test_another_path_leaves_the_key_but_not_the_state(session: Session, team: Team) -> None:
    made = team.add(secret=KEY)
    found_connected(session, made)
    team.edit(made, base_url="https://api.example.com/v2")
    assert (made.state, made.finding, made.checked_at) == (State.UNTESTED, None, None)
    assert made.learned == {}
    assert team.key_of(made) == KEY


@pytest.mark.parametrize("url", ["https://elsewhere.example/v1", "http://api.example.com/v1"])
def test_a_key_does_not_follow_to_another_host_or_scheme(team: Team, url: str) -> None:
    made = team.add(secret=KEY)
    team.edit(made, base_url=url, private=True)
    assert team.key_of(made) is None


def test_a_key_given_for_the_other_host_is_kept(team: Team) -> None:
    made = team.add(secret=KEY)
    team.edit(made, base_url="https://elsewhere.example/v1", secret=OTHER)
    assert team.key_of(made) == OTHER


def test_an_edit_that_is_refused_changes_nothing(session: Session, team: Team) -> None:
    made = team.add(secret=KEY)
    with pytest.raises(Refused):
        team.edit(made, name="renamed", base_url="http://10.0.0.1")
    assert (made.name, made.base_url) == ("compatible", URL)
    assert team.key_of(made) == KEY


def test_an_edit_to_a_taken_name_is_refused(team: Team) -> None:
    team.add(name="main")
    with pytest.raises(Conflict):
        team.edit(team.add(name="other"), name="main")


def test_switching_the_private_network_off_is_refused_for_a_private_address(team: Team) -> None:
    made = team.add(base_url="http://10.0.0.1", private=True)
    with pytest.raises(Refused) as refused:
        team.edit(made, private=False)
    assert refused.value.field == "private"


def test_a_new_key_takes_the_old_one_s_place(session: Session, team: Team) -> None:
    made = team.add("openai", secret=KEY)
    found_connected(session, made)
    connections.rotate(session, SYSTEM, made.id, OTHER, vault=team.vault)
    assert team.key_of(made) == OTHER
    assert made.state == State.UNTESTED
    assert session.scalar(select(func.count()).select_from(Credential)) == 1


def test_an_empty_key_takes_no_key_s_place(session: Session, team: Team) -> None:
    made = team.add(secret=KEY)
    with pytest.raises(Refused):
        connections.rotate(session, SYSTEM, made.id, Secret(" "), vault=team.vault)
    assert team.key_of(made) == KEY


def test_a_forgotten_key_is_gone_and_missed_where_one_is_needed(
    session: Session, team: Team
) -> None:
    made, local = team.add("openai", secret=KEY), team.add("ollama", secret=KEY)
    for one in (made, local):
        key_changes.disconnect(session, SYSTEM, one.id, rows=PROVIDERS, vault=team.vault)
    assert session.scalar(select(func.count()).select_from(Credential)) == 0
    assert (made.state, made.finding) == (State.NEEDS_ATTENTION, "key_missing")
    assert (local.state, local.finding) == (State.UNTESTED, None)


def test_off_is_shown_and_the_state_kept(session: Session, team: Team) -> None:
    made = team.add("openai", secret=KEY)
    found_connected(session, made)
    connections.disable(session, SYSTEM, made.id)
    assert (made.shown_state, made.state) == (State.OFF, State.CONNECTED)
    connections.enable(session, SYSTEM, made.id)
    assert made.shown_state == State.CONNECTED


def test_removing_takes_key_models_and_checks_along(session: Session, team: Team) -> None:
    made, kept = team.add(secret=KEY, models=("a",)), team.add(secret=KEY, models=("a",))
    check = Check(id="1", connection_id=made.id, base_url=URL, started_at=clock.now())
    session.add(check)
    session.commit()
    connections.remove(session, SYSTEM, made.id)
    for table in (Credential, ServedModel):
        assert session.scalars(select(table.connection_id)).all() == [kept.id]
    assert session.scalars(select(Check)).all() == []
    with pytest.raises(NotFound):
        connections.get(session, made.id)
    with pytest.raises(NotFound):
        connections.by_name(session, "compatible")


def test_an_id_does_not_come_back(session: Session, team: Team) -> None:
    before = team.add()
    connections.remove(session, SYSTEM, before.id)
    assert team.add().id > before.id


def test_a_key_moved_to_another_connection_does_not_open(session: Session, team: Team) -> None:
    mine, theirs = team.add("openai", secret=KEY), team.add("openai", secret=OTHER)
    sealed = mine.credentials[0].sealed
    with writing(session):
        theirs.credentials[0].sealed = sealed
    with pytest.raises(Refused, match="does not open"):
        team.target(theirs)


def test_a_credential_pointed_at_another_connection_does_not_open(
    session: Session, team: Team
) -> None:
    mine, theirs = team.add("openai", secret=KEY), team.add(base_url=URL)
    session.execute(update(Credential).values(connection_id=theirs.id))
    session.commit()
    with pytest.raises(Refused, match="does not open"):
        team.target(theirs)
    assert team.key_of(mine) is None


def test_a_key_sealed_with_another_master_key_is_refused_with_a_sentence(
    session: Session, team: Team
) -> None:
    made = team.add("openai", secret=KEY)
    with pytest.raises(Refused, match="Enter it again"):
        connections.target(made, rows=PROVIDERS, vault=Vault([new_key()]), ways=Ways())
