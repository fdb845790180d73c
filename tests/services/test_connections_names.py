"""Names of connections: made, refused, taken once, also by several at the same moment."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from aiconnect.errors import Conflict, Refused
from aiconnect.models.base import sessions
from aiconnect.services.vault import Vault
from tests.locks import hurry
from tests.services.team import Team


def test_a_name_is_made_from_the_provider_s(team: Team) -> None:
    assert [team.add().name for _ in range(3)] == ["compatible", "compatible-2", "compatible-3"]


@pytest.mark.parametrize(
    "name", ["-a", "A", "a b", "a/b", "é", "a" * 60, "a\nb", "collection", "route"]
)
def test_some_names_are_refused(team: Team, name: str) -> None:
    with pytest.raises(Refused) as refused:
        team.add(name=name)
    assert refused.value.field == "name"


@pytest.mark.parametrize("name", ["a", "7b", "a-b-", "a" * 59, " padded "])
def test_other_names_are_taken(team: Team, name: str) -> None:
    assert team.add(name=name).name == name.strip()


def test_a_name_is_taken_once(team: Team) -> None:
    team.add(name="main")
    with pytest.raises(Conflict) as refused:
        team.add(name="main")
    assert refused.value.field == "name"


def test_of_two_that_add_the_same_name_at_once_one_wins(engine: Engine, vault: Vault) -> None:
    results = at_once(engine, vault, names=["main"] * 6)
    assert sorted(results) == ["Conflict"] * 5 + ["main"]


def test_of_those_that_add_without_a_name_at_once_all_get_one(engine: Engine, vault: Vault) -> None:
    results = at_once(engine, vault, names=[""] * 6)
    assert sorted(results) == ["compatible", *(f"compatible-{number}" for number in range(2, 7))]


def at_once(engine: Engine, vault: Vault, names: list[str]) -> list[str]:
    """What each of several threads got, that all add a connection at the same moment."""
    results: list[str] = []
    ready = threading.Barrier(len(names))

    def add(name: str) -> None:
        with sessions(engine)() as session:
            ready.wait()
            try:
                results.append(Team(session, vault).add(name=name).name)
            except Conflict:
                results.append("Conflict")

    threads = [threading.Thread(target=add, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_refusal_gives_the_write_lock_back(
    session: Session, team: Team, engine: Engine, vault: Vault
) -> None:
    team.add(name="main")
    with pytest.raises(Conflict):
        team.add(name="main")
    with sessions(engine)() as other:
        hurry(other)
        Team(other, vault).add(name="next")
