"""Hard budgets in the running server: fifty callers at once, one process or two."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from aiconnect.models import BudgetTally, UsageRecord
from aiconnect.services import budgets, pricing
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.budgets import Draft
from aiconnect.services.pricing import Amounts
from tests.fakes.dialects import OpenAI
from tests.redis_server import RedisServer
from tests.running import SAY, Answer, Instance, Running, serving, until

CALLERS = 50
MOST = 20
"""Tokens that each call may write: at the price below, 0.02 USD."""
DOLLAR = 10**9
CHAT = "/v1/chat/completions"


def instance_of(environ: dict[str, str], fake: OpenAI) -> Instance:
    """With a model that costs 1,000 USD per million tokens of output, and no price for input."""
    made = Instance(Path(environ["AICONNECT_INSTANCE"]), environ)
    made.add_owner()
    made.add_connection("compatible", fake.url, name="paid", key="sk-planted-in-the-test")
    made.add_connection("ollama", fake.url.removesuffix("/v1"), name="own")
    made.hold_clock()
    price(made, "paid/x")
    return made


def price(instance: Instance, model: str) -> None:
    with instance.session() as session:
        amounts = Amounts(Decimal(0), Decimal(1000))
        pricing.set_price(session, COMMAND_LINE, model, amounts)


def limit(instance: Instance, name: str, dollars: str, **more: Any) -> int:
    with instance.session() as session:
        draft = Draft(name, Decimal(dollars), **{"period": "total", **more})
        return budgets.add(session, COMMAND_LINE, draft).id


@pytest.fixture
def instance(environ: dict[str, str], openai_fake: OpenAI) -> Iterator[Instance]:
    made = instance_of(environ, openai_fake)
    yield made
    made.close()


@contextmanager
def running(instance: Instance, tmp_path: Path, **more: Any) -> Iterator[tuple[Running, str]]:
    """A server, and an access token for it."""
    token = instance.add_token()
    with serving(instance, tmp_path / "log", **more) as server:
        yield server, token


def ask(server: Running, token: str, model: str = "paid/x", **more: Any) -> Answer:
    return server.chat(token, {"model": model, "max_tokens": MOST, **SAY, **more})


def code(answer: Answer) -> str:
    return "" if answer.status == 200 else str(answer.json["error"]["code"])


def gauges(server: Running) -> tuple[float, float]:
    """What is spent and what is held, in dollars, as one process tells it."""
    text = server.get("/metrics").body.decode()
    found = [
        re.findall(rf"^aiconnect_budget_{name}_dollars{{[^}}]*}} (\S+)$", text, re.MULTILINE)
        for name in ("spent", "held")
    ]
    spent, held = (max(map(float, one), default=0.0) for one in found)
    return spent, held


def spent(instance: Instance) -> int:
    """What the ledger says, of settled records and of the tally: the same."""
    with instance.session() as session:
        tally = session.scalars(select(BudgetTally.spent)).one()
    assert tally == paid(instance)
    return tally


@dataclass
class Rush:
    """Callers that go on until each is told that the budget is spent."""

    server: Running
    token: str
    codes: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def one(self, number: int) -> None:
        while True:
            found = code(ask(self.server, self.token, stream=number % 2 == 0))
            with self._lock:
                self.codes[found] += 1
            if found == "budget_spent":
                return
            assert found in {"", "budget_held"}, found

    def all(self) -> None:
        with ThreadPoolExecutor(CALLERS) as pool:
            list(pool.map(self.one, range(CALLERS)))


def watched(server: Running, done: threading.Event) -> list[float]:
    """Spent and held together, looked at all the while."""
    found = []
    while not done.is_set():
        found.append(sum(gauges(server)))
        done.wait(0.02)
    return found


def watched_rush(server: Running, token: str, instance: Instance, cost: int) -> Counter[str]:
    """Fifty callers against a dollar; what is settled and held never goes beyond it."""
    done = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watched, server, done)
        try:
            codes = rush(server, token, instance, cost)
        finally:
            done.set()
        assert max(watching.result()) <= 1.0
    return codes


def rush(server: Running, token: str, instance: Instance, cost: int) -> Counter[str]:
    """Fifty callers against a dollar; what the ledger says never goes beyond it."""
    callers = Rush(server, token)
    callers.all()
    assert until(lambda: gauges(server)[1] == 0), "something stays held"
    total = spent(instance)
    assert total == cost * callers.codes[""]
    assert DOLLAR - MOST * DOLLAR // 1000 < total <= DOLLAR
    return callers.codes


@pytest.mark.parametrize("written", [MOST, 13])
def test_fifty_callers_do_not_overshoot_a_dollar(instance, openai_fake, tmp_path, written):
    openai_fake.answer("It rained.", completion=written)
    openai_fake.gap = 0.01
    limit(instance, "all", "1")
    with running(instance, tmp_path) as (server, token):
        codes = watched_rush(server, token, instance, written * DOLLAR // 1000)
    assert codes[""] == 1000 // written if written == MOST else codes[""] >= 75


@pytest.mark.on_postgresql
@pytest.mark.system
def test_nor_with_two_processes(
    environ, openai_fake: OpenAI, tmp_path: Path, redis_server: RedisServer
):
    openai_fake.answer("It rained.", completion=MOST)
    made = instance_of({**environ, "AICONNECT_REDIS_URL": redis_server.url.reveal()}, openai_fake)
    limit(made, "all", "1")
    with running(made, tmp_path, workers=2) as (server, token):
        codes = rush(server, token, made, MOST * DOLLAR // 1000)
    assert codes[""] == 50
    made.close()


@pytest.mark.on_postgresql
@pytest.mark.system
def test_nor_while_redis_is_emptied_again_and_again(
    environ, openai_fake: OpenAI, tmp_path: Path, redis_server: RedisServer
):
    """Nothing of what the other process holds is known in it then."""
    openai_fake.answer("It rained.", completion=MOST)
    openai_fake.gap = 0.01
    made = instance_of({**environ, "AICONNECT_REDIS_URL": redis_server.url.reveal()}, openai_fake)
    limit(made, "all", "1")
    done = threading.Event()

    def empty() -> None:
        while not done.wait(0.2):
            redis_server.client.flushall()

    with running(made, tmp_path, workers=2) as (server, token), ThreadPoolExecutor(1) as pool:
        emptying, callers = pool.submit(empty), Rush(server, token)
        try:
            callers.all()
        finally:
            done.set()
        emptying.result()
        assert until(lambda: gauges(server)[1] == 0), "something stays held"
        assert spent(made) <= DOLLAR
    made.close()


def test_a_spent_budget_says_so_and_own_servers_go_on(instance, openai_fake, tmp_path):
    openai_fake.answer("It rained.", completion=MOST)
    limit(instance, "all", "0.03", period="month")
    with running(instance, tmp_path) as (server, token):
        assert code(ask(server, token)) == ""
        refused = ask(server, token)
        assert (refused.status, code(refused)) == (402, "budget_spent")
        assert "0.02 USD" in refused.json["error"]["message"]
        assert until(lambda: "0.01" in said(server, token))
        assert code(ask(server, token, max_tokens=10)) == ""
        answers = [server.chat(token, {"model": "own/llama3.2", **SAY})]
        assert code(answers[0]) != "budget_spent"
        records = instance.settled(3)
    assert [one.code for one in records if one.outcome == "refused"][:1] == ["budget_spent"]
    assert records[0].held == MOST * DOLLAR // 1000


def said(server: Running, token: str) -> str:
    return str(ask(server, token).json["error"]["message"])


def test_what_a_call_did_not_use_is_there_for_the_next(instance, openai_fake, tmp_path):
    """One after another, each could cost nearly all: no stale hold stands in the way."""
    openai_fake.answer("It rained.", completion=1)
    limit(instance, "all", "0.1")
    with running(instance, tmp_path) as (server, token):
        answers = [code(ask(server, token, max_tokens=90)) for _ in range(8)]
    assert answers == [""] * 8


def test_a_model_without_a_price_is_refused_by_hard_budgets_only(instance, tmp_path):
    hard = limit(instance, "hard", "1")
    with running(instance, tmp_path) as (server, token):
        answer = ask(server, token, "paid/unknown")
        assert (answer.status, code(answer)) == (402, "unpriced_model")
        assert "/prices" in answer.json["error"]["message"]
        with instance.session() as session:
            budgets.remove(session, COMMAND_LINE, hard)
        limit(instance, "lenient", "1", allows_unpriced=True)
        assert until(lambda: code(ask(server, token, "paid/unknown")) == "")


def test_frozen_spending_stops_what_costs_and_nothing_else(instance, tmp_path):
    with running(instance, tmp_path) as (server, token):
        assert code(ask(server, token)) == ""
        with instance.session() as session:
            budgets.freeze(session, COMMAND_LINE)
        assert until(lambda: code(ask(server, token)) == "spend_frozen")
        with instance.session() as session:
            budgets.unfreeze(session, COMMAND_LINE)
        assert until(lambda: code(ask(server, token)) == "")


def test_every_dialect_is_told(instance, tmp_path):
    limit(instance, "all", "0")
    with running(instance, tmp_path) as (server, token):
        for path in ("/v1/messages", "/api/chat", "/v1/responses", "/v1/chat/completions"):
            body = {"model": "paid/x", "max_tokens": 5, **SAY, "input": "Hello", "stream": True}
            headers = {"Authorization": f"Bearer {token}"}
            answer = server.ask("POST", path, json.dumps(body).encode(), headers)
            assert answer.status == 402, path
            assert b"budget" in answer.body


def test_a_killed_server_holds_nothing_and_has_spent_what_the_ledger_says(
    instance, openai_fake, tmp_path
):
    openai_fake.answer("It rained.", completion=MOST)
    limit(instance, "all", "0.1")
    with running(instance, tmp_path) as (server, token):
        assert code(ask(server, token)) == ""
        openai_fake.stall(on="chat")
        waiting = threading.Thread(target=lambda: quietly(server, token))
        waiting.start()
        assert until(lambda: gauges(server)[1] >= 0.02)
        server.kill()
        waiting.join()
    openai_fake.calm()
    openai_fake.answer("It rained.", completion=MOST)
    with serving(instance, tmp_path / "again") as server:
        assert gauges(server) == (0.02, 0.0)
        assert [code(ask(server, token)) for _ in range(5)] == ["", "", "", "", "budget_spent"]


def quietly(server: Running, token: str, **more: Any) -> None:
    try:
        ask(server, token, **more)
    except (OSError, http.client.HTTPException):
        return


MOODS: tuple[Callable[[OpenAI], None], ...] = (
    lambda fake: fake.stall(on="chat"),
    lambda fake: fake.hang_up(on="chat"),
    lambda fake: fake.cut_after(1),
    lambda fake: fake.cut_after(1, reset=True),
    lambda fake: fake.go_silent_after(1),
    lambda fake: fake.error_after_content(1),
    lambda fake: fake.malformed_event(1),
    lambda fake: fake.malformed(on="chat"),
    lambda fake: fake.empty(on="chat"),
    lambda fake: fake.refuse_key(on="chat"),
    lambda fake: fake.no_credit(on="chat"),
    lambda fake: fake.limit(0.1, on="chat"),
    lambda fake: fake.not_found(),
    lambda fake: fake.too_long(),
    lambda fake: fake.overload(on="chat"),
    lambda fake: fake.reject_stream_options(),
    lambda fake: fake.error_with_200(),
    lambda fake: fake.redirect(),
    lambda fake: fake.no_usage(),
    lambda fake: fake.answer("It rained.", completion=MOST),
)
IMPATIENT = {"first_byte": 0.5, "silence": 0.4, "total": 3.0, "longest_wait": 0.3}


def leave_early(server: Running, token: str, **more: Any) -> None:
    """A program that closes its connection after a moment."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=0.15)
    body = json.dumps({"model": "paid/x", "max_tokens": MOST, **SAY, **more})
    with suppress(OSError, http.client.HTTPException), closing(client):
        client.request("POST", CHAT, body, {"Authorization": f"Bearer {token}"})
        client.getresponse().read()


def test_whatever_happens_to_calls_nothing_stays_held(instance, openai_fake, tmp_path):
    """Whole and streamed, some left by their callers, by a provider in every mood."""
    limit(instance, "all", "1000")
    limit(instance, "soft", "0", is_soft=True, scope="connection", target="paid")
    with running(instance, tmp_path, limits=IMPATIENT) as (server, token):
        for mood in MOODS:
            openai_fake.calm()
            openai_fake.stream(("It ", "rained."), gap=0.002)
            mood(openai_fake)
            with ThreadPoolExecutor(24) as pool:
                for number in range(48):
                    way = leave_early if number % 3 == 0 else quietly
                    pool.submit(way, server, token, stream=number % 2 == 0)
        assert until(lambda: gauges(server)[1] == 0), "something stays held"
        assert until(lambda: len(set(tallies(instance))) == 1)
        with instance.session() as session:
            open_ones = select(UsageRecord).where(UsageRecord.outcome.is_(None))
            assert not session.scalars(open_ones).all()
    assert tallies(instance)[0] == paid(instance) > 0


def tallies(instance: Instance) -> list[int]:
    with instance.session() as session:
        return list(session.scalars(select(BudgetTally.spent)))


def paid(instance: Instance) -> int:
    return sum(one.cost or 0 for one in instance.records())
