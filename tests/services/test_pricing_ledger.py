"""Costs come into the ledger with the journal: each record says how well its cost is known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.ids import uuid7
from aiconnect.models import Connection, CostState, Outcome, UsageRecord
from aiconnect.services import absorbing, pricing
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.pricing import Amounts

WRITER = "00000000-0000-7000-8000-000000000001"
TABLE = "genai-prices"


@pytest.fixture
def work(session: Session) -> int:
    """A connection whose models the bundled table knows."""
    return connect(session, "work", "anthropic")


def connect(session: Session, name: str, provider: str) -> int:
    now = clock.now()
    made = Connection(name=name, provider=provider, base_url="x", state_since=now, made_at=now)
    session.add(made)
    session.commit()
    return made.id


def line(connection: int | None, **more: Any) -> dict[str, Any]:
    return {
        "k": "e", "id": uuid7(), "at": int(clock.now().timestamp() * 1000), "p": 1, "pn": "alice",
        "t": 1, "tn": "t", "c": connection, "cn": "work" if connection else "",
        "m": "claude-opus-5-5", "s": False, "rb": 4_000_000, "f": False,
        "u": [500, 100, 0, 58, 0], "es": False, "ms": 10, "o": "ok", "cd": None, "st": 200,
        "ft": None, "n": 1, **more,
    }  # fmt: skip


def absorbed(session: Session, *lines: dict[str, Any]) -> UsageRecord:
    absorbing.absorb(session, lines, WRITER)
    session.expire_all()
    return session.scalars(select(UsageRecord)).one()


def known(record: UsageRecord) -> tuple[int | None, str, str | None]:
    return record.cost, record.cost_state, record.price and record.price.partition(" ")[0]


def test_a_measured_call_has_a_measured_cost(session: Session, work: int) -> None:
    assert known(absorbed(session, line(work))) == (3_180_000, CostState.MEASURED, TABLE)


def test_a_call_of_estimated_tokens_has_an_estimated_cost(session: Session, work: int) -> None:
    record = absorbed(session, line(work, es=True, o="caller_left"))
    assert known(record) == (3_180_000, CostState.ESTIMATED, TABLE)


def test_the_provider_s_own_figure_goes_first(session: Session, work: int) -> None:
    record = absorbed(session, line(work, sc="0.00197"))
    assert known(record) == (1_970_000, CostState.MEASURED, "provider")


@pytest.mark.parametrize("stated", ["-1", "nan", "much", "1e30", [], {}, True])
def test_a_figure_that_is_none_is_passed_over(session: Session, work: int, stated: object) -> None:
    assert known(absorbed(session, line(work, sc=stated)))[2] == TABLE


def test_the_team_s_own_price_goes_before_the_table(session: Session, work: int) -> None:
    amounts = Amounts(Decimal(1), Decimal(10))
    row = pricing.set_price(session, COMMAND_LINE, "work/claude-opus-5-5", amounts)
    record = absorbed(session, line(work))
    assert known(record) == (1_180_000, CostState.MEASURED, f"own:{row.id}")


def test_a_model_without_a_price_has_an_unknown_cost(session: Session, work: int) -> None:
    assert known(absorbed(session, line(work, m="nobody-s"))) == (None, CostState.UNKNOWN, None)


def test_a_call_whose_tokens_nobody_said_has_an_unknown_cost(session: Session, work: int) -> None:
    assert known(absorbed(session, line(work, u=None))) == (None, CostState.UNKNOWN, None)


def test_a_call_that_reached_no_provider_is_free(session: Session, work: int) -> None:
    record = absorbed(session, line(work, f=True, u=None, o="refused", st=402))
    assert known(record) == (0, CostState.FREE, None)


def test_a_server_of_one_s_own_is_free_whatever_it_says(session: Session) -> None:
    here = connect(session, "work", "vllm")
    record = absorbed(session, line(here, f=True, sc="5"))
    assert known(record) == (0, CostState.FREE, None)


def test_a_server_of_one_s_own_costs_what_the_team_says(session: Session) -> None:
    here = connect(session, "work", "vllm")
    row = pricing.set_price(session, COMMAND_LINE, "work/m", Amounts(Decimal(1), Decimal(1)))
    record = absorbed(session, line(here, f=True, m="m"))
    assert known(record) == (658_000, CostState.MEASURED, f"own:{row.id}")


@pytest.mark.parametrize(
    ("pattern", "cost"), [("*", 0), ("m*", 0), ("*/*", 0), ("work/*", 658_000), ("m", 658_000)]
)
def test_a_pattern_for_all_leaves_a_server_of_one_s_own_free(
    session: Session, pattern: str, cost: int
) -> None:
    """Else a price for whatever has none would stop it as well, at a freeze or a spent budget."""
    here = connect(session, "work", "vllm")
    pricing.set_price(session, COMMAND_LINE, pattern, Amounts(Decimal(1), Decimal(1)))
    assert known(absorbed(session, line(here, f=True, m="m")))[0] == cost
    bound = pricing.Book.open(session).bound(here, "work", "m", clock.now(), 500, 158)
    assert bound == cost


def test_lines_of_the_version_before_are_taken(session: Session, work: int) -> None:
    record = absorbed(session, line(work))
    assert (record.asked, record.wire, record.tries) == (None, None, None)


def test_a_record_keeps_its_tries_its_name_and_its_wire(session: Session, work: int) -> None:
    tries = [["spare", "gpt\0\ud800", "provider_rate_limited", 120], ["old", "m", "off", None]]
    record = absorbed(session, line(work, **{"as": "fast", "w": "openai.chat"}, tr=tries))
    assert (record.asked, record.wire) == ("fast", "openai.chat")
    assert record.tries == [
        ["spare", "gpt\N{REPLACEMENT CHARACTER}?", "provider_rate_limited", 120],
        ["old", "m", "off", None],
    ]


@pytest.mark.parametrize("tries", [[], {}, "x", 3, [[]], [["a"]], [None], [{}]])
def test_tries_of_another_shape_are_left_out(session: Session, work: int, tries: object) -> None:
    assert absorbed(session, line(work, tr=tries)).tries is None


def test_a_call_that_ended_elsewhere_is_recorded_there(session: Session, work: int) -> None:
    begun = line(7, k="b", cn="first", m="m1")
    ended = begun | line(work, id=begun["id"])
    absorbing.absorb(session, [begun], WRITER)
    record = absorbed(session, ended)
    assert (record.connection, record.connection_id) == ("work", work)
    assert (record.model, record.cost) == ("claude-opus-5-5", 3_180_000)


def interrupted(session: Session, *lines: dict[str, Any]) -> list[UsageRecord]:
    absorbing.absorb(session, lines, WRITER)
    absorbing.mark_interrupted(session, alive=set())
    session.expire_all()
    return list(session.scalars(select(UsageRecord).order_by(UsageRecord.model)))


def test_an_interrupted_call_is_charged_for_what_it_asked(session: Session, work: int) -> None:
    here = connect(session, "here", "llamacpp")
    records = interrupted(
        session,
        line(work, k="b"),
        line(work, k="b", m="nobody-s"),
        line(here, k="b", cn="here", m="zzz", f=True),
    )
    assert [known(record) for record in records] == [
        (4_000_000_000, CostState.ESTIMATED, TABLE),
        (None, CostState.UNKNOWN, None),
        (0, CostState.FREE, None),
    ]
    assert {record.outcome for record in records} == {Outcome.INTERRUPTED}


def test_a_call_of_a_process_that_lives_is_not_interrupted(session: Session, work: int) -> None:
    absorbing.absorb(session, [line(work, k="b")], WRITER)
    absorbing.mark_interrupted(session, alive={WRITER})
    session.expire_all()
    record = session.scalars(select(UsageRecord)).one()
    assert (record.outcome, record.cost_state) == (None, CostState.UNKNOWN)


def test_absorbing_again_costs_nothing_more(session: Session, work: int) -> None:
    ended = line(work)
    absorbing.absorb(session, [ended], WRITER)
    pricing.set_price(
        session, COMMAND_LINE, "work/claude-opus-5-5", Amounts(Decimal(9), Decimal(9))
    )
    assert absorbed(session, ended).cost == 3_180_000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
)
FIXTURES = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@pytest.mark.on_sqlite
@FIXTURES
@given(sc=json_values, tr=json_values)
def test_nothing_that_a_provider_states_costs_a_record(session, work, sc, tr) -> None:
    found = line(work, sc=sc, tr=tr)
    assert absorbing.absorb(session, [found], WRITER) == 1
    assert session.get(UsageRecord, found["id"]) is not None
