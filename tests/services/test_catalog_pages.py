"""Models by pages: narrowed, counted and cut in the database, however many there are."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard
from aiconnect.models import Connection, State
from aiconnect.services import catalog
from aiconnect.services.audit import COMMAND_LINE, SYSTEM
from aiconnect.services.writing import writing
from tests.services.team import Team

MANY = 20_000
BOUND = 0.05


def cards(count: int) -> list[ModelCard]:
    return [_card(number) for number in range(count)]


def _card(number: int) -> ModelCard:
    kind = "chat" if number % 4 else "embedding"
    model_id = f"maker-{number % 40}/model-{number:05}"
    return ModelCard(model_id, f"Model {number}", kind, 8192, capabilities=("tools",))


def store(session: Session, connection: Connection, found: list[ModelCard]) -> None:
    with writing(session):
        catalog.store_models(session, connection, found, clock.now())


@pytest.fixture
def several(session: Session, team: Team) -> tuple[Connection, Connection]:
    """Two connections; the second comes first in the team's order."""
    late, first = team.add(name="late"), team.add(name="first")
    late.position, first.position = 2, 1
    session.commit()
    store(
        session,
        late,
        [ModelCard("a", "Ant"), ModelCard("50%_off"), ModelCard("E", type="embedding")],
    )
    store(session, first, [ModelCard("b", "Bee"), ModelCard("a")])
    return late, first


def ids(session: Session, **more: object) -> list[str]:
    page = catalog.page(session, COMMAND_LINE, **more)  # type: ignore[arg-type]
    return [f"{model.connection.name}/{model.model_id}" for model in page.items]


@pytest.mark.usefixtures("several")
def test_models_are_in_the_teams_order_and_then_by_name(session: Session) -> None:
    assert ids(session) == ["first/a", "first/b", "late/50%_off", "late/E", "late/a"]
    assert ids(session) == [
        f"{one.connection.name}/{one.model_id}" for one in catalog.served(session)
    ]


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("BEE", ["first/b"]),
        ("ant", ["late/a"]),
        ("first/", ["first/a", "first/b"]),
        ("late/a", ["late/a"]),
        ("%", ["late/50%_off"]),
        ("_", ["late/50%_off"]),
        ("\\", []),
        ("a\x00", ["first/a", "late/50%_off", "late/E", "late/a"]),
        ("x" * 1000, []),
        ("'; --", []),
        (" ", ["first/a", "first/b", "late/50%_off", "late/E", "late/a"]),
    ],
)
def test_a_part_of_a_name_is_looked_for_as_it_is_written(
    session: Session, q: str, found: list[str]
) -> None:
    assert ids(session, q=q) == found


def test_within_one_connection_its_name_is_no_part(
    session: Session, several: tuple[Connection, Connection]
) -> None:
    late, _ = several
    assert ids(session, connection_id=late.id, q="late") == []
    assert ids(session, connection_id=late.id, q="e") == ["late/E"]
    assert ids(session, connection_id=10**30) == []


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize(("kind", "many"), [("embedding", 1), ("chat", 4), ("no\x00such", 0)])
def test_a_kind_is_looked_for(session: Session, kind: str, many: int) -> None:
    assert catalog.page(session, COMMAND_LINE, kind=kind).total == many
    assert catalog.kinds(session, COMMAND_LINE) == {"chat": 4, "embedding": 1}


def test_each_model_has_the_reason_that_it_is_found_by(session: Session, team: Team) -> None:
    now = clock.now()
    states = {"up": State.CONNECTED, "caution": State.WARNING, "far": State.UNREACHABLE,
              "ill": State.NEEDS_ATTENTION, "off": State.CONNECTED}  # fmt: skip
    for name, state in states.items():
        made = team.add(name=name, models=("hand",))
        old = ModelCard("old", retires_at=now - timedelta(days=1))
        soon = ModelCard("soon", retires_at=now + timedelta(days=1))
        for listed in ([old, soon, ModelCard("gone")], [old, soon, *map(ModelCard, "xyz")]):
            store(session, made, listed)
        made.enabled, made.state = name != "off", state
        made.allowed = ["[!z]*", "hidden-*"]
        session.commit()
        catalog.hide(session, SYSTEM, made.id, ["x"])
    seen: dict[str, int] = {}
    for reason in ("available", *catalog.REASONS):
        page = catalog.page(session, COMMAND_LINE, state=reason)
        expected = (reason == "available", "" if reason == "available" else reason)
        assert {catalog.available(model) for model in page.items} == {expected}
        seen[reason] = page.total
    assert seen == {"available": 6, "hidden": 5, "not_allowed": 5, "not_listed": 5, "retired": 5,
                    "connection_off": 3, "unreachable": 3, "needs_attention": 3}  # fmt: skip
    served = sum(seen.values()) - seen["not_listed"]
    assert catalog.page(session, COMMAND_LINE).total == served
    assert catalog.page(session, COMMAND_LINE, state="unavailable").total == served - 6
    counts = catalog.counts(session, COMMAND_LINE).values()
    assert (sum(one.served for one in counts), sum(one.available for one in counts)) == (served, 6)


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize(
    ("asked", "number", "shown"),
    [(1, 1, 2), (3, 3, 1), (4, 3, 1), (0, 1, 2), (-(10**30), 1, 2), (10**30, 3, 1)],
)
def test_the_nearest_page_that_there_is_comes(
    session: Session, asked: int, number: int, shown: int
) -> None:
    page = catalog.page(session, COMMAND_LINE, number=asked, size=2)
    assert (page.number, len(page.items), page.pages, page.total) == (number, shown, 3, 5)
    assert page.last_shown - page.first_shown + 1 == shown


def test_nothing_is_a_page_too(session: Session) -> None:
    page = catalog.page(session, COMMAND_LINE)
    assert (list(page.items), page.total, page.number, page.pages) == ([], 0, 1, 1)
    assert (page.first_shown, page.last_shown) == (0, 0)


# --- many -------------------------------------------------------------------------------------


def quickest(ask: Callable[[], object]) -> float:
    """The seconds that it takes where nothing else keeps the machine busy."""
    spent = []
    for _ in range(3):
        begun = time.thread_time()
        ask()
        spent.append(time.thread_time() - begun)
    return min(spent)


@pytest.fixture
def many(session: Session, team: Team) -> Connection:
    made = team.add(name="many")
    store(session, made, cards(MANY))
    return made


@pytest.mark.on_sqlite
def test_a_page_of_twenty_thousand_models_is_there_at_once(
    session: Session, team: Team, many: Connection
) -> None:
    def page(**more: object) -> catalog.Page:
        return catalog.page(session, COMMAND_LINE, **more)  # type: ignore[arg-type]

    team.edit(many, allowed=("maker-1*",))
    assert (page().total, len(page().items), page().pages) == (MANY, 50, 400)
    asked: list[dict[str, object]] = [
        {}, {"connection_id": many.id}, {"connection_id": many.id, "number": 400},
        {"q": "model-19"}, {"kind": "embedding"}, {"state": "available"},
        {"connection_id": many.id, "state": "not_allowed"},
    ]  # fmt: skip
    # On a machine that is busy, reading all of them takes longer too.
    bound = max(BOUND, quickest(lambda: catalog.served(session)) / 10)
    taken = {str(more): quickest(lambda more=more: page(**more)) for more in asked}
    assert {name: spent for name, spent in taken.items() if spent > bound} == {}


@pytest.mark.on_sqlite
def test_a_page_reads_no_more_rows_than_it_shows(session: Session, many: Connection) -> None:
    session.expunge_all()
    loaded: list[object] = []
    event.listen(session, "loaded_as_persistent", lambda _session, one: loaded.append(one))
    catalog.page(session, COMMAND_LINE, number=7)
    catalog.counts(session, COMMAND_LINE)
    assert len(loaded) == 51  # with their connection


@pytest.mark.on_sqlite
def test_a_listing_of_many_models_is_stored_in_bulk(session: Session, team: Team) -> None:
    made, statements = team.add(), []
    event.listen(
        session.get_bind(), "before_cursor_execute",
        lambda _c, _cur, statement, *_: statements.append(statement),
    )  # fmt: skip
    for found in (cards(1000), cards(2000)[500:], cards(1000)):
        statements.clear()
        store(session, made, found)
        assert len(statements) < 25
    assert catalog.page(session, COMMAND_LINE).total == 1000


@pytest.mark.on_sqlite
def test_many_models_are_listed_again_sooner_than_they_are_read_one_by_one(
    session: Session, many: Connection
) -> None:
    again = quickest(lambda: store(session, many, cards(MANY)))
    assert again < 2 * quickest(lambda: catalog.served(session))
