"""The most that a call can cost, and who owes what: what budgets ask a Book."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, CostState, OwnPrice
from aiconnect.providers import PROVIDERS
from aiconnect.services import pricing
from aiconnect.services.pricing import Book, Price, Rates
from aiconnect.services.pricing.book import Place
from aiconnect.services.pricing.tables import Table

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
rates = st.builds(Rates, *[st.integers(0, 10**12)] * 5)
tiers = st.lists(st.tuples(st.integers(0, 10**6), rates), max_size=3).map(
    lambda found: tuple(sorted(found, key=lambda one: -one[0]))
)
prices = st.builds(Price, st.just("x"), rates, tiers, st.integers(0, 10**9))
parts = st.lists(st.integers(0, 10**6), min_size=5, max_size=5)


@given(prices, parts, st.integers(0, 10**6), st.integers(0, 10**6))
def test_no_call_within_its_tokens_costs_more_than_the_bound(price, tokens, more_in, more_out):
    cost = pricing.cost(tokens, price).nano
    inward, outward = sum(tokens[:3]) + more_in, sum(tokens[3:]) + more_out
    assert cost is not None
    assert cost <= pricing.most(price, inward, outward)


def test_the_bound_of_plain_rates_is_exact_and_rounded_up() -> None:
    assert pricing.most(Price("x", Rates.of(1_000, 2_000)), 1_000, 500) == 2
    assert pricing.most(Price("x", Rates.of(1, 0)), 1, 0) == 1
    assert pricing.most(Price("x", Rates.of(0, 0), per_call=7), -5, -5) == 7


def place(session: Session, slug: str, *, flat_fee: bool = False) -> int:
    now = clock.now()
    made = Connection(
        name=f"c{flat_fee:d}-{slug}", provider=slug, base_url=PROVIDERS[slug].base_url,
        state_since=now, made_at=now, flat_fee=flat_fee,
    )  # fmt: skip
    session.add(made)
    session.commit()
    return made.id


def line(number: int | None, name: str, model: str, **more) -> dict:
    end = {"at": 1_795_000_000_000, "c": number, "cn": name, "m": model, "f": False, "es": False}
    return {**end, "u": [1_000, 0, 0, 100, 0], **more}


def test_a_paid_model_has_a_bound_an_unknown_one_has_none_and_a_local_one_owes_nothing(
    session: Session,
) -> None:
    paid, local = place(session, "openai"), place(session, "llamacpp")
    book = Book.open(session)
    bound = book.bound(paid, "c0-openai", "gpt-6-sol", AT, 1_000, 100)
    assert bound is not None
    assert bound >= (book.owed(line(paid, "c0-openai", "gpt-6-sol")) or 0) > 0
    assert book.bound(paid, "c0-openai", "no-such", AT, 1, 1) is None
    assert book.bound(local, "c0-llamacpp", "m", AT, 1, 1) == 0
    assert book.bound(None, "", "m", AT, 1, 1) is None


def test_what_a_subscription_pays_for_is_reckoned_and_owed_by_nobody(session: Session) -> None:
    flat = place(session, "openai", flat_fee=True)
    book = Book.open(session)
    end = line(flat, "c1-openai", "gpt-6-sol")
    cost = pricing.settled(end, book)
    assert cost.state is CostState.NOTIONAL
    assert cost.nano
    assert (book.owed(end), book.bound(flat, "c1-openai", "gpt-6-sol", AT, 9, 9)) == (0, 0)
    assert book.is_notional(flat)
    assert not book.is_notional(None)
    assert pricing.settled({**end, "m": "no-such"}, book) == pricing.Cost(None, CostState.NOTIONAL)
    assert pricing.settled({**end, "f": True}, book) == pricing.FREE


def test_a_local_model_with_an_own_price_is_bound_by_it(session: Session) -> None:
    local = place(session, "llamacpp")
    session.add(OwnPrice(model="m", input=10**9, output=0, valid_from=AT, made_at=AT))
    session.commit()
    assert Book.open(session).bound(local, "c0-llamacpp", "m", AT, 1_000, 5) == 10**6


def test_a_book_is_asked_from_a_thread_that_has_no_session(session: Session) -> None:
    number = place(session, "openai")
    session.add(OwnPrice(model="m", input=10**9, output=0, valid_from=AT, made_at=AT))
    session.commit()
    book, found = Book.open(session), []
    session.expire_all()
    session.close()
    ask = Thread(target=lambda: found.append(book.bound(number, "c0-openai", "m", AT, 1_000, 0)))
    ask.start()
    ask.join()
    assert found == [10**6]


def test_a_place_alone_says_whether_it_is_notional() -> None:
    book = Book({1: Place(PROVIDERS["openai"], "", is_notional=True)}, frozenset(), {})
    assert (book.is_notional(1), book.is_notional(2)) == (True, False)


moments = st.integers(0, 3 * 366 * 86_400).map(lambda second: AT - timedelta(seconds=second))
ASKED = [("openai", "gpt-5"), ("deepseek", "deepseek-chat"), ("anthropic", "claude-sonnet-4-5")]


@given(st.lists(st.tuples(st.sampled_from(ASKED), moments), min_size=2, max_size=8))
def test_what_is_kept_of_a_minute_is_never_the_price_of_another(asked) -> None:
    table = Table()
    for (slug, model), at in asked:
        known = table.known(slug, "", model)
        minute = at.replace(second=0, microsecond=0)
        assert table.find(slug, "", model, at) == known.at(minute, "")
        wanted = [known.at(minute, one) for one in ("", *sorted(known.variants))]
        found = table.dearest(slug, "", model, at)
        assert all(one in found for one in wanted)
        assert len(found) <= len(wanted)


def test_a_bound_from_a_table_takes_microseconds() -> None:
    """Before each call that a budget counts: it was a quarter of a millisecond."""
    row = PROVIDERS["openai"]
    book = Book({1: Place(row, row.base_url)}, frozenset({"openai"}), {})
    asked = (1, "openai", "gpt-5", AT, 1_000, 1_000)
    assert book.bound(*asked)
    assert min(_seconds(book, asked) for _ in range(9)) / 200 < 50e-6


def _seconds(book: Book, asked) -> float:
    began = time.thread_time()
    for _ in range(200):
        book.bound(*asked)
    return time.thread_time() - began
