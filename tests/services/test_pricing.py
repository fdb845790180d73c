"""What calls cost: exact sums, the bundled table, the team's own prices."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import genai_prices
import pytest
from genai_prices import data_snapshot
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import Refused
from aiconnect.models import AuditEntry, Connection, CostState, OwnPrice, ServedModel
from aiconnect.providers import PROVIDERS
from aiconnect.services import installation, pricing
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.pricing import FREE, UNKNOWN, Amounts, Book, Price, Rates
from aiconnect.services.pricing.tables import BUNDLED

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
PRICE = Price("test", Rates.of(1_000, 2_000))


def priced(tokens: pricing.Tokens | None, price: Price | None = PRICE, **more) -> pricing.Cost:
    return pricing.cost(tokens, price, **more)


def dollars(row: str, model: str, *tokens: int, at: datetime = AT) -> Decimal | None:
    price = BUNDLED.find(PROVIDERS[row].prices, PROVIDERS[row].base_url, model, at)
    return pricing.usd(priced(tokens, price).nano)


# --- pure ----------------------------------------------------------------------------------


def test_every_part_has_its_own_rate() -> None:
    rates = Rates.of(10**9, 2 * 10**9, cache_read=3 * 10**9, cache_write=4 * 10**9, reasoning=5)
    million = 10**6
    costs = [
        priced([million if part == at else 0 for at in range(5)], Price("x", rates)).nano
        for part in range(5)
    ]
    assert costs == [10**9, 3 * 10**9, 4 * 10**9, 2 * 10**9, 5]


def test_a_part_without_a_rate_costs_what_its_counterpart_does() -> None:
    assert Rates.of(3, 7) == Rates(3, 3, 3, 7, 7)
    assert Rates.of(3, 7, cache_read=0, reasoning=0) == Rates(3, 0, 3, 7, 0)
    assert Rates.of(3, None) == Rates(3, 3, 3, 0, 0)


@pytest.mark.parametrize(("tokens", "nano"), [(499, 0), (500, 1), (1499, 1), (1500, 2)])
def test_it_is_rounded_half_up_and_once(tokens: int, nano: int) -> None:
    assert priced([tokens, 0, 0, 0, 0]).nano == nano
    assert priced([0, tokens // 2, tokens - tokens // 2, 0, 0]).nano == nano


TIERED = Price("t", Rates.of(10**6, 0), ((300, Rates.of(10**8, 0)), (100, Rates.of(10**7, 0))))


@pytest.mark.parametrize(
    ("tokens", "nano"),
    [([100, 0, 0], 100), ([101, 0, 0], 1010), ([1, 99, 1], 1010), ([1, 299, 1], 30100)],
)
def test_all_tokens_cost_the_tier_that_the_whole_input_reaches(tokens, nano) -> None:
    assert priced([*tokens, 0, 0], TIERED).nano == nano


@pytest.mark.parametrize(
    ("tokens", "price", "more", "cost"),
    [
        ([1, 0, 0, 1, 0], PRICE, {}, ("test", CostState.MEASURED)),
        ([1, 0, 0, 1, 0], PRICE, {"is_estimated": True}, ("test", CostState.ESTIMATED)),
        ([1, None, None, None, 5], PRICE, {}, ("test", CostState.ESTIMATED)),
        ([None, None, None, 3, None], PRICE, {}, ("test", CostState.ESTIMATED)),
        ([1, None, None, None, None], Price("e", Rates.of(1, None)), {}, ("e", CostState.MEASURED)),
        ([1, 0, 0, 1, 0], None, {}, (None, CostState.UNKNOWN)),
        (None, PRICE, {}, (None, CostState.UNKNOWN)),
        ([None] * 5, PRICE, {}, (None, CostState.UNKNOWN)),
        (None, None, {"stated": Decimal(1)}, ("provider", CostState.MEASURED)),
        ([1] * 5, PRICE, {"stated": Decimal(0)}, ("provider", CostState.MEASURED)),
        ([1] * 5, PRICE, {"stated": Decimal(-1)}, ("test", CostState.MEASURED)),
        (None, None, {"stated": Decimal(1), "is_estimated": True},
         ("provider", CostState.ESTIMATED)),
    ],
)  # fmt: skip
def test_a_cost_says_how_well_it_is_known_and_from_where(tokens, price, more, cost) -> None:
    found = priced(tokens, price, **more)
    assert (found.price, found.state) == cost
    assert (found.nano is None) == (found.state is CostState.UNKNOWN)


def test_what_is_free_and_what_is_unknown_are_two_things() -> None:
    assert (FREE.nano, FREE.state) == (0, "free")
    assert (UNKNOWN.nano, UNKNOWN.state) == (None, "unknown")


def test_the_provider_s_own_figure_is_taken_to_the_nano_dollar() -> None:
    assert priced(None, stated=Decimal("0.0000000015")).nano == 2
    assert priced(None, stated=Decimal("999999999.9")).nano == 999_999_999_900_000_000


@given(st.lists(st.one_of(st.none(), st.integers(-(10**40), 10**40)), min_size=5, max_size=5),
       st.integers(0, 2**63 - 1))  # fmt: skip
def test_absurd_counts_and_prices_fit_the_ledger(tokens, rate) -> None:
    nano = priced(tokens, Price("x", Rates.of(rate, rate))).nano
    assert nano is None or 0 <= nano < 2**63


counts = st.integers(0, 10**7)


@given(st.lists(counts, min_size=5, max_size=5), st.lists(st.integers(0, 10**12), min_size=5))
def test_a_cost_is_the_exact_sum_to_half_a_nano_dollar(tokens, rates) -> None:
    nano = priced(tokens, Price("x", Rates(*rates[:5]))).nano
    exact = Fraction(sum(t * r for t, r in zip(tokens, rates, strict=False)), 10**6)
    assert nano is not None
    assert Fraction(-1, 2) < nano - exact <= Fraction(1, 2)


# --- the bundled table ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "model", "cost"),
    [("anthropic", "claude-opus-5-5", "0.00318"), ("openai", "gpt-6-sol", "0.0016"),
     ("gemini", "gemini-3.8-flash", "0.0006"), ("xai", "grok-4.6", "0.001398")],
)  # fmt: skip
def test_known_calls_cost_what_their_providers_pages_say(row, model, cost) -> None:
    found = dollars(row, model, 500, 100, 0, 58, 0)
    assert found is not None
    assert round(found, 6) == Decimal(cost)


def test_each_row_s_id_is_one_of_the_table() -> None:
    known = {provider.id for provider in data_snapshot.get_snapshot().providers}
    assert {row.prices for row in PROVIDERS.values() if row.prices} <= known
    assert not [row.slug for row in PROVIDERS.values() if row.free and row.prices]


@pytest.mark.parametrize("row", [row for row in PROVIDERS.values() if row.prices])
def test_the_table_is_read_as_its_own_calculator_reads_it(row) -> None:
    parts = (30_000, 150_000, 25_000, 700, 4_000)
    usage = genai_prices.Usage(
        input_tokens=205_000, cache_read_tokens=150_000, cache_write_tokens=25_000,
        output_tokens=4_700, output_reasoning_tokens=4_000,
    )  # fmt: skip
    provider = BUNDLED.provider(row.prices, "")
    assert provider is not None
    for model in provider.models:
        price = BUNDLED.find(row.prices, "", model.id, AT)
        found = provider.find_model(model.id)
        if found is None:  # an id of the table that no rule of the table matches
            assert price is None
            continue
        expected = found.calc_price(usage, provider, genai_request_timestamp=AT).total_price
        if price is None:
            assert expected == 0, model.id  # something else than tokens is paid for
        else:
            assert (priced(parts, price).nano or 0) == pricing.nano(expected), model.id


def test_a_price_is_that_of_its_day_and_hour() -> None:
    def at(*when: int) -> Price | None:
        return BUNDLED.find("deepseek", "", "deepseek-v4-flash", datetime(*when, tzinfo=UTC))

    rates = [price.rates.output for price in (
        at(2026, 8, 1, 12), at(2026, 8, 20, 12), at(2026, 9, 10, 12), at(2026, 9, 10, 2)
    ) if price]  # fmt: skip
    assert rates == [280_000_000, 660_000_000, 600_000_000, 1_200_000_000]
    dated = at(2026, 9, 10, 12)
    assert dated is not None
    assert dated.source == f"genai-prices {genai_prices.__version__} 2026-09-10"


@pytest.mark.parametrize(
    ("prices", "url", "model"),
    [("openai", "", "no-such-model"), ("nobody", "", "gpt-6-sol"), ("", "", "gpt-6-sol"),
     ("", "http://127.0.0.1:9/v1", "gpt-6-sol"), ("openai", "", ""), ("openai", "", "\ud800"),
     ("openrouter", "", "a" * 300)],
)  # fmt: skip
def test_what_the_table_does_not_know_has_no_price(prices: str, url: str, model: str) -> None:
    assert BUNDLED.find(prices, url, model, AT) is None


@given(st.text(max_size=60))
def test_any_name_has_a_price_or_none(model: str) -> None:
    for prices in ("openai", "google", "azure"):
        assert isinstance(BUNDLED.find(prices, "", model, AT), Price | None)


def test_an_address_of_a_known_company_has_its_prices() -> None:
    by_address = BUNDLED.find("", "https://api.moonshot.ai/v1", "kimi-k2.6", AT)
    assert by_address is not None
    assert by_address == BUNDLED.find("moonshotai", "", "kimi-k2.6", AT)


def test_a_model_that_the_table_has_without_rates_is_free_of_charge() -> None:
    assert dollars("gemini", "gemma-4-31b-it", 1000, 0, 0, 1000, 0) == 0


UNLOADED = """
import sys
import aiconnect.application, aiconnect.cli.price, aiconnect.jobs.writer
from aiconnect.providers import PROVIDERS
from aiconnect.services.pricing.book import Book, Place
from aiconnect.services.pricing.settling import settled
places = {1: Place(PROVIDERS["ollama"], "http://x"), 2: Place(PROVIDERS["compatible"], "http://x"),
          3: Place(PROVIDERS["openrouter"], "https://x")}
book = Book(places, frozenset(), {})
line = {"at": 0, "cn": "c", "m": "m", "u": [1, 1, 1, 1, 1], "es": False}
settled({**line, "c": 1, "f": True}, book)
settled({**line, "c": 2, "f": False}, book)
settled({**line, "c": 3, "f": False, "sc": "0.1"}, book)
assert "genai_prices" not in sys.modules
settled({**line, "c": 3, "f": False}, book)
assert "genai_prices" in sys.modules
"""


def test_the_table_is_loaded_for_the_first_question_only() -> None:
    subprocess.run([sys.executable, "-c", UNLOADED], check=True)


# --- own prices ----------------------------------------------------------------------------


def connect(session: Session, name: str, provider: str, url: str = "https://x.example") -> int:
    now = clock.now()
    made = Connection(name=name, provider=provider, base_url=url, state_since=now, made_at=now)
    session.add(made)
    session.commit()
    return made.id


def own(session: Session, model: str, input_: str, output: str = "0", **more: str) -> OwnPrice:
    parts = {name: Decimal(amount) for name, amount in more.items()}
    amounts = Amounts(Decimal(input_), Decimal(output), **parts)
    return pricing.set_price(session, COMMAND_LINE, model, amounts)


def source(session: Session, connection: int | None, name: str, model: str, at=None) -> str | None:
    book = Book.open(session, [(name, model)])
    price = book.price(connection, name, model, at or clock.now())
    return price.source if price else None


def test_an_own_price_goes_before_the_table_and_the_nearer_name_first(session: Session) -> None:
    number = connect(session, "work", "openai")
    assert (
        source(session, number, "work", "gpt-6-sol") == f"genai-prices {genai_prices.__version__}"
    )
    bare = own(session, "gpt-6-sol", "1")
    assert source(session, number, "work", "gpt-6-sol") == f"own:{bare.id}"
    exact = own(session, "work/gpt-6-sol", "2")
    assert source(session, number, "work", "gpt-6-sol") == f"own:{exact.id}"
    other = connect(session, "spare", "openai")
    assert source(session, other, "spare", "gpt-6-sol") == f"own:{bare.id}"


def test_a_compatible_connection_has_the_prices_of_its_address(session: Session) -> None:
    known = connect(session, "moon", "compatible", "https://api.moonshot.ai/v1")
    assert (source(session, known, "moon", "kimi-k2.6") or "").startswith("genai-prices")
    for name, url in (("here", "http://127.0.0.1:1/v1"), ("there", "https://x.example/v1")):
        assert source(session, connect(session, name, "compatible", url), name, "kimi-k2.6") is None


def test_a_withdrawn_price_leaves_the_next_one(session: Session) -> None:
    number = connect(session, "work", "openai")
    bare = own(session, "gpt-6-sol", "1")
    own(session, "work/gpt-6-sol", "2")
    pricing.withdraw(session, COMMAND_LINE, "work/gpt-6-sol")
    assert source(session, number, "work", "gpt-6-sol") == f"own:{bare.id}"
    pricing.withdraw(session, COMMAND_LINE, "gpt-6-sol")
    assert (source(session, number, "work", "gpt-6-sol") or "").startswith("genai-prices")
    with pytest.raises(Refused):
        pricing.withdraw(session, COMMAND_LINE, "gpt-6-sol")


def test_a_name_with_a_slash_is_another_connection_s_model_where_there_is_one(
    session: Session,
) -> None:
    router = connect(session, "router", "openrouter")
    row = own(session, "maker/model", "1")
    assert source(session, router, "router", "maker/model") == f"own:{row.id}"
    connect(session, "maker", "openai")
    assert source(session, router, "router", "maker/model") is None


def test_a_price_holds_from_when_it_was_set(session: Session) -> None:
    number = connect(session, "work", "compatible")
    first = own(session, "m", "1")
    second = own(session, "m", "2")
    session.refresh(second)
    second.valid_from = first.valid_from + timedelta(hours=1)
    session.commit()
    at = [first.valid_from + timedelta(seconds=s) for s in (-1, 0, 3599, 3600)]
    found = [source(session, number, "work", "m", moment) for moment in at]
    assert found == [None, f"own:{first.id}", f"own:{first.id}", f"own:{second.id}"]


def test_of_two_prices_of_one_moment_the_later_one_holds(session: Session) -> None:
    number = connect(session, "work", "compatible")
    first, second = own(session, "m", "1"), own(session, "m", "2")
    session.refresh(second)
    second.valid_from = first.valid_from
    session.commit()
    assert source(session, number, "work", "m") == f"own:{second.id}"


def test_a_call_of_the_same_millisecond_has_the_new_price(session: Session) -> None:
    row = own(session, "m", "1")
    assert clock.from_ms(int(row.made_at.timestamp() * 1000)) >= row.valid_from


def test_a_server_of_one_s_own_has_no_price_but_an_own_one(session: Session) -> None:
    number = connect(session, "here", "llamacpp")
    assert source(session, number, "here", "gpt-6-sol") is None
    row = own(session, "here/gpt-6-sol", "1")
    assert source(session, number, "here", "gpt-6-sol") == f"own:{row.id}"


def test_calls_of_no_connection_have_no_price(session: Session) -> None:
    own(session, "m", "1")
    assert source(session, None, "", "m") is None


def test_a_connection_of_a_provider_that_is_gone_has_its_own_prices(session: Session) -> None:
    number = connect(session, "old", "no-such-provider")
    assert source(session, number, "old", "m") is None
    row = own(session, "m", "1")
    assert source(session, number, "old", "m") == f"own:{row.id}"


def test_an_own_price_is_kept_to_the_nano_dollar_and_written_down(session: Session) -> None:
    before = installation.revision(session)
    row = own(session, "work/m", "0.0036251", "15", cache_read="0", reasoning="1000000")
    session.refresh(row)
    parts = (row.input, row.output, row.cache_read, row.cache_write, row.reasoning)
    assert parts == (3_625_100, 15 * 10**9, 0, None, 10**15)
    assert installation.revision(session) == before + 1
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject, entry.facts["input"]) == (
        "set.price", "work/m", "0.0036251",
    )  # fmt: skip


@pytest.mark.parametrize("amount", ["-0.1", "nan", "snan", "inf", "1e30", "-1e-999999"])
def test_what_is_no_amount_is_refused(session: Session, amount: str) -> None:
    with pytest.raises(Refused) as refused:
        own(session, "m", amount)
    assert refused.value.field == "input"
    assert session.scalars(select(OwnPrice)).all() == []


@pytest.mark.parametrize("amount", ["0", "0.000000000", "1e-999999", "9000000000", "500.01"])
def test_any_amount_from_zero_up_is_taken(session: Session, amount: str) -> None:
    assert own(session, "m", amount).input is not None


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 361])
def test_what_no_model_is_called_is_refused(session: Session, name: str) -> None:
    with pytest.raises(Refused):
        own(session, name, "1")


def test_history_is_kept(session: Session) -> None:
    for amount in ("1", "2", "3"):
        own(session, "m", amount)
    pricing.withdraw(session, COMMAND_LINE, "m")
    assert len(session.scalars(select(OwnPrice)).all()) == 4


def test_unusual_amounts_are_named() -> None:
    amounts = Amounts(Decimal(500), Decimal("500.01"), reasoning=Decimal(1000))
    assert [one.part for one in pricing.unusual(amounts)] == ["output", "reasoning"]


def test_the_price_of_one_token_is_taken_for_a_slip() -> None:
    amounts = Amounts(Decimal("0.000003"), Decimal("0.0001"), cache_read=Decimal(0))
    slips = [(one.part, one.likely) for one in pricing.unusual(amounts)]
    assert slips == [("input", Decimal(3))]


# --- patterns, dates, lists ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "model", "nearest"),
    [
        (["gpt-*", "work/*", "gpt-6-*"], "gpt-6-sol", "work/*"),
        (["gpt-*", "gpt-6-*", "*"], "gpt-6-sol", "gpt-6-*"),
        (["gpt-?-sol", "*"], "gpt-6-sol", "gpt-?-sol"),
        (["gpt-*", "gpt-6-sol"], "gpt-6-sol", "gpt-6-sol"),
        (["work/gpt-6-s*", "gpt-6-sol"], "gpt-6-sol", "gpt-6-sol"),
        (["spare/*", "maker/*"], "maker/m", "maker/*"),
        (["spare/*"], "gpt-6-sol", None),
        (["*/gpt-6-*"], "gpt-6-sol", "*/gpt-6-*"),
        (["[g]pt*", "gpt"], "gpt-6-sol", None),
        (["a[1]*"], "a[1]b", "a[1]*"),
        (["*" + "a*" * 170], "a" * 160 + "b", None),
    ],
)
def test_the_most_specific_pattern_goes_first(session, names, model, nearest) -> None:
    number, _ = connect(session, "work", "compatible"), connect(session, "spare", "openai")
    rows = {name: own(session, name, "1") for name in names}
    expected = f"own:{rows[nearest].id}" if nearest else None
    assert source(session, number, "work", model) == expected
    everything = Book.open(session)
    found = everything.own_row("work", model, clock.now())
    assert (found.model if found else None) == nearest


def test_a_withdrawn_pattern_leaves_the_wider_one(session: Session) -> None:
    number = connect(session, "work", "compatible")
    wide = own(session, "*", "1")
    own(session, "m*", "2")
    pricing.withdraw(session, COMMAND_LINE, "m*")
    assert source(session, number, "work", "m1") == f"own:{wide.id}"


def dated(session: Session, days: int, amount: str) -> OwnPrice:
    since = clock.now() + timedelta(days=days)
    return pricing.set_price(
        session, COMMAND_LINE, "m", Amounts(Decimal(amount), Decimal(0)), since
    )


def test_a_price_begins_on_its_day_past_or_to_come(session: Session) -> None:
    number, now = connect(session, "work", "compatible"), clock.now()
    past, soon = dated(session, -10, "1"), dated(session, 10, "2")
    ends = pricing.withdraw(session, COMMAND_LINE, "m", now + timedelta(days=20))
    at = [now + timedelta(days=day) for day in (-11, -9, 9, 11, 21)]
    found = [source(session, number, "work", "m", moment) for moment in at]
    assert found == [None, f"own:{past.id}", f"own:{past.id}", f"own:{soon.id}", None]
    assert [row.id for row in pricing.rows_of(session, "m")] == [ends.id, soon.id, past.id]
    with pytest.raises(Refused):
        pricing.withdraw(session, COMMAND_LINE, "m", now - timedelta(days=11))


@pytest.mark.parametrize("days", [-4000, 4000])
def test_a_day_that_nobody_means_is_refused(session: Session, days: int) -> None:
    with pytest.raises(Refused) as refused:
        dated(session, days, "1")
    assert refused.value.field == "since"


def listed(session: Session, connection: int, model: str, price: object) -> None:
    now = clock.now()
    row = ServedModel(
        connection_id=connection, model_id=model, price=price, first_seen=now, last_seen=now
    )
    session.add(row)
    session.commit()


def test_the_provider_s_list_goes_before_the_table_and_behind_an_own_price(session) -> None:
    number = connect(session, "router", "openrouter")
    listed(session, number, "openai/gpt-6-sol", {"input": 5, "output": 7, "per_call": 9})
    price = Book.open(session).price(number, "router", "openai/gpt-6-sol", clock.now())
    assert price == Price("list:router", Rates.of(5, 7), per_call=9)
    row = own(session, "openai/*", "1")
    assert source(session, number, "router", "openai/gpt-6-sol") == f"own:{row.id}"
    other = connect(session, "spare", "openrouter")
    pricing.withdraw(session, COMMAND_LINE, "openai/*")
    assert (source(session, other, "spare", "openai/gpt-6-sol") or "").startswith("genai-prices")


@pytest.mark.parametrize("price", [None, {}, [], {"output": 1}, {"input": "1"}, {"input": None}])
def test_a_list_that_says_nothing_that_can_be_read_has_no_price(session, price) -> None:
    number = connect(session, "router", "openrouter")
    listed(session, number, "nobody/s", price)
    assert source(session, number, "router", "nobody/s") is None


def test_a_call_that_was_served_otherwise_costs_what_that_costs() -> None:
    def rate(tier: str) -> tuple[int, str] | None:
        price = BUNDLED.find("openai", "", "gpt-4.1", AT, tier)
        return (price.rates.input, price.source) if price else None

    version = f"genai-prices {genai_prices.__version__}"
    assert [rate(tier) for tier in ("", "priority", "flex", "batch", "odd")] == [
        (2 * 10**9, version), (3_500_000_000, f"{version} priority"), (2 * 10**9, version),
        (10**9, f"{version} batch"), (2 * 10**9, version),
    ]  # fmt: skip


def test_a_bound_knows_the_dearest_way_of_serving_unless_the_caller_asks_for_one(session) -> None:
    number = connect(session, "work", "openai")
    book = Book.open(session)

    def bound(tier: str | None) -> int | None:
        return book.bound(number, "work", "gpt-4.1", AT, 10**6, 0, tier=tier)

    assert [bound(tier) for tier in ("", "priority", "batch")] == [
        2 * 10**9, 3_500_000_000, 2 * 10**9,
    ]  # fmt: skip
    assert (bound(None) or 0) >= 3_500_000_000


DETAILED = {
    "openai": ("gpt-realtime", {"input_audio": 700, "cache_read_audio": 100, "output_audio": 50}),
    "anthropic": ("claude-opus-5-5", {"cache_write_1h": 900, "searches": 3}),
    "gemini": ("gemini-2.5-flash", {"input_audio": 300, "cache_read_audio": 50}),
}
KEYS = {
    "input_audio": "input_audio_tokens", "cache_read_audio": "cache_audio_read_tokens",
    "output_audio": "output_audio_tokens", "cache_write_1h": "cache_write_1h_tokens",
    "searches": "web_searches",
}  # fmt: skip


@pytest.mark.parametrize("row", DETAILED)
def test_parts_cost_what_the_table_s_own_calculator_says(row: str) -> None:
    model, details = DETAILED[row]
    tokens = (1_000, 200, 900, 400, 60)
    price = BUNDLED.find(PROVIDERS[row].prices, "", model, AT)
    whole_audio = details.get("input_audio", 0) + details.get("cache_read_audio", 0)
    counts = {KEYS[name]: number for name, number in details.items()}
    usage = genai_prices.Usage(
        input_tokens=2_100, cache_read_tokens=200, cache_write_tokens=900, output_tokens=460,
        output_reasoning_tokens=60,
        **(counts | ({"input_audio_tokens": whole_audio} if whole_audio else {})),
    )  # fmt: skip
    expected = genai_prices.calc_price(
        usage, model, provider_id=PROVIDERS[row].prices, genai_request_timestamp=AT
    ).total_price
    assert price is not None
    assert price.rates.details
    assert priced(tokens, price, details=details).nano == pricing.nano(expected)


def test_an_hour_of_sound_has_a_price_and_no_bound() -> None:
    price = BUNDLED.find("openai", "", "whisper-1", AT)
    assert price is not None
    assert pricing.usd(priced(None, price, details={"seconds": 3600}).nano) == Decimal("0.36")
    assert pricing.most(price, 1_000, 1_000) is None
