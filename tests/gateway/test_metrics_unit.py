"""What the metrics count, and who may read them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from prometheus_client.parser import text_string_to_metric_families

from aiconnect.adapters.types import Usage
from aiconnect.calls.breaker import Breakers
from aiconnect.calls.snapshot import Caller
from aiconnect.calls.waiting import Allowances
from aiconnect.gateway.gauges import Sources
from aiconnect.gateway.metrics import MOST_CONNECTIONS, Metrics, may_read


@dataclass
class Sharing:
    is_away: bool = True
    alone: int = 7
    lost: int = 2


@pytest.fixture
def breakers() -> Breakers:
    return Breakers(lambda: 100.0)


@pytest.fixture
def allowances() -> Allowances:
    return Allowances()


@pytest.fixture
def metrics(breakers: Breakers, allowances: Allowances) -> Metrics:
    names = {1: "openai", 2: "ollama"}
    return Metrics(Sources(lambda: 3, lambda: 5, lambda: names, breakers, allowances, Sharing()))


def read(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """The samples of a name, by the values of their labels, the connection first."""
    body, content_type = metrics.render()
    assert content_type.startswith("text/plain")
    families = text_string_to_metric_families(body.decode())
    samples = (one for family in families for one in family.samples)
    found = [(one.labels, one.value) for one in samples if one.name == name]
    return {
        tuple(labels[key] for key in sorted(labels, key=_order)): value for labels, value in found
    }


def _order(label: str) -> tuple[bool, str]:
    return label != "connection", label


def test_a_call_is_counted_once_with_its_times_and_tokens(metrics):
    usage = Usage(input=100, cache_read=20, output=30)
    metrics.settled("openai", "ok", 200, seconds=3.0, first=0.3, usage=usage)
    metrics.settled("openai", "ok", 200, seconds=1.0)
    assert read(metrics, "aiconnect_calls_total") == {("openai", "ok", "200"): 2}
    assert read(metrics, "aiconnect_tokens_total") == {
        ("openai", "input"): 100, ("openai", "cache_read"): 20, ("openai", "output"): 30,
    }  # fmt: skip
    assert read(metrics, "aiconnect_call_seconds_sum") == {("openai",): 4}
    assert read(metrics, "aiconnect_first_token_seconds_count") == {("openai",): 1}


def test_attempts_are_counted_by_how_they_ended(metrics):
    for code in (None, "provider_silent", "provider_silent"):
        metrics.tried("openai", code)
    assert read(metrics, "aiconnect_attempts_total") == {
        ("openai", "ok"): 1, ("openai", "provider_silent"): 2,
    }  # fmt: skip


def test_labels_are_words_of_ours(metrics):
    metrics.settled("openai", "made up", 987, seconds=1)
    metrics.settled("", "refused", None, seconds=0)
    metrics.tried("openai", "said by a provider")
    assert set(read(metrics, "aiconnect_calls_total")) == {
        ("openai", "other", "other"), ("", "refused", "none"),
    }  # fmt: skip
    assert set(read(metrics, "aiconnect_attempts_total")) == {("openai", "other")}


def test_connections_that_come_and_go_do_not_fill_the_memory(metrics):
    for number in range(MOST_CONNECTIONS + 50):
        metrics.settled(f"c{number}", "ok", 200, seconds=1)
        metrics.settled("c0", "ok", 200, seconds=1)
    found = read(metrics, "aiconnect_calls_total")
    assert len(found) == MOST_CONNECTIONS + 1
    assert found["other", "ok", "200"] == 50
    assert found["c0", "ok", "200"] == MOST_CONNECTIONS + 51


def test_what_is_under_way_is_read_when_asked_for(metrics):
    assert read(metrics, "aiconnect_streams_open") == {(): 3}
    assert read(metrics, "aiconnect_calls_in_threads") == {(): 5}
    assert read(metrics, "aiconnect_limits_away") == {(): 1}
    assert read(metrics, "aiconnect_limits_alone_total") == {(): 7}
    assert read(metrics, "aiconnect_limits_lost_total") == {(): 2}


def test_breakers_show_which_connection_is_held_back_and_why(metrics, breakers):
    breakers.report(1, "m", None)
    breakers.report(2, "m", "provider_auth")
    breakers.report(99, "m", "provider_auth")
    breakers.report(1, "made-up", "model_not_found")
    found = read(metrics, "aiconnect_breaker_state")
    assert {labels for labels, value in found.items() if value} == {("ollama", "key")}
    assert found["openai", "outage"] == 0
    assert {connection for connection, _ in found} == {"openai", "ollama"}
    assert read(metrics, "aiconnect_models_paused") == {("openai",): 1, ("ollama",): 0}


def test_a_connection_that_is_tried_again_shows_as_half(metrics, breakers):
    for _ in range(5):
        breakers.report(1, "m", "provider_unreachable")
    assert read(metrics, "aiconnect_breaker_state")["openai", "outage"] == 1
    probing = Breakers(iter([0.0] * 5 + [50.0] * 9).__next__)
    for _ in range(5):
        probing.report(1, "m", "provider_unreachable")
    assert probing.admit(1, "m") is None
    other = Metrics(Sources(int, int, lambda: {1: "openai"}, probing, Allowances()))
    assert read(other, "aiconnect_breaker_state")["openai", "outage"] == 0.5


def test_allowances_show_the_least_that_is_left(metrics, allowances):
    for model, left in (("a", "7"), ("b", "4")):
        allowances.note(1, {"x-ratelimit-remaining-requests": left}, 1.0, model)
    allowances.note(99, {"x-ratelimit-remaining-tokens": "1"}, 1.0)
    assert read(metrics, "aiconnect_allowance_requests_left") == {("openai",): 4}
    assert read(metrics, "aiconnect_allowance_tokens_left") == {}


def test_refusals_are_counted(metrics):
    metrics.unauthorized()
    metrics.journal_full()
    metrics.journal_full()
    assert read(metrics, "aiconnect_unauthorized_total") == {(): 1}
    assert read(metrics, "aiconnect_journal_full_total") == {(): 2}


def test_two_sets_of_metrics_know_nothing_of_each_other(metrics, breakers, allowances):
    other = Metrics(Sources(int, int, dict, breakers, allowances))
    metrics.unauthorized()
    assert read(other, "aiconnect_unauthorized_total") == {(): 0}
    assert b"process_" not in metrics.render()[0]
    assert b"_created" not in metrics.render()[0]


def test_threads_lose_no_count(metrics):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: metrics.settled("openai", "ok", 200, seconds=1), range(500)))
    assert read(metrics, "aiconnect_calls_total") == {("openai", "ok", "200"): 500}


HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8600"}
NOBODY = Caller(1, "one", 1, "mel@example.org")
READER = Caller(1, "one", 1, "mel@example.org", reads_metrics=True)


@pytest.mark.parametrize(
    ("environ", "caller", "proxies", "may"),
    [
        (HERE, None, (), True),
        (HERE, NOBODY, (), True),
        (HERE | {"REMOTE_ADDR": "127.9.9.9", "HTTP_HOST": "localhost"}, None, (), True),
        (HERE | {"REMOTE_ADDR": "::1", "HTTP_HOST": "[::1]:8600"}, None, (), True),
        (HERE | {"REMOTE_ADDR": "::ffff:127.0.0.1"}, None, (), True),
        ({"REMOTE_ADDR": "127.0.0.1"}, None, (), True),
        (HERE, None, ("10.0.0.1",), False),
        (HERE, READER, ("10.0.0.1",), True),
        (HERE | {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, None, (), False),
        (HERE | {"HTTP_X_FORWARDED_PROTO": "https"}, None, (), False),
        (HERE | {"HTTP_X_FORWARDED_FOR": ""}, None, (), False),
        (HERE | {"HTTP_FORWARDED": "for=127.0.0.1"}, None, (), False),
        (HERE | {"HTTP_VIA": "1.1 proxy"}, None, (), False),
        (HERE | {"HTTP_X_REAL_IP": "127.0.0.1"}, None, (), False),
        (HERE | {"HTTP_HOST": "evil.example:8600"}, None, (), False),
        (HERE | {"HTTP_HOST": "[::1"}, None, (), False),
        (HERE | {"REMOTE_ADDR": "10.0.0.9"}, None, (), False),
        (HERE | {"REMOTE_ADDR": "10.0.0.9"}, NOBODY, (), False),
        (HERE | {"REMOTE_ADDR": "10.0.0.9"}, READER, (), True),
        (HERE | {"REMOTE_ADDR": "::ffff:10.0.0.9"}, None, (), False),
        (HERE | {"REMOTE_ADDR": ""}, None, (), False),
        ({}, None, (), False),
    ],
)
def test_metrics_are_for_this_machine_and_for_tokens_with_that_right(environ, caller, proxies, may):
    assert may_read(environ, caller, proxies) is may
