"""Routes: made, ordered, set, removed, by admins alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.errors import Conflict, NotFound, Refused
from aiconnect.models import AuditEntry, Person, Role, Route, RouteStep
from aiconnect.services import connections, installation, routes
from aiconnect.services.audit import SYSTEM, Actor
from aiconnect.services.routes.stepping import MOST_RETRIES
from aiconnect.services.shared import MOST, name_of
from tests.services.team import Team

Act = Callable[[Session, Actor, Route], object]
CHANGES: dict[str, Act] = {
    "add": lambda session, who, one: routes.add(session, who, "more", ["near/a"]),
    "change": lambda session, who, one: routes.change(session, who, one.id, total_seconds=9),
    "add step": lambda session, who, one: routes.add_step(session, who, one.id, "near/c"),
    "move step": lambda session, who, one: routes.move_step(
        session, who, one.id, one.steps[0].id, up=False
    ),
    "change step": lambda session, who, one: routes.change_step(
        session, who, one.id, one.steps[0].id, first_byte_seconds=5, retries=0
    ),
    "remove step": lambda session, who, one: routes.remove_step(
        session, who, one.id, one.steps[0].id
    ),
    "remove": lambda session, who, one: routes.remove(session, who, one.id),
}


@pytest.fixture
def writer(session: Session, team: Team) -> Route:
    """A route through two models of one connection, which has a third."""
    team.add("ollama", name="near", models=("a", "b", "c"))
    return routes.add(session, SYSTEM, "writer", ["near/a", "b"])


def steps(session: Session, route: Route) -> list[str]:
    """As another session would read them."""
    session.expire_all()
    return [name_of(one) for one in routes.get(session, route.id).steps]


def test_a_route_has_its_steps_in_the_order_given(session: Session, writer: Route) -> None:
    assert steps(session, writer) == ["near/a", "near/b"]
    assert [one.name for one in routes.all(session)] == ["writer"]


@pytest.mark.parametrize("act", CHANGES.values(), ids=CHANGES)
def test_every_change_counts_for_the_gateway_and_is_written_down(
    session: Session, writer: Route, act: Act
) -> None:
    before = installation.revision(session)
    act(session, SYSTEM, writer)
    assert installation.revision(session) == before + 1
    latest = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert latest is not None
    assert latest.action.endswith(".route")


@pytest.mark.parametrize("act", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("role", list(Role), ids=str)
def test_admins_and_owners_change_them_and_nobody_else(
    session: Session, writer: Route, act: Act, role: Role
) -> None:
    who = Actor("someone@example.org", role=role, person_id=1)
    if role.covers(Role.ADMIN):
        act(session, who, writer)
        return
    with pytest.raises(Refused, match="Only an admin"):
        act(session, who, writer)


@pytest.mark.parametrize(
    "name", ["gpt-4o", "Writer", "acme/writer:v2", "a", "1.5", "x" * 200, "near/a"]
)
def test_a_name_may_look_like_a_model(session: Session, writer: Route, name: str) -> None:
    assert routes.add(session, SYSTEM, f" {name} ", ["near/a"]).name == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "x" * 201, "two words", "café", "a\nb", "-a", "/a", "a%", "collection/x", "a\0"],
)
def test_a_name_that_no_program_should_write_is_refused(
    session: Session, writer: Route, name: str
) -> None:
    with pytest.raises(Refused) as refused:
        routes.add(session, SYSTEM, name, ["near/a"])
    assert refused.value.field == "name"


def test_a_name_is_taken_once(session: Session, writer: Route) -> None:
    with pytest.raises(Conflict):
        routes.add(session, SYSTEM, "writer", ["near/a"])


@pytest.mark.parametrize("name", ["a", "near/a", "near/b"])
def test_a_route_that_hides_a_model_says_which(session: Session, writer: Route, name: str) -> None:
    said = routes.remark(session, name)
    assert said is not None
    assert f"near/{name[-1]}" in said


@pytest.mark.parametrize("name", ["other", "near/zzz", "", "two words"])
def test_a_name_of_its_own_gets_no_remark(session: Session, writer: Route, name: str) -> None:
    assert routes.remark(session, name) is None


@pytest.mark.parametrize("models", [[], ["nowhere/a"], ["near/zzz"], ["zzz"], [""], ["a\ud800"]])
def test_a_step_is_a_model_that_is_served(
    session: Session, writer: Route, models: list[str]
) -> None:
    with pytest.raises(Refused) as refused:
        routes.add(session, SYSTEM, "other", models)
    assert refused.value.field == "model"
    assert [one.name for one in routes.all(session)] == ["writer"]


def test_the_same_model_twice_is_refused(session: Session, writer: Route) -> None:
    with pytest.raises(Conflict):
        routes.add_step(session, SYSTEM, writer.id, "near/b")


def test_a_personal_connection_is_no_step(
    session: Session, team: Team, writer: Route, member: Person
) -> None:
    team.add("ollama", name="mels", owner_id=member.id, models=("own",))
    with pytest.raises(Refused, match="personal connection"):
        routes.add_step(session, SYSTEM, writer.id, "mels/own")
    with pytest.raises(NotFound):
        routes.add_step(session, SYSTEM, writer.id, "own")


def test_a_bare_id_is_the_preferred_connection_s(
    session: Session, team: Team, writer: Route
) -> None:
    far = team.add("ollama", name="far", models=("both", "b"))
    team.add("ollama", name="last", models=("both",))
    assert name_of(routes.add_step(session, SYSTEM, writer.id, "both")) == "far/both"
    connections.disable(session, SYSTEM, far.id)
    assert name_of(routes.add_step(session, SYSTEM, writer.id, "both")) == "last/both"


@pytest.mark.parametrize("typed", ["near/tagged", "tagged", "near/tagged:latest"])
def test_a_name_without_a_tag_means_the_tag_latest(
    session: Session, team: Team, typed: str
) -> None:
    team.add("ollama", name="near", models=("tagged:latest",))
    made = routes.add(session, SYSTEM, "writer", [typed])
    assert steps(session, made) == ["near/tagged:latest"]


def test_a_connection_that_takes_any_id_gives_any_step(session: Session, team: Team) -> None:
    team.add("ollama", name="new")
    made = routes.add(session, SYSTEM, "writer", ["new/org/model:8b"])
    assert steps(session, made) == ["new/org/model:8b"]


def test_steps_move_one_place_and_stay_at_the_ends(session: Session, writer: Route) -> None:
    third = routes.add_step(session, SYSTEM, writer.id, "near/c")
    for up, expected in (
        (False, "abc"), (True, "acb"), (True, "cab"), (True, "cab"), (False, "acb"),
    ):  # fmt: skip
        moved = routes.move_step(session, SYSTEM, writer.id, third.id, up=up)
        assert [one.model_id for one in moved.steps] == list(expected)
        assert "".join(one[-1] for one in steps(session, writer)) == expected


def test_a_step_keeps_its_settings(session: Session, writer: Route) -> None:
    step = writer.steps[1]
    routes.change_step(session, SYSTEM, writer.id, step.id, first_byte_seconds=30, retries=0)
    session.expire_all()
    kept = routes.get(session, writer.id).steps[1]
    assert (kept.first_byte_seconds, kept.retries) == (30, 0)
    routes.change_step(session, SYSTEM, writer.id, step.id, first_byte_seconds=0, retries=None)
    assert (kept.first_byte_seconds, kept.retries) == (None, None)


@pytest.mark.parametrize(
    ("seconds", "retries", "field"),
    [(-1, 0, "first_byte_seconds"), (3601, 0, "first_byte_seconds"), (1, -1, "retries"),
     (1, MOST_RETRIES + 1, "retries")],
)  # fmt: skip
def test_settings_have_bounds(
    session: Session, writer: Route, seconds: int, retries: int, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        routes.change_step(
            session, SYSTEM, writer.id, writer.steps[0].id,
            first_byte_seconds=seconds, retries=retries,
        )  # fmt: skip
    assert refused.value.field == field


@pytest.mark.parametrize("seconds", [-1, 3601])
def test_all_tries_together_have_bounds(session: Session, writer: Route, seconds: int) -> None:
    with pytest.raises(Refused):
        routes.change(session, SYSTEM, writer.id, total_seconds=seconds)
    assert routes.change(session, SYSTEM, writer.id, total_seconds=60).total_seconds == 60


def test_the_last_step_stays(session: Session, writer: Route) -> None:
    routes.remove_step(session, SYSTEM, writer.id, writer.steps[0].id)
    with pytest.raises(Refused, match="at least one"):
        routes.remove_step(session, SYSTEM, writer.id, routes.get(session, writer.id).steps[0].id)
    assert steps(session, writer) == ["near/b"]


def test_another_route_s_step_is_not_there(session: Session, writer: Route) -> None:
    other = routes.add(session, SYSTEM, "other", ["near/c"])
    with pytest.raises(NotFound):
        routes.remove_step(session, SYSTEM, writer.id, other.steps[0].id)


@pytest.mark.parametrize("route_id", [0, -1, 2**40])
def test_a_route_that_is_not_there_is_not_found(session: Session, route_id: int) -> None:
    with pytest.raises(NotFound):
        routes.remove(session, SYSTEM, route_id)


def test_a_route_goes_with_its_steps(session: Session, writer: Route) -> None:
    routes.remove(session, SYSTEM, writer.id)
    assert session.scalars(select(RouteStep)).all() == []
    with pytest.raises(NotFound):
        routes.by_name(session, "writer")


def test_a_connection_takes_its_steps_with_it_and_says_so_before(
    session: Session, team: Team, writer: Route
) -> None:
    far = team.add("ollama", name="far", models=("x",))
    routes.add_step(session, SYSTEM, writer.id, "far/x")
    assert routes.resting_on(session, far.id) == ["writer"]
    connections.remove(session, SYSTEM, far.id)
    assert steps(session, writer) == ["near/a", "near/b"]


@pytest.mark.on_sqlite
def test_a_route_has_so_many_steps_and_no_more(session: Session, team: Team) -> None:
    team.add("ollama", name="new")
    with pytest.raises(Refused, match=str(MOST)):
        routes.add(session, SYSTEM, "long", [f"new/{number}" for number in range(MOST + 1)])
