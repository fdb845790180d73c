"""The outage drill: a provider dies under load and comes back, and callers see nothing of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.gateway.routed import CALLERS, OPENAI, House, Raw, Way, fake_of, house
from tests.running import Answer, until

FIRST_BYTE, PAUSE, IN_ROW = 1.0, 1.0, 5
SLACK = 2.0
"""Seconds that a busy machine may add to a call."""
RATE = 50
ALIVE, DEAD, BACK = 4.0, 4.0, 6.0
"""How many seconds the first provider works, is gone, and works again."""
BREAKER = {"in_row": IN_ROW, "pause": PAUSE, "longest_pause": PAUSE, "jitter": 0.0}
LIMITS = {
    "first_byte": FIRST_BYTE, "silence": 5.0, "total": 20.0, "longest_wait": 0.1,
    "breaker": BREAKER, "grace": 2,
}  # fmt: skip
WAYS = (Way("drilled", ("openai/m", "good/m")),)


@dataclass(frozen=True)
class Seen:
    """One call: when it began (seconds into the drill), how long it took, what came."""

    at: float
    seconds: float
    answer: Answer

    @property
    def model(self) -> str:
        return self.answer.headers.get("x-aiconnect-model", "")

    @property
    def attempts(self) -> int:
        return int(self.answer.headers["x-aiconnect-attempts"])


class Load:
    """Calls at an even rate, of every dialect, whole and streamed."""

    def __init__(self, at: House) -> None:
        self._house = at
        self._began = time.monotonic()
        self._pool = ThreadPoolExecutor(64)

    @property
    def now(self) -> float:
        return time.monotonic() - self._began

    def run(self, seconds: float, acts: dict[float, Callable[[], None]]) -> list[Seen]:
        """Call for so long; `acts` are done at their seconds."""
        timers = [threading.Timer(at, act) for at, act in acts.items()]
        for timer in timers:
            timer.start()
        pending: list[Future[Seen]] = []
        ticks = threading.Event()
        while self.now < seconds:
            pending.append(self._pool.submit(self._call, len(pending)))
            ticks.wait(max(len(pending) / RATE - self.now, 0))
        for timer in timers:
            timer.join()
        return [one.result() for one in pending]

    def _call(self, number: int) -> Seen:
        caller, stream = CALLERS[number % 4], number % 8 < 4
        began = self.now
        answer = self._house.ask(caller, "drilled", f"call {number}!", stream=stream)
        assert not stream or answer.status != 200 or caller.end in answer.body.decode()
        return Seen(began, self.now - began, answer)


class Refusing:
    """A provider whose port is closed: new connections are refused, kept ones end."""

    def __init__(self, at: House) -> None:
        self._house = at

    def die(self) -> None:
        old = self._house.fakes["openai"]
        old.hang_up()
        old.close()

    def rise(self) -> None:
        made = fake_of("openai", self._house.fakes["openai"].port)
        self._house.fakes["openai"] = made


class Silent:
    """A provider that takes every request and says nothing."""

    def __init__(self, at: House) -> None:
        self._fake: Raw = at.fakes["openai"]

    def die(self) -> None:
        self._fake.stall()

    def rise(self) -> None:
        self._fake.calm()


@pytest.mark.parametrize("kind", [Refusing, Silent], ids=["refused", "silent"])
def test_an_outage_of_the_first_provider_is_seen_by_no_caller(
    kind: type[Refusing] | type[Silent], tmp_path: Path
) -> None:
    with house(tmp_path, WAYS, LIMITS) as at:
        assert at.ask(OPENAI, "drilled", stream=False).status == 200
        outage = kind(at)
        acts = {ALIVE: outage.die, ALIVE + DEAD: outage.rise}
        seen = Load(at).run(ALIVE + DEAD + BACK, acts)
        _nobody_noticed(seen)
        _left_alone(seen)
        _came_back(seen)
        assert {one.outcome for one in at.instance.settled(len(seen) + 1)} == {"ok"}


def _nobody_noticed(seen: list[Seen]) -> None:
    assert len(seen) > 0.8 * RATE * (ALIVE + DEAD + BACK)
    assert {one.answer.status for one in seen} == {200}
    assert max(one.seconds for one in seen) < FIRST_BYTE + SLACK


def _left_alone(seen: list[Seen]) -> None:
    """Once it is known to be gone, only a probe now and then waits for it."""
    known = ALIVE + FIRST_BYTE + IN_ROW / RATE + SLACK / 2
    meanwhile = [one for one in seen if known < one.at < ALIVE + DEAD]
    assert {one.model for one in meanwhile} == {"good/m"}
    probes = [one for one in meanwhile if one.attempts > 1]
    assert len(probes) <= DEAD / PAUSE + 1


def _came_back(seen: list[Seen]) -> None:
    before = [one.model for one in seen if one.at < ALIVE - SLACK]
    assert before.count("openai/m") > 0.9 * len(before)
    late = ALIVE + DEAD + PAUSE + FIRST_BYTE + SLACK
    after = [one.model for one in seen if one.at > late]
    assert after.count("openai/m") > 0.9 * len(after)


# --- where nothing else is left ------------------------------------------------------------------


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("alone"), (), LIMITS) as found:
        yield found


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("name", "mood", "told"),
    [
        ("ollama", "overload", (502, "provider_error")),
        ("gemini", "stall", (504, "provider_silent")),
    ],
)
def test_the_only_provider_is_left_alone_and_found_again(
    alone: House, name: str, mood: str, told: tuple[int, str], stream: bool
) -> None:
    fake = alone.fakes[name]
    getattr(fake, mood)()
    model = f"{name}/{mood}"

    def ask() -> Answer:
        return alone.ask(OPENAI, model, stream=stream)

    told_first = [_code(ask()) for _ in range(IN_ROW)]
    paused = (503, "provider_paused")
    assert told_first[0] == told
    assert set(told_first) <= {told, paused}
    count = len(fake.requests)
    answer = ask()
    assert _code(answer) == paused
    assert 1 <= int(answer.headers["retry-after"]) <= PAUSE + 1
    assert len(fake.requests) == count
    record = alone.record(answer.headers["x-request-id"])
    assert (record.outcome, record.status, record.attempts) == ("refused", 503, 0)
    fake.calm()
    assert until(lambda: ask().status == 200, PAUSE + SLACK)
    assert [ask().status for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(
    ("name", "mood", "told"),
    [
        ("openai", "refuse_key", (502, "provider_auth")),
        ("anthropic", "no_credit", (502, "provider_no_credit")),
    ],
)
def test_a_key_and_money_pause_at_once_and_in_their_own_words(
    alone: House, name: str, mood: str, told: tuple[int, str]
) -> None:
    fake = alone.fakes[name]
    getattr(fake, mood)(on="chat")
    answers = [alone.ask(OPENAI, f"{name}/m", stream=number % 2 > 0) for number in range(4)]
    assert [_code(answer) for answer in answers] == [told] * 4
    assert len(fake.requests) == 1
    assert int(answers[-1].headers["retry-after"]) > PAUSE


def _code(answer: Answer) -> tuple[int, str]:
    return answer.status, "" if answer.status == 200 else answer.json["error"]["code"]
