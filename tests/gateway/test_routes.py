"""Routes: what is tried again, how long for, and what calls beside each other do not notice."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from aiconnect.models import UsageRecord
from aiconnect.services import collections
from aiconnect.services.audit import SYSTEM
from tests.fakes.exchange import Signal
from tests.gateway.routed import CALLERS, OPENAI, Caller, House, Way, house
from tests.running import SOON, Answer, until

HELLO = "Hello from the fake."
LIMITS = {"first_byte": 10.0, "silence": 5.0, "total": 30.0, "longest_wait": 1.5, "grace": 2}
WAYS = (
    Way("three", ("down/m", "openai/three", "good/m")),
    Way("patient", ("openai/patient", "good/m"), retries=2),
    Way("once", ("openai/once",), retries=0),
    Way("hurried", ("openai/hurried", "anthropic/hurried", "good/m"), total=1),
    Way("short", ("openai/short",), retries=5, total=1),
    Way("two-embedders", ("openai/e1", "ollama/e2")),
    Way("one-embedder", ("openai/e1", "ollama/e1")),
    Way("able", ("anthropic/able", "good/able")),
    Way("busy", ("down/m", "good/m")),
)
modes = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("routes"), WAYS, LIMITS) as found:
        yield found


@pytest.fixture
def at(home: House) -> House:
    home.calm()
    return home


def said(answer: Answer, *, stream: bool) -> str:
    assert answer.status == 200, answer.body
    return OPENAI.text(answer) if stream else OPENAI.said(answer.json)


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["error"]["code"]


def reasons(record: UsageRecord) -> list[str]:
    return [one[2] for one in record.tries or ()]


# --- what is tried again -------------------------------------------------------------------------


@modes
def test_steps_are_tried_in_order_until_one_answers(at: House, stream: bool) -> None:
    at.fakes["openai"].refuse_key()
    answer = at.ask(OPENAI, "three", stream=stream)
    assert said(answer, stream=stream) == HELLO
    assert answer.headers["x-aiconnect-attempts"] == "3"
    record = at.record(answer.headers["x-request-id"])
    assert reasons(record) == ["provider_error", "provider_auth"]
    assert (record.connection, record.attempts) == ("good", 3)


@modes
@pytest.mark.parametrize("caller", CALLERS, ids=lambda one: one.name)
def test_the_last_step_is_asked_once_more_after_a_moment(
    at: House, caller: Caller, stream: bool
) -> None:
    at.fakes["openai"].overload(times=1)
    began = time.monotonic()
    answer = at.ask(caller, f"openai/again-{caller.name}-{stream}", stream=stream)
    assert answer.status == 200
    assert time.monotonic() - began >= 0.25
    assert answer.headers["x-aiconnect-attempts"] == "2"
    assert reasons(at.record(answer.headers["x-request-id"])) == ["provider_error"]


@modes
def test_what_one_server_says_it_cannot_take_goes_to_the_next(at: House, stream: bool) -> None:
    words = "image input is not supported - hint: you may need to provide the mmproj"
    at.fakes["openai"].refuse(500, {"error": {"code": 500, "message": words}})
    answer = at.ask(OPENAI, "patient", stream=stream)
    assert said(answer, stream=stream) == HELLO
    assert reasons(at.record(answer.headers["x-request-id"])) == ["cannot_carry"]
    refused = at.ask(OPENAI, "openai/patient", stream=stream)
    assert code(refused) == (400, "cannot_carry")
    assert "image input is not supported" in refused.json["error"]["message"]


@modes
def test_a_short_wait_that_a_provider_asks_for_is_kept_to(at: House, stream: bool) -> None:
    at.fakes["openai"].limit(1, times=1)
    began = time.monotonic()
    answer = at.ask(OPENAI, f"openai/wait-{stream}", stream=stream)
    assert said(answer, stream=stream) == HELLO
    assert time.monotonic() - began >= 1
    assert at.heard("openai", "Hello") == 2


@modes
def test_a_long_wait_is_told_instead(at: House, stream: bool) -> None:
    at.fakes["openai"].limit(20)
    answer = at.ask(OPENAI, f"openai/long-{stream}", stream=stream)
    assert code(answer) == (429, "provider_rate_limited")
    assert answer.headers["retry-after"] == "20"
    assert at.heard("openai", "Hello") == 1


@modes
def test_a_step_may_be_asked_more_often_before_the_next(at: House, stream: bool) -> None:
    at.fakes["openai"].overload(times=2)
    answer = at.ask(OPENAI, "patient", stream=stream)
    assert answer.headers["x-aiconnect-model"] == "openai/patient"
    assert answer.headers["x-aiconnect-attempts"] == "3"
    at.fakes["openai"].overload(times=3)
    answer = at.ask(OPENAI, "patient", stream=stream)
    assert answer.headers["x-aiconnect-model"] == "good/m"
    assert answer.headers["x-aiconnect-attempts"] == "4"


@modes
def test_a_step_may_be_asked_once_only(at: House, stream: bool) -> None:
    at.fakes["openai"].overload(times=1)
    answer = at.ask(OPENAI, "once", stream=stream)
    assert code(answer) == (502, "provider_error")
    assert at.heard("openai", "Hello") == 1


# --- how long for --------------------------------------------------------------------------------


@modes
def test_the_time_of_a_route_bounds_all_its_steps(at: House, stream: bool) -> None:
    at.fakes["openai"].slowly(0.5)
    at.fakes["openai"].overload()
    at.fakes["anthropic"].stall()
    began = time.monotonic()
    answer = at.ask(OPENAI, "hurried", stream=stream)
    assert code(answer) == (504, "provider_silent")
    assert 1 <= time.monotonic() - began < SOON
    assert at.heard("good", "Hello") == 0
    record = at.record(answer.headers["x-request-id"])
    assert reasons(record) == ["provider_error", "provider_silent"]


def test_the_time_of_a_route_bounds_a_whole_answer_that_drips(at: House) -> None:
    at.fakes["openai"].say(b'{"id":', *[Signal.GAP, b" "] * 30, content_type="application/json")
    at.fakes["openai"].gap = 0.1
    began = time.monotonic()
    answer = at.ask(OPENAI, "hurried", stream=False)
    assert code(answer) == (504, "provider_silent")
    assert 1 <= time.monotonic() - began < SOON


@modes
def test_nothing_is_waited_for_beyond_the_time_of_a_route(at: House, stream: bool) -> None:
    at.fakes["openai"].overload()
    began = time.monotonic()
    answer = at.ask(OPENAI, "short", stream=stream)
    assert code(answer) == (502, "provider_error")
    assert time.monotonic() - began < SOON
    assert 2 <= at.heard("openai", "Hello") <= 4


@pytest.fixture(scope="module")
def deaf(home: House) -> Iterator[str]:
    """A connection whose address takes no connection and refuses none, as behind a dead router."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        home.instance.add_connection("compatible", url, name="deaf")
        home.lay([
            Way("past-the-deaf", ("deaf/m", "good/m"), first_byte=1),
            Way("only-the-deaf", ("deaf/m",), total=1),
        ])  # fmt: skip
        path = "/v1/models/past-the-deaf"
        assert until(lambda: home.server.get(path, home.headers).status == 200)
        yield "deaf"


@modes
def test_connecting_is_part_of_the_wait_for_the_first_byte(
    at: House, deaf: str, stream: bool
) -> None:
    began = time.monotonic()
    answer = at.ask(OPENAI, "past-the-deaf", stream=stream)
    assert said(answer, stream=stream) == HELLO
    assert 1 <= time.monotonic() - began < SOON
    assert reasons(at.record(answer.headers["x-request-id"])) == ["provider_unreachable"]


@modes
def test_connecting_is_part_of_the_time_of_a_route(at: House, deaf: str, stream: bool) -> None:
    began = time.monotonic()
    answer = at.ask(OPENAI, "only-the-deaf", stream=stream)
    assert code(answer) == (502, "provider_unreachable")
    assert 1 <= time.monotonic() - began < SOON


# --- what does not fit ---------------------------------------------------------------------------


def test_vectors_never_come_from_another_model(at: House) -> None:
    at.fakes["openai"].overload()
    answer = embed(at, "two-embedders")
    assert (answer.status, answer.json["code"]) == (502, "provider_error")
    assert at.fakes["ollama"].requests == []
    assert "other_model" in reasons(at.record(answer.headers["x-request-id"]))


def test_vectors_may_come_from_another_server_of_the_same_model(at: House) -> None:
    at.fakes["openai"].overload()
    answer = embed(at, "one-embedder")
    assert answer.status == 200, answer.body
    assert answer.headers["x-aiconnect-model"] == "ollama/e1"
    assert len(answer.json["embeddings"][0]) == 3


def embed(at: House, name: str) -> Answer:
    body = json.dumps({"model": name, "input": "Hello"}).encode()
    return at.server.ask("POST", "/api/embed", body, at.headers)


@modes
def test_a_step_that_cannot_carry_a_request_is_not_sent_it(at: House, stream: bool) -> None:
    answer = at.ask(OPENAI, "able", stream=stream, n=2)
    assert answer.status == 200
    assert answer.headers["x-aiconnect-attempts"] == "1"
    assert at.fakes["anthropic"].requests == []
    record = at.record(answer.headers["x-request-id"])
    assert (reasons(record), record.connection) == (["cannot_carry"], "good")


@modes
def test_collections_fall_over_too(at: House, stream: bool) -> None:
    name = f"team-{stream}".lower()
    with at.instance.session() as session:
        collections.add(session, SYSTEM, name)
        collections.put(session, SYSTEM, name, ["down/c", "good/c"])
    asked = f"collection/{name}"
    assert until(lambda: at.ask(OPENAI, asked, stream=stream).status == 200)
    answer = at.ask(OPENAI, asked, stream=stream)
    assert said(answer, stream=stream) == HELLO
    assert answer.headers["x-aiconnect-model"] == "good/c"


# --- beside each other ---------------------------------------------------------------------------


def test_callers_of_one_route_do_not_meet(at: House) -> None:
    def ask(number: int) -> tuple[int, Answer]:
        caller, stream = CALLERS[number % 4], number % 3 == 0
        return number, at.ask(caller, "busy", f"call {number}!", stream=stream)

    with ThreadPoolExecutor(16) as pool:
        answers = dict(pool.map(ask, range(48)))
    assert {answer.status for answer in answers.values()} == {200}
    assert {answer.headers["x-aiconnect-model"] for answer in answers.values()} == {"good/m"}
    assert [at.heard("good", f"call {number}!") for number in answers] == [1] * 48
    assert [at.heard("down", f"call {number}!") for number in answers] == [1] * 48


def test_a_slow_call_keeps_nobody_waiting(at: House) -> None:
    at.fakes["good"].slowly(SOON)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(at.ask, OPENAI, "busy", "slow", stream=True)
        assert until(lambda: at.heard("good", "slow") == 1)
        at.fakes["good"].delay = 0
        began = time.monotonic()
        assert at.ask(OPENAI, "busy", "quick", stream=True).status == 200
        assert time.monotonic() - began < SOON - 1
        assert slow.result().status == 200


def test_a_server_at_its_limit_says_so_and_tries_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    limits = LIMITS | {"threads": 18, "threads_for_pages": 16}
    ways = [Way("busy", ("openai/m", "good/m"))]
    with (
        house(tmp_path_factory.mktemp("full"), ways, limits) as full,
        ThreadPoolExecutor(2) as pool,
    ):
        full.fakes["openai"].slowly(1.5)
        slow = [pool.submit(full.ask, OPENAI, "busy", "slow", stream=False) for _ in range(2)]
        full.fakes["openai"].wait_for_requests(2)
        answer = full.ask(OPENAI, "busy", "more", stream=False)
        assert code(answer) == (503, "no_capacity")
        assert answer.headers["retry-after"] == "1"
        assert (full.heard("openai", "more"), full.heard("good", "more")) == (0, 0)
        assert [one.result().status for one in slow] == [200, 200]
        assert full.ask(OPENAI, "busy", stream=False).status == 200
