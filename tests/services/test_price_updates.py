"""Tables of prices: fetched, judged, shown as a difference, accepted as they were seen."""

from __future__ import annotations

import json
import threading
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.client import Client
from aiconnect.errors import Conflict, Refused
from aiconnect.models import (
    AuditEntry,
    Collection,
    CollectionModel,
    Connection,
    ModelChange,
    PriceTable,
    Role,
    ServedModel,
)
from aiconnect.models.base import sessions
from aiconnect.services import installation, price_updates, pricing
from aiconnect.services.audit import COMMAND_LINE, Actor
from aiconnect.services.price_updates import costly, judging
from aiconnect.services.pricing import Amounts, Book, tables
from aiconnect.wire.addresses import ShippedPolicy
from aiconnect.wire.types import Timeout
from tests.price_source import PriceSource, model, price_source, table

__all__ = ["price_source"]

SOL = "gpt-6-sol"
PEOPLE = [Actor("ada@example.org"), Actor("bo@example.org")]


@pytest.fixture
def client() -> Client:
    return Client(ShippedPolicy())


@pytest.fixture
def source(session: Session, price_source: PriceSource) -> PriceSource:
    price_updates.put(session, COMMAND_LINE, price_updates.URL, price_source.url)
    price_source.body = table(model(SOL, input=7, output=9), model("new-one"))
    return price_source


@pytest.fixture
def work(session: Session) -> int:
    """A connection to OpenAI that serves two models."""
    now = clock.now()
    made = Connection(
        name="work", provider="openai", base_url="https://api.openai.com/v1",
        state_since=now, made_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    for one in (SOL, "new-one"):
        session.add(ServedModel(connection_id=made.id, model_id=one, first_seen=now, last_seen=now))
    session.commit()
    return made.id


def fetch(session: Session, client: Client) -> PriceTable:
    found = price_updates.check(session, COMMAND_LINE, client=client).table
    assert found is not None
    return found


def price_of(session: Session, number: int, name: str = SOL) -> tuple[int, str] | None:
    found = Book.open(session).price(number, "work", name, clock.now())
    return (found.rates.input, found.source) if found else None


def test_what_was_fetched_counts_once_it_is_accepted(session, client, source, work) -> None:
    before, revision = price_of(session, work), installation.revision(session)
    waiting = fetch(session, client)
    assert price_of(session, work) == before
    assert installation.revision(session) == revision
    accepted = price_updates.accept(session, PEOPLE[0], waiting.digest)
    assert price_of(session, work) == (7 * 10**9, accepted.version)
    assert accepted.version.startswith(f"genai-prices {clock.now():%Y-%m-%d} ")
    assert installation.revision(session) == revision + 1
    assert price_updates.in_use(session).accepted_by == "ada@example.org"
    entries = session.scalars(select(AuditEntry.action).order_by(AuditEntry.at, AuditEntry.id))
    assert list(entries)[-2:] == ["fetch.prices", "accept.prices"]
    assert price_updates.waiting(session) is None


def test_the_way_back_is_the_bundled_table(session, client, source, work) -> None:
    before = price_of(session, work)
    price_updates.accept(session, COMMAND_LINE, fetch(session, client).digest)
    price_updates.back_to_bundled(session, COMMAND_LINE)
    assert price_of(session, work) == before
    assert price_updates.in_use(session).is_bundled
    with pytest.raises(Refused):
        price_updates.back_to_bundled(session, COMMAND_LINE)


def test_of_two_tables_the_one_accepted_last_holds(session, client, source, work) -> None:
    for amount in (3, 4):
        source.body = table(model(SOL, input=amount))
        price_updates.accept(session, COMMAND_LINE, fetch(session, client).digest)
    assert (price_of(session, work) or (0,))[0] == 4 * 10**9
    assert price_updates.check(session, COMMAND_LINE, client=client).is_new is False


def test_only_what_was_seen_is_accepted(session, client, source, work) -> None:
    seen = fetch(session, client).digest
    source.body = table(model(SOL, input=70))
    newer = fetch(session, client)
    with pytest.raises(Conflict):
        price_updates.accept(session, COMMAND_LINE, seen)
    with pytest.raises(Conflict):
        price_updates.dismiss(session, COMMAND_LINE, seen)
    price_updates.accept(session, COMMAND_LINE, newer.digest)
    with pytest.raises(Conflict):
        price_updates.accept(session, COMMAND_LINE, newer.digest)


def test_of_two_people_at_once_one_accepts(
    engine: Engine, session: Session, client: Client, source: PriceSource, work: int
) -> None:
    digest, said = fetch(session, client).digest, []
    barrier = threading.Barrier(2)

    def decide(actor: Actor) -> None:
        with sessions(engine)() as own:
            barrier.wait()
            try:
                price_updates.accept(own, actor, digest)
                said.append("accepted")
            except Conflict:
                said.append("too late")

    threads = [threading.Thread(target=decide, args=(one,)) for one in PEOPLE]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["accepted", "too late"]
    accepted = select(AuditEntry).where(AuditEntry.action == "accept.prices")
    assert len(session.scalars(accepted).all()) == 1


def test_a_dismissed_table_is_offered_again_when_somebody_asks(session, client, source) -> None:
    first = fetch(session, client)
    price_updates.dismiss(session, COMMAND_LINE, first.digest)
    assert price_updates.waiting(session) is None
    assert price_updates.in_use(session).is_bundled
    assert fetch(session, client).digest == first.digest


def test_asking_twice_keeps_one_table(session, client, source) -> None:
    assert fetch(session, client).id == fetch(session, client).id
    source.body = table(model("other"))
    fetch(session, client)
    assert len(session.scalars(select(PriceTable)).all()) == 1


def test_the_difference_names_what_is_served_and_counts_the_rest(
    session, client, source, work
) -> None:
    found = price_updates.diff(session, fetch(session, client))
    said = [(one.model, one.what, one.is_jump) for one in found.changes]
    assert said == [("work/gpt-6-sol", "changed", False), ("work/new-one", "added", False)]
    change = found.changes[0]
    assert change.before
    assert change.after
    assert change.after.rates.input == 7 * 10**9
    assert (found.others.added, found.others.changed) == (1, 1)
    assert found.others.removed > 1000
    assert found.is_shrunk


def test_a_model_with_an_own_price_does_not_change(session, client, source, work) -> None:
    pricing.set_price(session, COMMAND_LINE, SOL, Amounts(Decimal(1), Decimal(1)))
    changes = price_updates.diff(session, fetch(session, client)).changes
    assert [one.model for one in changes] == ["work/new-one"]


def test_a_price_that_jumps_stands_first(session, client, source, work) -> None:
    source.body = table(model("new-one"), model(SOL, input=5000, output=9))
    first = price_updates.diff(session, fetch(session, client)).changes[0]
    assert (first.model, first.is_jump) == ("work/gpt-6-sol", True)


def test_a_price_of_another_day_is_a_difference_too(session, client, source, work) -> None:
    price_updates.accept(session, COMMAND_LINE, fetch(session, client).digest)
    rates = {"input_mtok": 7, "output_mtok": 9}
    later = {"constraint": {"start_date": "2035-01-01"}, "prices": {**rates, "input_mtok": 8}}
    one = {**model(SOL), "prices": [{"prices": rates}, later]}
    source.body = table(one, model("new-one"))
    changes = price_updates.diff(session, fetch(session, client)).changes
    assert [(one.model, one.what) for one in changes] == [("work/gpt-6-sol", "dated")]


def test_a_new_price_of_a_collection_s_model_is_noted(session, client, source, work) -> None:
    now = clock.now()
    made = Collection(name="team", made_at=now, changed_at=now)
    session.add(made)
    session.flush()
    session.add(
        CollectionModel(collection_id=made.id, connection_id=work, model_id=SOL, position=1)
    )
    session.commit()
    table_ = price_updates.accept(session, COMMAND_LINE, fetch(session, client).digest)
    (change,) = session.scalars(select(ModelChange)).all()
    assert (change.model_id, change.what) == (SOL, "repriced")
    assert (change.facts or {})["input_after"] == "7"
    assert (change.facts or {})["source"] == table_.version


def test_another_session_sees_it_at_once(engine, session, client, source, work) -> None:
    with sessions(engine)() as other:
        before = price_of(other, work)
        other.commit()
        price_updates.accept(session, COMMAND_LINE, fetch(session, client).digest)
        after = price_of(other, work)
    assert before != after == price_of(session, work)


# --- what may come instead of a table -----------------------------------------------------

NO_TABLES = {
    "nothing": b"",
    "html": b"<!doctype html><title>Sign in</title>",
    "no list": b'{"data": []}',
    "an empty list": b"[]",
    "no models": table(),
    "a provider twice": json.dumps(json.loads(table(model("a"))) * 2).encode(),
    "numbers": b"[1, 2]",
    "a rule without a rule": table({**model("a"), "match": {}}),
    "an unknown rule": table({**model("a"), "match": {"sounds_like": "a"}}),
    "a broken pattern": table({**model("a"), "match": {"regex": "("}}),
    "a pattern too deep": table({**model("a"), "match": {"regex": "(" * 900 + ")" * 900}}),
    **{
        f"a costly pattern {number}": table({**model("a"), "match": {"regex": pattern}})
        for number, pattern in enumerate((
            "^(a+)+$", "^(a|aa)*$", "^(a?){30}a{30}$", "a*a*a*a*a*b", r"^((a)\2*)+$", "(?=(a*)*b)",
        ))
    },
    "a negative price": table(model("a", input=-1)),
    "not a number": table(model("a", input=1)).replace(b'"input_mtok": 1', b'"input_mtok": NaN'),
    "without end": table(model("a", input=1)).replace(b'"input_mtok": 1', b'"input_mtok": 1e999'),
    "an absurd price": table(model("a", output=10_000_000)),
    "an absurd tier": table(
        model("a", input={"base": 1, "tiers": [{"start": 5, "price": -3}]})
    ),
    "an odd key": table(model("a", __class__=1)),
    "deep": b"[" * 100_000,
    "no text": b"\xff\xfe\x00",
}  # fmt: skip


@pytest.mark.parametrize("body", NO_TABLES.values(), ids=NO_TABLES.keys())
def test_what_is_no_sane_table_is_refused_and_not_kept(session, client, source, body) -> None:
    source.body = body
    with pytest.raises(Refused):
        price_updates.check(session, COMMAND_LINE, client=client)
    assert session.scalars(select(PriceTable)).all() == []


def test_the_patterns_of_the_bundled_table_are_none_that_take_for_ever() -> None:
    for provider in tables.BUNDLED.providers:
        assert not costly.is_costly(provider.api_pattern)
        for one in provider.models:
            assert not any(map(costly.is_costly, judging._patterns(one.match)))


def refusal(session: Session, client: Client, **more: object) -> str:
    with pytest.raises(Refused) as refused:
        price_updates.check(session, COMMAND_LINE, client=client, **more)
    assert session.scalars(select(PriceTable)).all() == []
    return str(refused.value)


@pytest.mark.parametrize("status", [404, 500, 204])
def test_another_status_is_said(session, client, source, status: int) -> None:
    source.status, source.body = status, b"" if status == 204 else source.body
    assert str(status) in refusal(session, client)


def test_a_redirect_is_not_followed_to_wherever_it_leads(session, client, source) -> None:
    source.status, source.headers = 302, {"Location": "http://169.254.169.254/latest/meta-data"}
    assert "leads to another" in refusal(session, client)
    assert source.asked == 1


def test_an_address_of_metadata_is_never_asked(session, client) -> None:
    address = "http://169.254.169.254/data.json"
    price_updates.put(session, COMMAND_LINE, price_updates.URL, address)
    assert "No prices were fetched" in refusal(session, client)


def test_a_huge_file_is_left(session, client, source) -> None:
    source.body = b" " * (12 * 1_048_576 + 1)
    assert "larger" in refusal(session, client)


def test_a_truncated_file_is_no_table(session, client, source) -> None:
    source.promised = len(source.body)
    source.body = source.body[: len(source.body) // 2]
    assert "No prices were fetched" in refusal(session, client)


def test_a_server_that_says_nothing_is_left(session, client, source) -> None:
    source.stall = threading.Event()
    quick = Timeout(connect=2, first_byte=0.3, silence=0.3, total=0.5)
    assert "No prices were fetched" in refusal(session, client, patience=quick)


def test_a_server_that_is_not_there_is_said(session, client, free_port) -> None:
    address = f"http://127.0.0.1:{free_port}/data.json"
    price_updates.put(session, COMMAND_LINE, price_updates.URL, address)
    assert "127.0.0.1 cannot be reached. Prices stay as they are" in refusal(session, client)


def test_a_server_without_a_way_out_is_told_in_words(session, client) -> None:
    price_updates.put(session, COMMAND_LINE, price_updates.URL, "https://prices.invalid/data.json")
    said = refusal(session, client)
    assert "there is no host prices.invalid" in said
    assert "name_not_found" not in said


# --- settings ------------------------------------------------------------------------------


def test_nothing_is_fetched_by_itself_unless_it_is_switched_on(session) -> None:
    assert price_updates.checks_are_on(session) is False
    price_updates.put(session, PEOPLE[0], price_updates.CHECKS, "On")
    assert price_updates.checks_are_on(session) is True
    price_updates.put(session, PEOPLE[0], price_updates.CHECKS, "default")
    assert price_updates.checks_are_on(session) is False
    assert price_updates.url(session) == price_updates.DEFAULT_URL


@pytest.mark.parametrize(
    ("name", "value"),
    [("price-checks", "maybe"), ("price-checks", ""), ("price-url", "data.json"),
     ("price-url", "file:///etc/passwd"), ("price-url", "https://"), ("price-url", "http://a:b/"),
     ("price-url", "https://u:p@x.example/"), ("price-url", "https://x.example/" + "a" * 500),
     ("price-url", "https://x.example/\n"), ("price-url", "http://[::1")],
)  # fmt: skip
def test_what_is_no_setting_is_refused(session, name: str, value: str) -> None:
    if value.endswith("\n"):
        value = "https://x.exa\nmple/"
    with pytest.raises(Refused):
        price_updates.put(session, COMMAND_LINE, name, value)


def test_only_the_owner_says_where_prices_come_from(session) -> None:
    with pytest.raises(Refused):
        price_updates.put(
            session, Actor("ada", role=Role.ADMIN), price_updates.URL, "https://x.example/"
        )
