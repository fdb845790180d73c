"""Spans, projections and bars as values: what they come to, at every edge."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from aiconnect.blueprints.usage import spans
from aiconnect.blueprints.usage.charts import BASE, TOP, Column, drawn
from aiconnect.blueprints.usage.projecting import projected
from aiconnect.services.paces import Spread, of
from tests.services.test_paces import call

JAKARTA, BERLIN = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
DOLLAR = 10**9


def chosen(
    name: str = "", since: str = "", until: str = "", zone: ZoneInfo = JAKARTA
) -> spans.Span:
    return spans.chosen(name, since, until, now=NOW, zone=zone)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        (("", "", ""), "2026-11-01", "2026-11-30"),
        (("today", "", ""), "2026-11-23", "2026-11-23"),
        (("latest", "", ""), "2026-10-25", "2026-11-23"),
        (("today", "2026-02-01", "2026-02-03"), "2026-02-01", "2026-02-03"),
        (("", "2026-02-03", "2026-02-01"), "2026-02-01", "2026-02-03"),
        (("", "2026-11-20", ""), "2026-11-20", "2026-11-23"),
        (("", "", "2026-02-20"), "2026-02-01", "2026-02-20"),
        (("", "2027-02-20", ""), "2027-02-20", "2027-02-20"),
        (("", "2001-01-01", "2026-02-01"), "2016-01-25", "2026-02-01"),
        (("", "0001-01-01", "9999-12-31"), "2026-11-01", "2026-11-30"),
        (("nonsense", "yesterday", "2026-13-01"), "2026-11-01", "2026-11-30"),
        (("", "\ud800", "\0"), "2026-11-01", "2026-11-30"),
    ],
)
def test_a_span_is_what_was_asked_for_or_this_month(
    asked: tuple[str, str, str], first: str, last: str
) -> None:
    found = chosen(*asked)
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


def test_days_begin_at_midnight_of_the_team() -> None:
    found = chosen("today")
    assert found.since == datetime(2026, 11, 22, 17, tzinfo=UTC)
    assert (found.until - found.since).total_seconds() == 24 * 3600
    assert chosen("", "2026-10-25", "2026-10-25", BERLIN).until == datetime(
        2026, 10, 25, 23, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("today", datetime(2026, 11, 21, 17, tzinfo=UTC), datetime(2026, 11, 22, 7, tzinfo=UTC)),
        ("", datetime(2026, 9, 30, 17, tzinfo=UTC), datetime(2026, 10, 23, 7, tzinfo=UTC)),
        ("latest", datetime(2026, 9, 24, 17, tzinfo=UTC), datetime(2026, 10, 24, 7, tzinfo=UTC)),
    ],
)
def test_what_runs_is_compared_up_to_the_same_hour(
    name: str, since: datetime, until: datetime
) -> None:
    assert chosen(name).before == (since, until)


def test_what_is_over_is_compared_with_as_many_days() -> None:
    start, end = chosen("", "2026-03-01", "2026-03-10").before
    assert end == chosen("", "2026-03-01", "2026-03-10").since
    assert (end - start).days == 10


def test_a_longer_span_has_longer_steps() -> None:
    assert chosen("today").step == "hour"
    assert chosen().step == "day"
    assert chosen("", "2026-01-01", "2026-11-30").step == "month"


def test_a_projection_lies_between_two_paces() -> None:
    days = [2 * DOLLAR] * 7 + [DOLLAR] * 7
    found = projected(chosen(zone=ZoneInfo("UTC")), 20 * DOLLAR, days)
    assert found is not None
    assert found.high == 20 * DOLLAR + round(Fraction(2 * DOLLAR) * (7 + Fraction(17, 24)))
    assert found.low == 20 * DOLLAR + round(Fraction(3 * DOLLAR, 2) * (7 + Fraction(17, 24)))


@pytest.mark.parametrize("days", [[], [DOLLAR] * 2, [DOLLAR, DOLLAR] + [0] * 12, [0] * 14])
def test_too_few_days_tell_no_end(days: list[int]) -> None:
    assert projected(chosen(), DOLLAR, days) is None


def test_days_before_the_first_call_slow_no_pace() -> None:
    found = projected(chosen(zone=ZoneInfo("UTC")), 0, [DOLLAR] * 4 + [0] * 10)
    assert found is not None
    assert found.low == found.high
    assert found.a_day == DOLLAR


def test_only_a_month_that_runs_has_an_end_to_come() -> None:
    assert projected(chosen("latest"), DOLLAR, [DOLLAR] * 14) is None


def test_bars_stand_on_the_axis_and_end_below_the_top_line() -> None:
    chart = drawn([Column([3, 4], "a"), Column([0, 0], "b"), Column([10**15, 1], "c")], str)
    assert chart.lines[0].y == str(BASE)
    assert float(chart.lines[-1].y) == TOP
    for bar in chart.bars:
        for part in bar.parts:
            assert TOP - 1 <= float(part.y) < BASE
            assert float(part.y) + float(part.height) <= BASE
    assert [len(bar.parts) for bar in chart.bars] == [2, 0, 2]


@pytest.mark.parametrize("most", [0, 1, 4, 5, 6, 99, 101, 10**18])
def test_a_scale_has_few_round_lines(most: int) -> None:
    chart = drawn([Column([most], "")], str)
    values = [int(line.label) for line in chart.lines]
    assert 2 <= len(values) <= 6
    assert values[-1] >= most
    assert str(values[1]).strip("0") in {"1", "2", "5"}


def test_no_bars_are_a_drawing_too() -> None:
    assert drawn([], str).bars == []


def test_what_may_come_has_an_outline_where_it_is_more() -> None:
    chart = drawn(
        [Column([5], "", expected=9), Column([9], "", expected=5), Column([], "", expected=9)], str
    )
    assert [bar.outline is not None for bar in chart.bars] == [True, False, True]
    assert chart.has_outlines


def test_half_and_nearly_all_are_values_that_calls_had() -> None:
    found = of([call(ms) for ms in range(100, 2100, 100)])
    assert found.whole == Spread(1000, 1900)
    assert found.calls == 20
    assert of([]).whole is None


def test_the_day_of_a_month_is_any() -> None:
    found = spans.month(date(2024, 2, 29), now=NOW, zone=JAKARTA)
    assert (found.first, found.last) == (date(2024, 2, 1), date(2024, 2, 29))
