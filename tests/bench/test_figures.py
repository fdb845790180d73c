"""The benchmark's arithmetic: what is printed beside a target is what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import measured
from bench.figures import Pick, Spread, added, ratio, spread
from bench.measured import Measured
from bench.report import render
from bench.tables import number
from bench.targets import CALLS, OURS, TIMES, Target, judge

OWN = Pick("whole", "aiconnect", "plain", 16)
DIRECT = Pick("whole", "direct", "plain", 16)


def whole(who: str, round_: int, **figures: float) -> Measured:
    return Measured("whole", who, "plain", 16, round_, figures)


def streams(round_: int, *, errors: float = 0, delay: float = 10) -> Measured:
    figures = {"errors": errors, "delay_p99": delay}
    return Measured("streams", "aiconnect", "main", 1000, round_, figures)


def test_a_figure_is_the_median_of_its_rounds_with_lowest_and_highest_as_noise():
    rounds = [whole("aiconnect", n, cpu_ms_per_call=ms) for n, ms in enumerate((0.5, 0.9, 0.6))]
    assert spread(rounds, OWN, "cpu_ms_per_call") == Spread(0.6, 0.5, 0.9)


def test_what_was_not_measured_has_no_figure():
    assert spread([], OWN, "cpu_ms_per_call") is None


PAIRS = [
    whole("direct", 0, latency_p50=1.0),
    whole("aiconnect", 0, latency_p50=4.0),
    whole("direct", 1, latency_p50=5.0),
    whole("aiconnect", 1, latency_p50=6.0),
    whole("direct", 2, latency_p50=2.0),
    whole("aiconnect", 2, latency_p50=4.0),
]


def test_what_is_added_is_taken_round_by_round():
    assert added(PAIRS, OWN, DIRECT, "latency_p50") == Spread(2.0, 1.0, 3.0)


def test_a_ratio_is_taken_round_by_round():
    assert ratio(PAIRS, OWN, DIRECT, "latency_p50") == Spread(2.0, 1.2, 4.0)


def test_a_round_that_lacks_a_figure_is_left_out_of_a_ratio():
    found = [*PAIRS[:2], whole("direct", 1), whole("aiconnect", 1, latency_p50=9.0)]
    assert ratio(found, OWN, DIRECT, "latency_p50") == Spread(4.0, 4.0, 4.0)


def test_nothing_is_a_multiple_of_nothing():
    found = [whole("direct", 0, errors=0), whole("aiconnect", 0, errors=2)]
    assert ratio(found, OWN, DIRECT, "errors") is None


def test_one_error_in_one_round_misses_the_target():
    judged = judge([streams(0), streams(1, errors=1), streams(2)], OURS)
    errors = next(one for one in judged if one.target.name == "errors")
    assert errors.measured.median == 1
    assert not errors.is_met


@pytest.mark.parametrize(("delay", "is_met"), [(60.0, True), (60.1, False)])
def test_a_target_is_met_up_to_its_limit(delay, is_met):
    judged = judge([streams(0, delay=delay)], OURS)
    assert next(one for one in judged if one.target.name == "delay_p99").is_met is is_met


@pytest.mark.parametrize(
    ("theirs", "verdict"),
    [(15.9, "**missed**"), (16.0, "ok; the aim of 25 not yet"), (25.0, "ok; the aim of 25 too")],
)
def test_a_floor_is_met_from_its_limit_on(theirs, verdict):
    peer = Pick("whole", "litellm", "plain", 16)
    target = Target("", "x", 16, peer, "cpu", TIMES, CALLS, aim=25, is_floor=True)
    found = [whole("aiconnect", 0, cpu=1.0), whole("litellm", 0, cpu=theirs)]
    assert judge(found, [target])[0].verdict == verdict


def test_the_report_says_ok_or_missed_beside_each_target():
    text = render([streams(0, delay=75)], "Measured here.", "plot.png")
    assert "| Chunk delay p99, 1,000 streams at once | 75 ms | ≤ 60 ms | **missed** |" in text
    assert "| Errors of 1,000 streams at once | 0 | ≤ 0 | ok |" in text


def test_the_report_has_a_row_for_each_series_that_was_measured():
    figures = {"latency_p50": 2.0, "latency_p99": 9.0, "cpu_ms_per_call": 0.5, "errors": 0.0}
    found = [
        whole("nginx", 0, **figures | {"cpu_ms_per_call": 0.1}),
        whole("aiconnect", 0, **figures),
    ]
    text = render(found, "Measured here.", "plot.png")
    assert "| 16 | nginx | whole answer | 2, 9 | - | 0.10 | 1 | - | - | 0 |" in text
    assert "| 16 | aiconnect | whole answer | 2, 9 | - | 0.50 | 5 | - | - | 0 |" in text
    assert "prototype | whole answer" not in text


def test_raw_lines_read_back_as_they_were(tmp_path: Path):
    found = [streams(0), whole("direct", 1, latency_p50=0.25)]
    measured.write(tmp_path / "raw.jsonl", found)
    assert measured.read(tmp_path / "raw.jsonl") == found


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.5734, "0.57"), (45.23, "45.2"), (1603.2, "1,603"), (0.0, "0"), (120.0, "120")],
)
def test_numbers_have_three_figures(value, said):
    assert number(value) == said
