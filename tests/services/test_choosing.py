"""Choosing models: who sees what, what is kept between pages, what is recommended."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard
from aiconnect.errors import NotFound, Refused
from aiconnect.models import Connection, Role, State
from aiconnect.providers.makers import maker_of, runs_here
from aiconnect.services import budgets, catalog, choosing, collections, pricing
from aiconnect.services.audit import COMMAND_LINE, SYSTEM, Actor
from aiconnect.services.choosing import Wanted
from aiconnect.services.writing import writing
from tests import ledger
from tests.people import person
from tests.services.team import Team


def store(session: Session, connection: Connection, *cards: ModelCard) -> None:
    with writing(session):
        catalog.store_models(session, connection, cards, clock.now())


def names(session: Session, actor: Actor = COMMAND_LINE, **wanted: object) -> list[str]:
    page = choosing.page(session, actor, Wanted(**wanted))  # type: ignore[arg-type]
    return [one.line.asked for one in page.items]


def reasons(session: Session, **more: object) -> dict[str, str]:
    page = choosing.page(session, COMMAND_LINE, Wanted(), **more)  # type: ignore[arg-type]
    return {one.line.model_id: one.reason for one in page.items}


def best(session: Session) -> dict[str, str]:
    page = choosing.page(session, COMMAND_LINE, Wanted())
    return {why.use: one.line.model_id for why, one in page.best}


def test_numbers_in_names_are_read_as_numbers(session: Session, team: Team) -> None:
    store(session, team.add(), *(ModelCard(f"gemma-{size}b") for size in (11, 2, 20)))
    wanted = {"sort": "name", "q": "gemma-"}
    found = [name.rpartition("/")[2] for name in names(session, **wanted)]
    assert found == ["gemma-2b", "gemma-11b", "gemma-20b"]


@pytest.fixture
def member(session: Session) -> Actor:
    made = person(session, "mia", Role.MEMBER)
    return Actor(made.email, "page", Role.MEMBER, made.id)


@pytest.mark.parametrize(
    ("provider", "model_id", "family", "maker"),
    [
        ("openrouter", "meta-llama/llama-3.3-70b", None, "Meta"),
        ("openrouter", "some-lab/thing", None, "some-lab"),
        ("groq", "llama-3.3-70b-versatile", None, "Meta"),
        ("fireworks", "accounts/fireworks/models/qwen3-8b", None, "Alibaba"),
        ("ollama", "my-own", "gemma3", "Google"),
        ("openai", "ft:thing", None, "OpenAI"),
        ("ollama", "my-own", None, ""),
        ("compatible", "/", None, ""),
    ],
)
def test_the_maker_is_read_from_the_name(
    provider: str, model_id: str, family: str | None, maker: str
) -> None:
    assert maker_of(provider, model_id, family) == maker


def test_a_local_server_that_passes_a_model_on_does_not_run_it() -> None:
    assert runs_here("gpt-oss:120b")
    assert not runs_here("gpt-oss:120b-cloud")


def test_models_are_by_connection_in_the_teams_order_then_maker_then_name(
    session: Session, team: Team
) -> None:
    late, first = team.add(name="late"), team.add(name="first")
    late.position, first.position = 2, 1
    session.commit()
    store(session, late, ModelCard("qwen"), ModelCard("llama"), ModelCard("gemma-2"))
    store(session, first, ModelCard("z"), ModelCard("a"))
    assert names(session) == ["first/a", "first/z", "late/qwen", "late/gemma-2", "late/llama"]


def test_what_is_kept_between_pages_follows_every_change(session: Session, team: Team) -> None:
    made = team.add("ollama", name="one")
    store(session, made, ModelCard("a"))
    assert names(session) == ["one/a"]
    store(session, made, ModelCard("b"))
    assert names(session) == ["one/b"]
    team.edit(made, name="two")
    assert names(session) == ["two/b"]
    catalog.hide(session, SYSTEM, made.id, ["b"])
    assert reasons(session) == {"b": "hidden"}
    catalog.show(session, SYSTEM, made.id, ["b"])
    team.edit(made, allowed=("x*",))
    assert reasons(session) == {"b": "not_allowed"}
    team.edit(made, allowed=())
    pricing.set_price(session, SYSTEM, "two/b", pricing.Amounts(Decimal(1), Decimal(2)))
    assert choosing.page(session, COMMAND_LINE, Wanted()).items[0].line.cost == "known"


def test_a_change_of_state_is_seen_at_once(session: Session, team: Team) -> None:
    made = team.add("ollama")
    store(session, made, ModelCard("a"), ModelCard("b"))
    assert reasons(session) == {"a": "", "b": ""}
    assert reasons(session, paused={(made.id, "b")}) == {"a": "", "b": "paused"}
    assert reasons(session, paused={(made.id, "")}) == {"a": "paused", "b": "paused"}
    made.state = State.NEEDS_ATTENTION
    session.commit()
    assert reasons(session) == {"a": "needs_attention", "b": "needs_attention"}


def test_pins_are_a_persons_own_and_end_with_the_connection(
    session: Session, team: Team, member: Actor
) -> None:
    made = team.add("ollama", name="home")
    store(session, made, ModelCard("a"), ModelCard("b"))
    choosing.pin(session, member, "home/b")
    choosing.pin(session, member, "home/b")
    assert names(session, member) == ["home/b", "home/a"]
    assert names(session) == ["home/a", "home/b"]
    with pytest.raises(NotFound):
        choosing.pin(session, member, "home/c")
    store(session, made, ModelCard("a"))
    assert names(session, member) == ["home/b", "home/a"], "a pin keeps what has vanished"
    choosing.unpin(session, member, "home/b")
    assert names(session, member) == ["home/a"]


def test_the_last_choice_is_kept_for_each_person_and_use(
    session: Session, team: Team, member: Actor
) -> None:
    assert member.person_id is not None
    store(session, team.add("ollama", name="home"), ModelCard("a"))
    for name in ("home/a", "home/b"):
        choosing.remember(session, member.person_id, "try", name)
    choosing.remember(session, member.person_id, "route", "home/a")
    choosing.remember(session, member.person_id, "nonsense", "home/a")
    assert choosing.last(session, member.person_id, "try") == "home/b"
    assert choosing.last_shared(session, member.person_id, "try") == "", "it is served no more"
    assert choosing.last_shared(session, member.person_id, "route") == "home/a"
    assert set(choosing.lasts(session, member.person_id)) == {"try", "route"}
    assert choosing.last(session, None, "try") == ""


def test_what_is_recommended_follows_from_facts(session: Session, team: Team) -> None:
    cloud, local = team.add(name="cloud"), team.add("ollama", name="home")
    store(
        session, cloud,
        ModelCard("dear", context=1_000_000), ModelCard("cheap", context=64_000),
        ModelCard("tiny", context=2000), ModelCard("quick"),
        ModelCard("ending", context=9_000_000, retires_at=clock.now() + timedelta(days=9)),
        ModelCard("embed", type="embedding", context=99_000_000),
    )  # fmt: skip
    store(session, local, ModelCard("small", size=9, loaded=True), ModelCard("large", size=99))
    for name, dollars in (("dear", "9"), ("cheap", "0.5"), ("tiny", "0.1")):
        amounts = pricing.Amounts(Decimal(dollars), Decimal(dollars))
        pricing.set_price(session, SYSTEM, f"cloud/{name}", amounts)
    call = {"model": "quick", "connection_id": cloud.id, "at": clock.now(), "output_tokens": 99}
    ledger.add(session, *(ledger.record(generation_ms=100, **call) for _ in range(2)))
    assert best(session) == {"chat": "cheap", "long": "dear", "cheap": "cheap", "local": "small"}
    ledger.add(session, ledger.record(generation_ms=100, **call))
    assert best(session)["fast"] == "quick"
    cloud.enabled = False
    session.commit()
    assert best(session) == {"local": "small"}


def test_the_team_picks_as_an_admin_alone(session: Session, team: Team, member: Actor) -> None:
    store(session, team.add("ollama", name="home"), ModelCard("a"), ModelCard("b"))
    with pytest.raises(Refused):
        choosing.pick(session, member, "chat", "home/a")
    for use, name in (("nonsense", "home/a"), ("chat", "home/nosuch"), ("chat", "")):
        with pytest.raises(Refused):
            choosing.pick(session, SYSTEM, use, name)
    made = choosing.pick(session, SYSTEM, "local", "home/b", "x" * 900)
    assert len(made.note) == 300
    assert best(session)["local"] == "b"
    with pytest.raises(Refused):
        choosing.drop(session, member, made.id)
    choosing.drop(session, SYSTEM, made.id)
    assert best(session)["local"] == "a"
    for number in (made.id, 0, -1, 10**30):
        with pytest.raises(NotFound):
            choosing.drop(session, SYSTEM, number)


@pytest.fixture
def costly(session: Session, team: Team) -> dict[str, Connection]:
    """Two connections that cost, one of them of a flat fee, and one that is free."""
    made = {
        "cloud": team.add(name="cloud", models=("dear", "unknown")),
        "fee": team.add(name="fee", models=("plan",)),
        "near": team.add("ollama", name="near", models=("own",)),
    }
    made["fee"].flat_fee = True
    session.commit()
    amounts = pricing.Amounts(Decimal(1), Decimal(2))
    for name in ("dear", "plan"):
        pricing.set_price(session, SYSTEM, name, amounts)
    return made


def limit(session: Session, name: str, **more: Any) -> None:
    wanted = budgets.Draft(**{"name": name, "limit": Decimal(0), **more})
    budgets.add(session, COMMAND_LINE, wanted)


def test_nothing_is_over_budget_where_there_is_none(
    session: Session, costly: dict[str, Connection]
) -> None:
    assert set(reasons(session).values()) == {""}


def test_a_spent_budget_dims_what_costs_and_says_why(
    session: Session, costly: dict[str, Connection]
) -> None:
    limit(session, "all")
    said = {"dear": "over_budget", "unknown": "unpriced", "plan": "", "own": ""}
    assert reasons(session) == said


def test_a_soft_budget_dims_nothing(session: Session, costly: dict[str, Connection]) -> None:
    limit(session, "all", is_soft=True)
    assert set(reasons(session).values()) == {""}


def test_a_budget_that_allows_unknown_prices_wants_none(
    session: Session, costly: dict[str, Connection]
) -> None:
    limit(session, "all", limit=Decimal(5), allows_unpriced=True)
    assert set(reasons(session).values()) == {""}


def test_a_freeze_dims_what_costs(session: Session, costly: dict[str, Connection]) -> None:
    budgets.freeze(session, COMMAND_LINE)
    said = {"dear": "spend_frozen", "unknown": "spend_frozen", "plan": "", "own": ""}
    assert reasons(session) == said


def test_a_budget_of_somebody_dims_it_for_them_alone(
    session: Session, costly: dict[str, Connection], member: Actor
) -> None:
    limit(session, "hers", scope="person", target=member.name)
    theirs = choosing.page(session, member, Wanted(q="dear"))
    assert [one.reason for one in theirs.items] == ["over_budget"]
    assert reasons(session)["dear"] == ""


@pytest.mark.parametrize(("scope", "target"), [("connection", "cloud"), ("collection", "good")])
def test_a_budget_dims_what_it_counts(
    session: Session, costly: dict[str, Connection], scope: str, target: str
) -> None:
    collections.add(session, COMMAND_LINE, "good", models=["cloud/dear"])
    limit(session, "some", scope=scope, target=target, allows_unpriced=True)
    expected = {"connection": ("over_budget", "over_budget"), "collection": ("over_budget", "")}
    found = reasons(session)
    assert (found["dear"], found["unknown"]) == expected[scope]
    assert found["plan"] == found["own"] == ""
