"""When the periods of budgets begin and end."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.calls.budgets.periods import DAY, EVER, MONTH, TOTAL, end_of, start_of

BERLIN, CAIRO, HAVANA, KATHMANDU, ASUNCION = (
    ZoneInfo(name)
    for name in (
        "Europe/Berlin",
        "Africa/Cairo",
        "America/Havana",
        "Asia/Kathmandu",
        "America/Asuncion",
    )
)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        (DAY, at(2026, 11, 29, 18, 15), at(2026, 11, 30, 18, 15)),
        (MONTH, at(2026, 10, 31, 18, 15), at(2026, 11, 30, 18, 15)),
        (TOTAL, EVER, None),
    ],
)
def test_periods_are_those_of_the_time_zone(
    period: str, start: datetime, end: datetime | None
) -> None:
    moment = at(2026, 11, 30, 3)
    assert (start_of(period, KATHMANDU, moment), end_of(period, KATHMANDU, moment)) == (start, end)


def test_a_day_may_have_twenty_five_hours() -> None:
    moment = at(2026, 10, 25, 12)
    length = end_of(DAY, BERLIN, moment) - start_of(DAY, BERLIN, moment)  # type: ignore[operator]
    assert length.total_seconds() == 25 * 3600


def test_a_day_whose_midnight_is_skipped_begins_when_clocks_go_on() -> None:
    assert start_of(DAY, CAIRO, at(2026, 4, 24, 12)) == at(2026, 4, 23, 22)


def test_december_ends_in_january() -> None:
    assert end_of(MONTH, UTC, at(2026, 12, 31, 23)) == at(2027, 1, 1)


@given(
    period=st.sampled_from([DAY, MONTH]),
    zone=st.sampled_from([BERLIN, CAIRO, HAVANA, KATHMANDU, ASUNCION]),
    seconds=st.integers(10**9, 2 * 10**9),
)
def test_every_moment_is_in_just_one_period(period: str, zone: ZoneInfo, seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    start, end = start_of(period, zone, moment), end_of(period, zone, moment)
    assert end is not None
    assert start <= moment < end
    assert start_of(period, zone, end) == end
    assert start_of(period, zone, start) == start
