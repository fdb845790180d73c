"""When a provider is left alone, and when it is tried again."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from aiconnect.calls.breaker import MOST_MODELS, Breakers
from aiconnect.calls.circuit import Settings
from aiconnect.calls.faults import FAULTS, REFUSALS, Refusal, code_of
from aiconnect.errors import KINDS, ProviderError

ONE, A, B = 1, "a", "b"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breakers(clock: Clock) -> Breakers:
    return Breakers(clock, jitter=lambda: 0.0)


def call(breakers: Breakers, code: str | None = None, model: str = A, wait: float = 0) -> bool:
    """Call and report; whether it went out."""
    if breakers.admit(ONE, model) is not None:
        return False
    breakers.report(ONE, model, code, wait)
    return True


def calls(breakers: Breakers, codes: Iterable[str | None], model: str = A) -> int:
    return sum(call(breakers, code, model) for code in codes)


def refusal(breakers: Breakers, model: str = A) -> Refusal:
    refused = breakers.admit(ONE, model)
    assert refused is not None
    return refused


def test_five_outages_in_a_row_pause_a_connection_for_ten_seconds(breakers, clock):
    assert calls(breakers, ["provider_unreachable"] * 9) == 5
    refused = refusal(breakers)
    assert (refused.kind, refused.code, refused.retry_after) == ("outage", "provider_paused", 10)
    assert breakers.look(ONE).until == clock.now + 10


def test_a_success_between_failures_keeps_a_connection_open_to_calls(breakers):
    assert calls(breakers, [*["provider_error"] * 4, None] * 4) == 20


def test_half_of_many_calls_failing_pauses_it_though_others_succeed(breakers, clock):
    for _ in range(10):
        assert call(breakers)
        assert call(breakers, "provider_broke")
        clock.now += 1
    assert not call(breakers)


def test_half_of_few_calls_failing_does_not(breakers, clock):
    assert calls(breakers, [None, "provider_broke"] * 9) == 18


def test_failures_of_long_ago_do_not_count_with_those_of_now(breakers, clock):
    calls(breakers, [None, "provider_broke"] * 9)
    clock.now += 36
    assert calls(breakers, [None, "provider_broke"] * 9) == 18


def test_after_the_pause_one_call_goes_out_alone(breakers, clock):
    calls(breakers, ["provider_unreachable"] * 5)
    clock.now += 10
    assert breakers.admit(ONE, A) is None
    assert breakers.look(ONE).state == "half_open"
    assert refusal(breakers).retry_after == 5
    breakers.report(ONE, A, None)
    assert breakers.look(ONE).state == "closed"
    assert calls(breakers, [None] * 3) == 3


def test_the_pause_doubles_up_to_two_minutes(breakers, clock):
    calls(breakers, ["provider_unreachable"] * 5)
    pauses = []
    for _ in range(6):
        pauses.append(refusal(breakers).retry_after)
        clock.now += pauses[-1]
        assert call(breakers, "provider_unreachable")
    assert pauses == [10, 20, 40, 80, 120, 120]


def test_a_success_makes_pauses_short_again(breakers, clock):
    calls(breakers, ["provider_unreachable"] * 5)
    for code in ("provider_unreachable", None):
        clock.now += refusal(breakers).retry_after
        assert call(breakers, code)
    assert calls(breakers, ["provider_unreachable"] * 9) == 5
    assert refusal(breakers).retry_after == 10


def test_jitter_takes_at_most_a_fifth_off_a_pause(clock):
    breakers = Breakers(clock, jitter=lambda: 0.999)
    calls(breakers, ["provider_unreachable"] * 5)
    assert refusal(breakers).retry_after == pytest.approx(8, abs=0.01)


def test_a_probe_that_never_reports_is_given_up(breakers, clock):
    calls(breakers, ["provider_unreachable"] * 5)
    clock.now += 10
    assert breakers.admit(ONE, A) is None
    clock.now += 59
    assert breakers.admit(ONE, A) is not None
    clock.now += 1
    assert breakers.admit(ONE, A) is None


def test_a_probe_whose_caller_left_makes_room_for_the_next(breakers, clock):
    calls(breakers, ["provider_unreachable"] * 5)
    clock.now += 10
    assert call(breakers, "caller_left")
    assert call(breakers, "provider_unreachable")
    assert not call(breakers)


def test_failures_of_calls_that_began_before_are_no_news(breakers, clock):
    began = clock.now - 1
    calls(breakers, ["provider_unreachable"] * 5)
    clock.now += 10
    assert breakers.admit(ONE, A) is None
    breakers.report(ONE, A, "provider_silent", began=began)
    breakers.report(ONE, A, "caller_left", began=began)
    assert breakers.look(ONE).state == "half_open"
    breakers.report(ONE, A, None, began=clock.now)
    assert breakers.look(ONE).state == "closed"


def test_a_probe_may_have_noted_its_begin_a_moment_before_it_was_let_through(breakers, clock):
    calls(breakers, ["provider_unreachable"] * 5)
    clock.now += 10
    assert breakers.admit(ONE, A) is None
    breakers.report(ONE, A, "provider_unreachable", began=clock.now - 5)
    assert breakers.look(ONE).until == clock.now + 20


def test_a_probe_that_was_given_up_does_not_speak_for_the_next(breakers, clock):
    calls(breakers, ["provider_unreachable"] * 5)
    clock.now += 10
    began = clock.now
    for _ in range(2):
        assert breakers.admit(ONE, A) is None
        clock.now += 60
    clock.now -= 30
    breakers.report(ONE, A, "provider_unreachable", began=began)
    assert breakers.look(ONE).state == "half_open"


def test_switched_off_every_call_goes_out(clock):
    breakers = Breakers(clock, Settings(is_on=False))
    assert calls(breakers, ["provider_unreachable"] * 30) == 30


def test_a_late_answer_ends_an_outage(breakers, clock):
    began = clock.now
    calls(breakers, ["provider_unreachable"] * 5)
    clock.now += 3
    breakers.report(ONE, A, None, began=began)
    assert call(breakers)


@pytest.mark.parametrize(
    ("code", "kind"), [("provider_auth", "key"), ("provider_no_credit", "money")]
)
def test_key_and_money_pause_at_the_first_and_are_probed_each_minute(breakers, clock, code, kind):
    assert call(breakers, code)
    for _ in range(3):
        refused = refusal(breakers)
        assert (refused.kind, refused.code, refused.retry_after) == (kind, code, 60)
        clock.now += 60
        assert call(breakers, code)
    clock.now += 60
    assert calls(breakers, [None] * 2) == 2


def test_a_rate_limit_holds_a_connection_for_as_long_as_it_says(breakers, clock):
    assert call(breakers, "provider_rate_limited", wait=7)
    assert breakers.look(ONE).state == "waiting"
    refused = refusal(breakers)
    assert (refused.code, refused.retry_after) == ("provider_rate_limited", 7)
    clock.now += 7
    assert breakers.look(ONE).state == "closed"
    assert calls(breakers, [None] * 3) == 3


def test_a_rate_limit_without_a_time_holds_nothing(breakers):
    assert calls(breakers, ["provider_rate_limited"] * 30) == 30


def test_no_provider_makes_us_wait_for_days(breakers):
    call(breakers, "provider_rate_limited", wait=7 * 86400)
    assert refusal(breakers).retry_after == 300


def test_an_answer_does_not_end_a_wait(breakers, clock):
    call(breakers, "provider_rate_limited", wait=7)
    breakers.report(ONE, A, None, began=clock.now - 1)
    assert refusal(breakers).kind == "rate"


def test_a_rate_limit_ends_an_outage(breakers, clock):
    calls(breakers, ["provider_unreachable"] * 5)
    clock.now += 10
    assert call(breakers, "provider_rate_limited", wait=2)
    assert breakers.look(ONE).kind == "rate"
    clock.now += 2
    assert calls(breakers, ["provider_unreachable"] * 3) == 3


@pytest.mark.parametrize("code", ["provider_refused", "too_long", "wrong_path"])
def test_a_callers_fault_shows_that_the_provider_answers(breakers, clock, code):
    calls(breakers, ["provider_unreachable"] * 5)
    clock.now += 10
    assert call(breakers, code)
    assert call(breakers)


@pytest.mark.parametrize("code", ["caller_left", "internal", "address_refused", "no_such_code"])
def test_what_is_not_the_providers_says_nothing(breakers, code):
    calls(breakers, ["provider_error"] * 4)
    assert calls(breakers, [code] * 30) == 30
    assert breakers.look(ONE).failures == 4


def test_an_unknown_model_pauses_that_model_alone(breakers, clock):
    assert call(breakers, "model_not_found")
    assert refusal(breakers).code == "model_not_found"
    assert call(breakers, model=B)
    assert breakers.look(ONE).state == "closed"
    assert breakers.look(ONE, A).kind == "model"
    clock.now += 10
    assert calls(breakers, [None] * 2) == 2
    assert breakers.look(ONE, A).state == "closed"


def test_a_model_that_fails_while_another_works_is_paused_alone(breakers):
    call(breakers, model=B)
    assert calls(breakers, ["provider_error"] * 9) == 5
    assert refusal(breakers).kind == "outage"
    assert calls(breakers, [None] * 9, B) == 9


def test_two_models_that_fail_pause_the_connection(breakers):
    calls(breakers, [None, None], A)
    calls(breakers, [None, None], B)
    calls(breakers, ["provider_error"] * 5, A)
    calls(breakers, ["provider_error"] * 5, B)
    assert breakers.look(ONE).state == "open"


def test_a_model_that_works_takes_the_blame_off_its_connection(breakers, clock):
    calls(breakers, ["provider_error"] * 5, A)
    assert breakers.look(ONE).state == "open"
    assert call(breakers, model=B)
    assert breakers.look(ONE).state == "closed"
    assert calls(breakers, [None] * 3, B) == 3
    assert refusal(breakers, A).retry_after == 10
    clock.now += 10
    assert calls(breakers, [None] * 2, A) == 2


def test_a_second_model_that_fails_makes_the_blame_the_connections(breakers):
    calls(breakers, ["provider_error"] * 5, A)
    assert call(breakers, "provider_error", B)
    assert not call(breakers, model=B)
    assert not call(breakers, model="c")


def test_no_model_is_tried_where_the_connection_is_not_reached(breakers):
    calls(breakers, ["provider_unreachable"] * 5, A)
    assert not call(breakers, model=B)


def test_a_wait_of_one_model_goes_on_after_another_is_tried(breakers, clock):
    call(breakers, "provider_rate_limited", A, wait=20)
    assert call(breakers, "caller_left", B)
    assert call(breakers, "provider_refused", B)
    assert refusal(breakers, A).kind == "rate"
    assert call(breakers, model=B)
    assert breakers.look(ONE).state == "closed"
    assert breakers.look(ONE, A).state == "waiting"


def test_a_key_that_lacks_a_right_for_one_model_serves_the_others(breakers):
    assert call(breakers, "no_permission", A)
    assert not call(breakers, model=A)
    assert calls(breakers, [None] * 3, B) == 3


def test_a_reset_lets_the_next_call_out(breakers):
    call(breakers, "provider_auth")
    breakers.reset(ONE)
    assert call(breakers)


def test_another_target_is_not_judged_by_the_one_before(breakers):
    breakers.follow({ONE: "old key"})
    call(breakers, "provider_auth")
    breakers.follow({ONE: "old key"})
    assert not call(breakers)
    breakers.follow({ONE: "new key"})
    assert call(breakers)


def test_connections_that_are_gone_are_forgotten(breakers):
    call(breakers, "provider_auth")
    breakers.follow({})
    assert breakers.standings() == []


def test_names_from_callers_do_not_fill_the_memory(breakers):
    for number in range(MOST_MODELS * 2):
        call(breakers, "model_not_found", f"made-up-{number}")
    assert len(breakers.standings()) == MOST_MODELS + 1


def test_standings_name_what_is_in_trouble(breakers):
    call(breakers, model=B)
    calls(breakers, ["provider_error"] * 5)
    found = {(one.model, one.state, one.kind) for one in breakers.standings()}
    assert found == {("", "closed", ""), (A, "open", "outage")}


def test_every_kind_of_fault_is_told_in_words_that_exist(breakers):
    assert set(FAULTS.values()) == set(REFUSALS)
    for code in REFUSALS.values():
        error = Refusal("outage", code, "errors", 0.2).error("c", "c/m")
        assert error.retry_after == 1
        assert str(error)
        assert code in KINDS


@pytest.mark.parametrize(
    ("code", "reason", "reported"),
    [
        ("no_credit", "in_flight", "rate_limited"),
        ("no_credit", "balance", "no_credit"),
        ("no_permission", "unverified", "request_refused"),
        ("silent", "", "silent"),
    ],
)
def test_what_is_reported_of_a_failure(code, reason, reported):
    facts = {"reason": reason} if reason else {}
    assert code_of(ProviderError(code, facts=facts)) == reported


def test_settings_decide_when_it_opens(clock):
    breakers = Breakers(clock, Settings(in_row=2, pause=3), jitter=lambda: 0.0)
    assert calls(breakers, ["silent"] * 5) == 2
    assert refusal(breakers).retry_after == 3


def test_of_many_threads_one_gets_the_probe(breakers, clock):
    calls(breakers, ["provider_unreachable"] * 5)
    clock.now += 10
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: breakers.admit(ONE, A), range(200)))
    assert found.count(None) == 1
