"""Whose a connection is: the team's, or one person's, who alone sees, tests, calls, changes it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import NotFound, Refused
from aiconnect.models import AuditEntry, Connection, Person, Role
from aiconnect.secret import Secret
from aiconnect.services import catalog, connections, key_changes
from aiconnect.services.audit import COMMAND_LINE, SYSTEM, Actor
from aiconnect.services.connections import Access, Changes, Draft
from aiconnect.services.writing import writing
from tests import people
from tests.services.team import URL, Team

KEY = Secret("sk-proj-abcdefghijklmnopqrstuvwxyz")


def actor(person: Person) -> Actor:
    return Actor(person.email, role=Role(person.role), person_id=person.id)


@pytest.fixture
def owned(team: Team, member: Person) -> Connection:
    """Mel's personal connection."""
    return team.add(name="mels", actor=actor(member), owner_id=member.id, models=("a", "b"))


@pytest.fixture
def ours(team: Team) -> Connection:
    return team.add(name="shared", models=("c",))


Act = Callable[[Team, Actor, int], object]
CHANGES: dict[str, Act] = {
    "edit": lambda team, who, one: connections.edit(
        team.session, who, one, Changes(name="changed"), rows=team.rows, vault=team.vault
    ),
    "rotate": lambda team, who, one: connections.rotate(
        team.session, who, one, KEY, vault=team.vault
    ),
    "forget key": lambda team, who, one: key_changes.disconnect(
        team.session, who, one, rows=team.rows, vault=team.vault
    ),
    "enable": lambda team, who, one: connections.enable(team.session, who, one),
    "move": lambda team, who, one: connections.move(team.session, who, one, up=True),
    "hide": lambda team, who, one: catalog.hide(team.session, who, one, ["a"]),
    "show": lambda team, who, one: catalog.show(team.session, who, one, ["a"]),
    "hide all": lambda team, who, one: catalog.hide_all(team.session, who, one),
    "show all": lambda team, who, one: catalog.show_all(team.session, who, one),
    "refresh": lambda team, who, one: catalog.refresh(
        team.session, who, one, client=None, rows=team.rows, vault=team.vault  # type: ignore[arg-type]
    ),
}  # fmt: skip
ENDS: dict[str, Act] = {
    "disable": lambda team, who, one: connections.disable(team.session, who, one),
    "remove": lambda team, who, one: connections.remove(team.session, who, one),
}
OFFLINE = {name: act for name, act in {**CHANGES, **ENDS}.items() if name != "refresh"}


@pytest.mark.on_sqlite
@pytest.mark.parametrize("act", {**CHANGES, **ENDS}.values(), ids={**CHANGES, **ENDS})
def test_to_another_member_a_personal_connection_is_not_there(
    session: Session, team: Team, owned: Connection, act: Act
) -> None:
    other = actor(people.person(session, "otto", Role.MEMBER))
    with pytest.raises(NotFound):
        act(team, other, owned.id)


@pytest.mark.on_sqlite
@pytest.mark.parametrize("act", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("who", ["admin", "alice"])
def test_an_admin_may_not_use_or_change_a_personal_connection(
    team: Team, owned: Connection, act: Act, who: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(Refused, match="Only its owner"):
        act(team, actor(request.getfixturevalue(who)), owned.id)
    assert (owned.name, owned.enabled, owned.credentials) == ("mels", True, [])


@pytest.mark.on_sqlite
@pytest.mark.parametrize("act", ENDS.values(), ids=ENDS)
def test_an_admin_may_end_a_personal_connection(
    session: Session, team: Team, owned: Connection, admin: Person, act: Act
) -> None:
    act(team, actor(admin), owned.id)
    found = session.get(Connection, owned.id, populate_existing=True)
    assert found is None or not found.enabled


@pytest.mark.on_sqlite
@pytest.mark.parametrize("act", OFFLINE.values(), ids=OFFLINE)
@pytest.mark.parametrize("who", ["member", "command line", "system"])
def test_its_owner_and_the_operator_may_do_everything(
    team: Team, owned: Connection, member: Person, act: Act, who: str
) -> None:
    known = {"member": actor(member), "command line": COMMAND_LINE, "system": SYSTEM}
    act(team, known[who], owned.id)


@pytest.mark.on_sqlite
@pytest.mark.parametrize("act", {**CHANGES, **ENDS}.values(), ids={**CHANGES, **ENDS})
@pytest.mark.parametrize("who", ["member", "bob"])
def test_the_teams_connections_are_changed_by_admins_alone(
    team: Team, ours: Connection, act: Act, who: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(Refused, match="Only an admin"):
        act(team, actor(request.getfixturevalue(who)), ours.id)


def test_who_sees_what(
    team: Team, owned: Connection, ours: Connection, member: Person, admin: Person, bob: Person
) -> None:
    assert [connections.access(actor(one), owned) for one in (member, admin, bob)] == [
        Access.FULL, Access.OUTLINE, Access.NONE,
    ]  # fmt: skip
    assert {connections.access(actor(one), ours) for one in (member, admin, bob)} == {Access.FULL}
    assert connections.access(COMMAND_LINE, owned) is Access.FULL


def test_the_list_is_each_persons_own(
    session: Session, owned: Connection, ours: Connection, member: Person, admin: Person,
    bob: Person,
) -> None:  # fmt: skip
    def names(person: Person) -> list[str]:
        return [one.name for one in connections.visible(session, actor(person))]

    assert names(member) == names(admin) == ["mels", "shared"]
    assert names(bob) == ["shared"]


def test_an_outline_is_seen_and_not_opened(
    session: Session, owned: Connection, admin: Person, bob: Person
) -> None:
    assert connections.seen(session, actor(admin), owned.id).name == "mels"
    with pytest.raises(Refused, match="Only its owner"):
        connections.own(session, actor(admin), owned.id)
    with pytest.raises(NotFound) as hidden:
        connections.seen(session, actor(bob), owned.id)
    with pytest.raises(NotFound) as absent:
        connections.seen(session, actor(bob), 10**30)
    assert str(hidden.value) == str(absent.value)


def test_models_of_a_personal_connection_are_its_owners_alone(
    session: Session, owned: Connection, ours: Connection, member: Person, admin: Person,
) -> None:  # fmt: skip
    def ids(person: Person, **more: int) -> list[str]:
        found = catalog.page(session, actor(person), **more)
        assert found.total == len(found.items)
        return [model.model_id for model in found.items]

    assert (ids(member), ids(admin)) == (["a", "b", "c"], ["c"])
    assert ids(admin, connection_id=owned.id) == []
    assert set(catalog.counts(session, actor(admin))) == {ours.id}
    assert set(catalog.counts(session, actor(member))) == {owned.id, ours.id}
    assert catalog.kinds(session, actor(admin)) == {"chat": 1}


# --- who may add ------------------------------------------------------------------------------


def test_a_member_adds_for_themselves_and_for_nobody_else(
    team: Team, member: Person, admin: Person
) -> None:
    who = actor(member)
    assert team.add(actor=who, owner_id=member.id).owner_id == member.id
    for owner_id in (None, admin.id, 0, 10**6):
        with pytest.raises(Refused) as refused:
            team.add(actor=who, owner_id=owner_id)
        assert refused.value.field == "owner"


def test_an_admin_adds_for_the_team_and_for_themselves_and_for_nobody_else(
    team: Team, admin: Person, member: Person
) -> None:
    who = actor(admin)
    assert team.add(actor=who).owner_id is None
    assert team.add(actor=who, owner_id=admin.id).owner_id == admin.id
    with pytest.raises(Refused, match="yourself only"):
        team.add(actor=who, owner_id=member.id)


def test_a_viewer_adds_none(team: Team, bob: Person) -> None:
    for owner_id in (None, bob.id):
        with pytest.raises(Refused):
            team.add(actor=actor(bob), owner_id=owner_id)


def test_the_operator_adds_for_members_whose_account_is_open(
    session: Session, team: Team, member: Person, bob: Person
) -> None:
    assert team.add(actor=COMMAND_LINE, owner_id=member.id).owner_id == member.id
    member.disabled_at = clock.now()
    session.commit()
    for owner_id in (member.id, bob.id, 10**6):
        with pytest.raises(Refused):
            team.add(actor=COMMAND_LINE, owner_id=owner_id)


def test_no_change_makes_a_connection_someone_elses() -> None:
    assert "owner_id" not in Changes.__slots__
    assert "owner_id" in Draft.__slots__


def test_who_has_become_a_viewer_only_looks(
    session: Session, team: Team, owned: Connection, member: Person
) -> None:
    who = Actor(member.email, role=Role.VIEWER, person_id=member.id)
    assert connections.access(who, owned) is Access.FULL
    with pytest.raises(Refused):
        CHANGES["edit"](team, who, owned.id)


def test_a_person_takes_their_connections_along(
    session: Session, owned: Connection, member: Person
) -> None:
    with writing(session):
        session.delete(member)
    assert connections.all(session) == []


# --- what the audit log says ------------------------------------------------------------------


def test_every_change_is_in_the_audit_log_without_what_only_the_owner_sees(
    session: Session, team: Team, owned: Connection, member: Person
) -> None:
    who = actor(member)
    team.edit(owned, actor=who, base_url=f"{URL}/inner", name="mine", models=("x",))
    for act in (CHANGES["rotate"], CHANGES["hide all"], *ENDS.values()):
        act(team, who, owned.id)
    entries = list(session.scalars(select(AuditEntry).where(AuditEntry.actor == member.email)))
    assert {entry.action for entry in entries} == {
        "add.connection", "change.connection", "rotate.credential", "hide.models",
        "disable.connection", "remove.connection",
    }  # fmt: skip
    assert not any(URL in str(entry.facts) for entry in entries)


# --- the order --------------------------------------------------------------------------------


def order(session: Session) -> list[str]:
    return [one.name for one in connections.all(session)]


def test_connections_move_up_and_down_and_stay_at_the_ends(session: Session, team: Team) -> None:
    a, _, c = (team.add(name=name) for name in "abc")
    connections.move(session, SYSTEM, c.id, up=True)
    assert order(session) == ["a", "c", "b"]
    connections.move(session, SYSTEM, a.id, up=False)
    assert order(session) == ["c", "a", "b"]
    connections.move(session, SYSTEM, c.id, up=True)
    assert order(session) == ["c", "a", "b"]


def test_the_teams_order_leaves_personal_ones_out(
    session: Session, team: Team, owned: Connection, ours: Connection, admin: Person
) -> None:
    last = team.add(name="last")
    connections.move(session, actor(admin), last.id, up=True)
    assert order(session) == ["mels", "last", "shared"]
    connections.move(session, actor(admin), last.id, up=True)
    assert order(session) == ["mels", "last", "shared"]


def test_the_order_has_no_two_in_one_place(session: Session, team: Team) -> None:
    made = [team.add(name=name) for name in "abcd"]
    for one in made:
        one.position = 1
    session.commit()
    connections.move(session, SYSTEM, made[3].id, up=True)
    assert order(session) == ["a", "b", "d", "c"]
    assert sorted(one.position for one in made) == [1, 2, 3, 4]
