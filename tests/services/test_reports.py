"""The ledger summed up and read out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import Refused
from aiconnect.models import CostState, Outcome
from aiconnect.services import reports
from aiconnect.services.reports import By, Row, columns
from aiconnect.services.reports.exporting import PAGE
from tests.ledger import NOON, add, record

JAKARTA, BERLIN = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin")


def sums(session: Session, by: By = "model", **more: Any) -> list[Row]:
    return reports.summary(session, by=by, timezone=more.pop("timezone", UTC), **more)


def exported(session: Session, **span: Any) -> list[str]:
    """The ids of an export."""
    lines = b"".join(reports.export_lines(session, "jsonl", **span)).splitlines()
    return [json.loads(line)["id"] for line in lines]


def test_an_empty_ledger_sums_up_to_nothing(session: Session) -> None:
    assert [sums(session, by) for by in reports.BYS] == [[]] * 5


def test_tokens_are_totals(session: Session) -> None:
    add(
        session,
        record(input_tokens=10, cache_read_tokens=20, cache_write_tokens=30),
        record(input_tokens=1, output_tokens=2, reasoning_tokens=3),
    )
    (row,) = sums(session)
    assert (row.calls, row.input_tokens, row.output_tokens) == (2, 61, 10)


def test_what_a_provider_did_not_count_adds_nothing(session: Session) -> None:
    add(session, record(input_tokens=None, output_tokens=None))
    (row,) = sums(session)
    assert (row.calls, row.input_tokens, row.output_tokens) == (1, 0, 0)


def test_calls_of_what_is_not_to_be_named_are_one_line(session: Session) -> None:
    add(session, record(model="one", connection_id=1), record(model="two", connection_id=2))
    add(session, record(model="three", connection_id=2), record(model="gone", connection_id=None))
    found = {row.key: row.calls for row in sums(session, unnamed=[2, 3])}
    assert found == {"": 2, "one": 1, "gone": 1}


def test_cost_is_exact(session: Session) -> None:
    add(session, *(record(cost=1, cost_state=CostState.MEASURED) for _ in range(3)))
    assert sums(session)[0].cost_usd == Decimal("0.000000003")


def test_cost_is_unknown_where_no_call_s_is_known(session: Session) -> None:
    add(session, record(), record(model="gpt", cost=0, cost_state=CostState.FREE))
    assert {row.key: row.cost_usd for row in sums(session)} == {"llama": None, "gpt": Decimal(0)}


def test_calls_without_a_known_cost_are_counted_beside_the_others(session: Session) -> None:
    add(session, record(), record(cost=5, cost_state=CostState.MEASURED), record())
    (row,) = sums(session)
    assert (row.cost_usd, row.unpriced) == (Decimal("0.000000005"), 2)


def test_the_share_of_estimates_is_of_calls(session: Session) -> None:
    add(
        session,
        record(tokens_estimated=True),
        record(cost_state=CostState.ESTIMATED, cost=5),
        record(),
        record(),
    )
    assert sums(session)[0].estimated_share == 0.5


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("model", ["llama", "gpt"]),
        ("user", ["alice@example.org", "bob@example.org"]),
        ("token", ["laptop", "phone"]),
        ("connection", ["ollama", "openai"]),
        ("day", ["2026-11-20", "2026-11-21"]),
    ],
)
def test_sums_are_by_what_was_asked(session: Session, by: By, keys: list[str]) -> None:
    other = record(
        model="gpt", person="bob@example.org", access_token="phone", connection="openai",
        at=NOON + timedelta(days=1),
    )  # fmt: skip
    add(session, record(), other, record())
    assert [(row.key, row.calls) for row in sums(session, by)] == [(keys[0], 2), (keys[1], 1)]


def test_a_call_that_still_runs_is_not_summed(session: Session) -> None:
    add(session, record(outcome=None))
    assert sums(session) == []
    assert sums(session, "day") == []


def test_failures_are_calls_too(session: Session) -> None:
    add(session, record(outcome=Outcome.FAILED, status=502, input_tokens=None))
    assert sums(session)[0].calls == 1


@pytest.mark.parametrize("by", reports.BYS)
def test_a_span_has_its_start_and_not_its_end(session: Session, by: By) -> None:
    add(session, *(record(at=NOON + timedelta(hours=hour)) for hour in range(4)))
    span = {"since": NOON + timedelta(hours=1), "until": NOON + timedelta(hours=3)}
    assert [row.calls for row in sums(session, by, **span)] == [2]


def test_days_are_those_of_the_time_zone(session: Session) -> None:
    add(session, record(at=datetime(2026, 11, 20, 16, 59, tzinfo=UTC)))
    add(session, record(at=datetime(2026, 11, 20, 17, 0, tzinfo=UTC)))
    days = [row.key for row in sums(session, "day", timezone=JAKARTA)]
    assert days == ["2026-11-20", "2026-11-21"]


def test_a_day_of_twenty_five_hours_is_one_day(session: Session) -> None:
    start = datetime(2026, 10, 25, tzinfo=BERLIN)
    add(session, *(record(at=start.astimezone(UTC) + timedelta(hours=h)) for h in range(26)))
    days = {row.key: row.calls for row in sums(session, "day", timezone=BERLIN)}
    assert days == {"2026-10-25": 25, "2026-10-26": 1}


def test_today_and_this_month_begin_at_midnight_here(session: Session) -> None:
    zone = ZoneInfo("Pacific/Kiritimati")
    midnight = clock.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    just_before = record(at=midnight - timedelta(seconds=1), model="yesterday")
    add(session, record(at=midnight, model="today"), just_before)
    assert [row.key for row in reports.today(session, by="model", timezone=zone)] == ["today"]
    first = midnight.replace(day=1)
    add(session, record(at=first - timedelta(seconds=1), model="last month"))
    months = {row.key for row in reports.month(session, by="model", timezone=zone)}
    assert "today" in months
    assert "last month" not in months


def test_an_export_is_oldest_first_and_settled_only(session: Session) -> None:
    later = record(at=NOON + timedelta(seconds=1), id="b")
    add(session, later, record(id="c"), record(id="a"), record(id="d", outcome=None))
    assert exported(session) == ["a", "c", "b"]


@pytest.mark.parametrize("count", [PAGE - 1, PAGE, PAGE + 1, 2 * PAGE])
def test_an_export_of_several_pages_has_every_record_once(session: Session, count: int) -> None:
    add(session, *(record(id=f"{number:05}", at=NOON) for number in range(count)))
    found = exported(session)
    assert found == [f"{number:05}" for number in range(count)]


def test_an_export_of_a_span_is_that_span(session: Session) -> None:
    add(session, *(record(id=str(hour), at=NOON + timedelta(hours=hour)) for hour in range(4)))
    found = exported(session, since=NOON + timedelta(hours=1), until=NOON + timedelta(hours=3))
    assert found == ["1", "2"]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n1", "\uff1d1+1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_field_of_a_csv_is_a_formula(session: Session, text: str) -> None:
    words = {"model": text, "person": text, "access_token": text, "connection": text}
    add(session, record(id=text, asked=text, wire=text, price=text, code=text, **words))
    written = b"".join(reports.export_lines(session, "csv")).decode()
    (row,) = csv.DictReader(io.StringIO(written, newline=""))
    named = ("id", "user", "access_token", "connection", "model", "asked", "wire", "price", "code")
    assert {row[name] for name in named} == {"'" + text.replace("\r", " ")}
    assert not any(cell[:1] in tuple("=+-@\t\r\n") for cell in row.values() if cell)


@pytest.mark.parametrize(
    ("text", "written"),
    [("a;=1+1", "a;'=1+1"), ('a; "@x', "a; \"'@x"), ("a\n=1", "a\n'=1"), ("a;b-c", "a;b-c")],
)
def test_nor_is_what_follows_a_semicolon(session: Session, text: str, written: str) -> None:
    add(session, record(model=text, tries=[["x", "y;=1+1", "off", None]]))
    found = b"".join(reports.export_lines(session, "csv")).decode()
    (row,) = csv.DictReader(io.StringIO(found, newline=""))
    assert row["model"] == written
    assert json.loads(row["tries"]) == [["x", "y;'=1+1", "off", None]]


def test_json_lines_have_words_as_they_are(session: Session) -> None:
    add(session, record(model="=1+1"))
    (line,) = b"".join(reports.export_lines(session, "jsonl")).splitlines()
    assert json.loads(line)["model"] == "=1+1"


@given(nano=st.integers(0, 2**63 - 1))
def test_money_is_written_exactly(nano: int) -> None:
    written = columns.money(nano)
    assert written is not None
    assert Decimal(written) * 10**9 == nano
    assert "E" not in written


def test_an_export_holds_no_transaction_while_its_reader_is_slow(session: Session) -> None:
    add(session, *(record(id=f"{number:05}") for number in range(PAGE + 1)))
    lines = reports.export_lines(session, "jsonl")
    next(lines)
    if session.get_bind().dialect.name == "sqlite":
        assert not session.in_transaction()
    cast("Generator[bytes, None, None]", lines).close()
    assert not session.in_transaction()


def test_a_date_is_a_day_of_the_time_zone() -> None:
    since = reports.moment("2026-11-30", JAKARTA)
    until = reports.moment("2026-11-30", JAKARTA, is_until=True)
    assert since == datetime(2026, 11, 29, 17, tzinfo=UTC)
    assert until - since == timedelta(days=1)


def test_a_time_has_its_offset() -> None:
    for text in ("2026-11-30T09:00+07:00", "2026-11-30T02:00Z"):
        assert reports.moment(text, BERLIN) == datetime(2026, 11, 30, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-13-01",
        "2026-11-30T09:00",
        "30.11.2026",
        "9999-12-31",
        "0001-01-01T00:00+14:00",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        reports.moment(text, UTC, is_until=True, field="until")
    assert refused.value.field == "until"


@given(text=st.text(max_size=30))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    with suppress(Refused):
        assert reports.moment(text, JAKARTA).tzinfo is UTC
