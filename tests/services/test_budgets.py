"""Budgets set, changed, removed and seen; spending frozen."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import Conflict, NotFound, Refused
from aiconnect.models import AuditEntry, Budget, BudgetTally, Person, Role, Setting
from aiconnect.services import budgets, collections, connections, installation, tokens
from aiconnect.services.audit import COMMAND_LINE, Actor
from aiconnect.services.budgets import Draft, Standing
from tests.services.team import Team
from tests.services.test_budgets_tallies import paid, settle


def draft(**more: Any) -> Draft:
    usual: dict[str, Any] = {"name": "team", "limit": Decimal(20)}
    return Draft(**{**usual, **more})


def actor_of(person: Person) -> Actor:
    return Actor(person.email, "page", Role(person.role), person.id)


def stand(
    session: Session, actor: Actor = COMMAND_LINE, taken: tuple[int, int] | None = None
) -> dict[str, Standing]:
    found = budgets.standings(session, actor, UTC, clock.now(), lambda *_: taken)
    return {one.budget.name: one for one in found}


def test_a_budget_counts_what_its_period_has_cost_so_far(session: Session, owner: Actor) -> None:
    settle(session, paid(7 * 10**9))
    before = installation.revision(session)
    made = budgets.add(session, owner, draft())
    one = stand(session)["team"]
    assert (one.limit_usd, one.spent_usd, one.left_usd) == (Decimal(20), Decimal(7), Decimal(13))
    assert installation.revision(session) == before + 1
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "add.budget")).one()
    assert (entry.subject, entry.facts["limit"]) == (made.name, "20")


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("limit", {"limit": Decimal(-1)}),
        ("limit", {"limit": Decimal("NaN")}),
        ("limit", {"limit": Decimal("sNaN")}),
        ("limit", {"limit": Decimal("Infinity")}),
        ("limit", {"limit": Decimal(10**7)}),
        ("limit", {"limit": Decimal("1E+999999")}),
        ("limit", {"limit": Decimal("0.0000000001")}),
        ("limit", {"limit": Decimal("1E-50")}),
        ("name", {"name": ""}),
        ("name", {"name": "Ours!"}),
        ("name", {"name": "a" * 60}),
        ("name", {"name": "nul\0"}),
        ("name", {"name": "half \ud800"}),
        ("period", {"period": "week"}),
        ("period", {"period": ""}),
        ("warn_percent", {"warn_percent": 0}),
        ("warn_percent", {"warn_percent": 101}),
        ("cap_tokens", {"cap_tokens": 0}),
        ("cap_tokens", {"cap_tokens": 10**30}),
        ("target", {"scope": "world"}),
        ("email", {"scope": "person", "target": "nobody@example.org"}),
        ("email", {"scope": "person", "target": 2**40}),
        ("email", {"scope": "person", "target": -1}),
        ("access_token", {"scope": "token", "target": "nul\0 and half \ud800"}),
        ("connection", {"scope": "connection", "target": ""}),
        ("collection", {"scope": "collection", "target": "nosuch"}),
    ],
)
def test_what_is_no_budget_is_refused(
    session: Session, owner: Actor, field: str, wanted: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as refused:
        budgets.add(session, owner, draft(**wanted))
    assert refused.value.field == field
    assert session.scalars(select(Budget)).all() == []


def test_a_limit_of_nothing_is_one(session: Session, owner: Actor) -> None:
    budgets.add(session, owner, draft(limit=Decimal(0)))
    assert stand(session)["team"].state == "spent"


def test_a_name_is_taken_once(session: Session, owner: Actor) -> None:
    budgets.add(session, owner, draft())
    other = budgets.add(session, owner, draft(name="other"))
    with pytest.raises(Conflict):
        budgets.add(session, owner, draft())
    with pytest.raises(Conflict):
        budgets.edit(session, owner, other.id, draft(), other.version)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_budgets_and_the_freeze_are_for_admins(session: Session, role: Role) -> None:
    made, somebody = budgets.add(session, COMMAND_LINE, draft()), Actor("mel", role=role)
    for change in (
        lambda: budgets.add(session, somebody, draft(name="other")),
        lambda: budgets.edit(session, somebody, made.id, draft(limit=Decimal(1)), 1),
        lambda: budgets.remove(session, somebody, made.id),
        lambda: budgets.freeze(session, somebody),
        lambda: budgets.unfreeze(session, somebody),
    ):
        with pytest.raises(Refused):
            change()
    assert stand(session)["team"].limit_usd == Decimal(20)
    assert budgets.is_frozen(session) is None


def test_two_who_change_a_budget_at_once_do_not_undo_each_other(
    session: Session, owner: Actor
) -> None:
    made = budgets.add(session, owner, draft())
    budgets.edit(session, owner, made.id, draft(limit=Decimal(30)), 1)
    with pytest.raises(Conflict):
        budgets.edit(session, owner, made.id, draft(limit=Decimal(5)), 1)
    assert stand(session)["team"].limit_usd == Decimal(30)


def test_saving_a_budget_as_it_is_changes_nothing(session: Session, owner: Actor) -> None:
    made = budgets.add(session, owner, draft())
    before = installation.revision(session)
    assert budgets.edit(session, owner, made.id, draft(), 1).version == 1
    assert installation.revision(session) == before


def test_another_period_is_summed_up_anew(session: Session, owner: Actor) -> None:
    made = budgets.add(session, owner, draft(period="total"))
    settle(session, paid(5, at=clock.now()))
    budgets.edit(session, owner, made.id, draft(period="day"), 1)
    (kept,) = session.scalars(select(BudgetTally).execution_options(populate_existing=True))
    assert kept.spent == 5
    assert stand(session)["team"].tally.start == kept.start
    assert stand(session)["team"].resets_at is not None


def test_a_removed_budget_is_gone_with_what_was_kept_of_it(session: Session, owner: Actor) -> None:
    budgets.add(session, owner, draft())
    budgets.remove(session, owner, "team")
    assert session.scalars(select(BudgetTally)).all() == []
    with pytest.raises(NotFound):
        budgets.remove(session, owner, "team")
    for number in (0, -1, 2**31, 2**70):
        with pytest.raises(NotFound):
            budgets.get(session, owner, number)


@pytest.mark.parametrize(
    ("spent", "held", "state"),
    [(0, 0, "ok"), (15, 0, "ok"), (15, 1, "warn"), (16, 0, "warn"), (20, 0, "spent"),
     (1, 19, "spent"), (25, 0, "spent")],
)  # fmt: skip
def test_what_is_held_counts_like_what_is_spent(
    session: Session, owner: Actor, spent: int, held: int, state: str
) -> None:
    budgets.add(session, owner, draft())
    settle(session, paid(spent * 10**9))
    one = stand(session, taken=(spent * 10**9, held * 10**9))["team"]
    assert (one.state, one.left_usd) == (state, Decimal(max(20 - spent - held, 0)))


def test_budgets_of_what_was_removed_say_so(
    session: Session, team: Team, owner: Actor, alice: Person
) -> None:
    connection = team.add()
    collections.add(session, owner, "good")
    tokens.add(session, owner, "laptop", alice.email)
    name = connection.name
    for scope, target in (("connection", name), ("collection", "good"), ("token", "laptop")):
        budgets.add(session, owner, draft(name=f"{scope}-1", scope=scope, target=target))
    assert {one.target.name for one in stand(session).values()} == {name, "good", "laptop"}
    connections.remove(session, owner, connection.id)
    collections.remove(session, owner, "good")
    tokens.revoke(session, owner, "laptop")
    assert [one.state for one in stand(session).values()] == ["gone"] * 3


def test_a_collection_made_later_does_not_come_under_the_budget_of_a_removed_one(
    session: Session, owner: Actor
) -> None:
    collections.add(session, owner, "good")
    budgets.add(session, owner, draft(name="good", scope="collection", target="good"))
    collections.remove(session, owner, "good")
    collections.add(session, owner, "other")  # SQLite gives it the number of the removed one
    assert stand(session)["good"].target.is_gone


def test_a_model_put_into_a_collection_brings_what_it_cost(
    session: Session, team: Team, owner: Actor
) -> None:
    connection = team.add(models=("gpt", "late"))
    collections.add(session, owner, "good", models=["gpt"])
    budgets.add(session, owner, draft(name="good", scope="collection", target="good"))
    settle(session, *(paid(3, connection_id=connection.id, model=one) for one in ("gpt", "late")))
    assert stand(session)["good"].tally.spent == 3
    collections.put(session, owner, "good", ["late"])
    assert stand(session)["good"].tally.spent == 6
    collections.take(session, owner, "good", f"{connection.name}/gpt")
    assert stand(session)["good"].tally.spent == 3


def test_members_see_the_budgets_that_can_stop_them(
    session: Session, team: Team, owner: Actor, alice: Person, member: Person
) -> None:
    for person, name in ((alice, "hers"), (member, "theirs")):
        tokens.add(session, owner, name, person.email)
        budgets.add(session, owner, draft(name=f"token-{name}", scope="token", target=name))
        who = draft(name=f"person-{name}", scope="person", target=person.email)
        budgets.add(session, owner, who)
    budgets.add(session, owner, draft())
    shared = team.add(name="shared")
    private = team.add(name="private", actor=owner, owner_id=alice.id)
    for one in (shared, private):
        budgets.add(session, owner, draft(name=one.name, scope="connection", target=one.name))
    seen = set(stand(session, actor_of(member)))
    assert seen == {"team", "token-theirs", "person-theirs", "shared"}
    with pytest.raises(NotFound):
        budgets.by_name(session, actor_of(member), "person-hers")


def test_the_name_of_somebody_s_personal_connection_is_not_told(
    session: Session, team: Team, owner: Actor, alice: Person, admin: Person
) -> None:
    private = team.add(name="private", actor=owner, owner_id=alice.id)
    budgets.add(session, owner, draft(name="one", scope="connection", target=private.name))
    told = stand(session, actor_of(admin))["one"].target
    assert (told.name, told.is_hidden, told.is_gone) == ("", True, False)
    another = draft(name="two", scope="connection", target=private.name)
    with pytest.raises(NotFound):
        budgets.add(session, actor_of(admin), another)


def test_an_access_token_is_made_with_its_budget_or_not_at_all(
    session: Session, member: Person
) -> None:
    actor = actor_of(member)
    tokens.add(session, actor, "My laptop", member.email, budget=Decimal(5))
    one = stand(session, actor)["my-laptop"]
    assert (one.limit_usd, one.budget.period, one.target.name) == (5, "total", "My laptop")
    assert not one.budget.is_soft
    with pytest.raises(Refused) as refused:
        tokens.add(session, actor, "phone", member.email, budget=Decimal(-5))
    assert refused.value.field == "budget"
    assert [one.name for one in tokens.all(session)] == ["My laptop"]


@pytest.mark.parametrize("name", ["!!!", "ünïcödé", "collection", "route", "a" * 60])
def test_any_access_token_gives_its_budget_a_name(
    session: Session, alice: Person, owner: Actor, name: str
) -> None:
    tokens.add(session, owner, name, alice.email, budget=Decimal(5))
    tokens.add(session, owner, name[:-1] + "?", alice.email, budget=Decimal(5))
    assert len(stand(session)) == 2


def test_a_freeze_says_since_when_and_by_whom(session: Session, owner: Actor) -> None:
    before = installation.revision(session)
    made = budgets.freeze(session, owner)
    assert budgets.freeze(session, Actor("another")) == made
    assert installation.revision(session) == before + 1
    found = budgets.is_frozen(session)
    assert found is not None
    assert found.by == owner.name
    assert abs((clock.now() - found.at).total_seconds()) < 60


def test_a_freeze_is_lifted_once(session: Session, owner: Actor) -> None:
    assert budgets.unfreeze(session, owner) is None
    budgets.freeze(session, owner)
    assert budgets.unfreeze(session, owner) is not None
    assert budgets.is_frozen(session) is None
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "all"))
    assert sorted(actions) == ["freeze.spending", "unfreeze.spending"]


def test_the_gateway_gets_what_is_in_force(session: Session, team: Team, owner: Actor) -> None:
    connection = team.add(models=("gpt",))
    collections.add(session, owner, "good", models=["gpt"])
    budgets.add(session, owner, draft(limit=Decimal("1.5"), is_soft=True, period="day"))
    budgets.add(session, owner, draft(name="good", scope="collection", target="good"))
    settle(session, paid(5, connection_id=connection.id, model="gpt"))
    day, of_models = budgets.in_force(session, UTC)
    assert (day.limit, day.is_soft, day.spent, day.models) == (15 * 10**8, True, 5, frozenset())
    assert of_models.models == {f"{connection.name}/gpt", f"{connection.name}/gpt:latest"}
    assert day.tally[0] == (day.id, day.start)


def test_the_gateway_is_spared_budgets_of_nothing(session: Session, owner: Actor) -> None:
    assert budgets.in_force(session, UTC) == ()
    collections.add(session, owner, "good")
    budgets.add(session, owner, draft(name="good", scope="collection", target="good"))
    collections.remove(session, owner, "good")
    assert budgets.in_force(session, UTC) == ()


@pytest.mark.parametrize("written", ["", "on", "[]", '{"at": 1, "by": 2}'])
def test_a_freeze_that_cannot_be_read_is_one(session: Session, owner: Actor, written: str) -> None:
    session.add(Setting(name="frozen", value=written))
    session.commit()
    assert budgets.is_frozen(session) is not None
    assert budgets.unfreeze(session, owner) is not None
    assert budgets.is_frozen(session) is None
