"""What a listing says of prices and of the end of models."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard
from aiconnect.models import Collection, CollectionModel, Connection, ModelChange
from aiconnect.services.catalog.storing import store_models
from aiconnect.services.pricing import Book
from aiconnect.services.writing import writing

OLD, NEW = {"input": 10**9, "output": 2 * 10**9}, {"input": 3 * 10**9, "output": 2 * 10**9}


def router(session: Session) -> Connection:
    now = clock.now()
    made = Connection(
        name="router", provider="openrouter", base_url="https://openrouter.ai/api/v1",
        state_since=now, made_at=now,
    )  # fmt: skip
    session.add(made)
    session.commit()
    return made


def listing(session: Session, connection: Connection, *cards: ModelCard) -> None:
    with writing(session):
        store_models(session, connection, cards, clock.now())


def collected(session: Session, connection: Connection, model_id: str) -> None:
    now = clock.now()
    made = Collection(name="team", made_at=now, changed_at=now)
    session.add(made)
    session.flush()
    session.add(
        CollectionModel(
            collection_id=made.id, connection_id=connection.id, model_id=model_id, position=1
        )
    )
    session.commit()


def changes(session: Session) -> list[tuple[str, str, dict[str, str] | None]]:
    return [(one.model_id, one.what, one.facts) for one in session.scalars(select(ModelChange))]


def test_a_listed_price_holds_until_the_list_says_another(session: Session) -> None:
    connection = router(session)
    for price in (OLD, NEW):
        listing(session, connection, ModelCard("a/b", price=price))
        found = Book.open(session).price(connection.id, "router", "a/b", clock.now())
        assert found is not None
        assert (found.rates.input, found.source) == (price["input"], "list:router")
    listing(session, connection, ModelCard("a/b"))
    found = Book.open(session).price(connection.id, "router", "a/b", clock.now())
    assert found is None or not found.source.startswith("list:")


def test_a_new_price_is_noted_of_a_collection_s_model_alone(session: Session) -> None:
    connection = router(session)
    collected(session, connection, "a/b")
    listing(session, connection, ModelCard("a/b", price=OLD), ModelCard("c/d", price=OLD))
    listing(session, connection, ModelCard("a/b", price=NEW), ModelCard("c/d", price=NEW))
    facts = {"input_before": "1", "input_after": "3", "output_before": "2", "output_after": "2"}
    assert changes(session) == [("a/b", "repriced", facts)]
    listing(session, connection, ModelCard("a/b", price=NEW), ModelCard("c/d"))
    assert len(changes(session)) == 1


def test_a_day_of_retirement_is_noted_once(session: Session) -> None:
    connection, day = router(session), datetime(2027, 1, 1, tzinfo=UTC)
    listing(session, connection, ModelCard("a/b"))
    for _ in range(2):
        listing(session, connection, ModelCard("a/b", retires_at=day))
    ((model_id, what, facts),) = changes(session)
    assert (model_id, what) == ("a/b", "retiring")
    assert (facts or {})["retires_at"].startswith("2027-01-01")
