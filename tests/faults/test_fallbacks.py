"""{every fault} x {every dialect} x {first, last, only step} x {whole, stream}: what is told."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from aiconnect.models import UsageRecord
from tests.faults.faults import FAULTS, STREAM, Fault
from tests.gateway.routed import ANTHROPIC, OLLAMA, OPENAI, Caller, House, Way, house
from tests.running import Answer

HELLO = "Hello from the fake."
WIRES = {"openai": "openai.chat", "anthropic": "anthropic.messages", "ollama": "ollama.chat"}
FIRST, LAST, ONLY = "first", "last", "only"
LIMITS = {"first_byte": 10.0, "silence": 5.0, "total": 30.0, "longest_wait": 1.0, "grace": 2}


@dataclass(frozen=True)
class Case:
    """One call. Its route is named like it, and so is the model that fails."""

    fault: Fault
    dialect: str
    place: str
    mode: str
    caller: Caller

    @property
    def name(self) -> str:
        return f"{self.fault.name}-{self.caller.name}-{self.dialect}-{self.place}-{self.mode}"

    @property
    def words(self) -> str:
        """What the caller says; no other case's words begin like it."""
        return f"{self.name}_"

    @property
    def connection(self) -> str:
        return "-".join(filter(None, (self.fault.via, self.dialect)))

    @property
    def way(self) -> Way:
        bad = f"{self.connection}/{self.name}"
        steps = {FIRST: (bad, "good/m"), LAST: ("down/m", bad), ONLY: (bad,)}[self.place]
        return Way(self.name, steps, first_byte=self.fault.first_byte)

    @property
    def is_helped(self) -> bool:
        return self.place == FIRST and self.fault.falls

    @property
    def asked(self) -> int:
        """How often the one that fails is to be asked."""
        is_last = self.place != FIRST
        return 2 if self.dialect in self.fault.again and is_last else 1

    @property
    def others(self) -> int:
        return int(self.is_helped or self.place == LAST)

    @property
    def tries(self) -> list[tuple[str, str, str]]:
        """The attempts that failed, in order: connection, model, why."""
        before = [("down", "m", "provider_error")] if self.place == LAST else []
        bad = (self.connection, self.name, self.fault.code)
        return [*before, *[bad] * self.asked]


SOME = {"key-refused", "unknown-model", "limit-with-wait", "overload", "cut", "own-fault"}
"""Faults that callers of every dialect meet at every provider."""


def _callers(fault: Fault, dialect: str) -> tuple[Caller, ...]:
    """Programs that speak OpenAI's wire are met by all; Ollama's server speaks it to them too."""
    if fault.name in SOME:
        return OPENAI, ANTHROPIC, OLLAMA
    return (OPENAI, ANTHROPIC) if dialect == "ollama" else (OPENAI,)


CASES = tuple(
    Case(fault, dialect, place, mode, caller)
    for fault in FAULTS
    for dialect in fault.dialects
    for place in (FIRST, LAST, ONLY)
    for mode in fault.modes
    for caller in _callers(fault, dialect)
)


class Told:
    """What each case's call was told; those of one fault are made at once, when first asked for."""

    def __init__(self, at: House) -> None:
        self.house = at
        self._answers: dict[Case, Answer] = {}
        self._heard: dict[tuple[Case, str], int] = {}
        self._pool = ThreadPoolExecutor(12)

    def answer(self, case: Case) -> Answer:
        if case not in self._answers:
            self._call(case.fault)
        return self._answers[case]

    def record(self, case: Case) -> UsageRecord:
        return self.house.record(self.answer(case).headers["x-request-id"])

    def _call(self, fault: Fault) -> None:
        self.house.calm()
        for dialect in fault.dialects:
            fault.act(self.house.fakes[dialect])
        cases = [case for case in CASES if case.fault is fault]
        self._answers |= zip(cases, self._pool.map(self._ask, cases), strict=True)
        for case in cases:
            for name in (case.dialect, "good", "down"):
                self._heard[case, name] = self.house.heard(name, case.words)

    def _ask(self, case: Case) -> Answer:
        return self.house.ask(case.caller, case.name, case.words, stream=case.mode == STREAM)

    def heard(self, case: Case, name: str) -> int:
        """How often this fake was asked for this case."""
        return self._heard[case, name]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    ways = [case.way for case in CASES]
    with house(tmp_path_factory.mktemp("fallbacks"), ways, LIMITS) as found:
        yield Told(found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_fault_has_its_answer_and_its_record(told: Told, case: Case) -> None:
    answer = told.answer(case)
    if case.is_helped:
        _is_helped(answer, case)
    else:
        _is_told(answer, case)
    _were_called(told, case)
    _is_written(told.record(case), case)


def _is_helped(answer: Answer, case: Case) -> None:
    assert answer.status == 200, answer.body
    assert answer.headers["x-aiconnect-model"] == "good/m"
    assert answer.headers["x-aiconnect-attempts"] == str(len(case.tries) + 1)
    if case.mode == STREAM:
        assert case.caller.text(answer) == HELLO
        assert answer.body.decode().count(case.caller.end) >= 1
    else:
        assert case.caller.said(answer.json) == HELLO


def _is_told(answer: Answer, case: Case) -> None:
    fault = case.fault
    error = case.caller.error(answer.json)
    assert error is not None, answer.body
    assert (answer.status, error["code"]) == (fault.status, fault.code), error
    assert error["help_url"] == f"/help/errors#{fault.code}"
    assert answer.headers.get("retry-after") == fault.retry_after
    assert answer.headers["x-request-id"] in answer.body.decode()


def _were_called(told: Told, case: Case) -> None:
    if not case.fault.via:
        heard = told.heard(case, case.dialect)
        most = 2 if case.fault.may_be_stale else case.asked
        assert case.asked <= heard <= most
    other = {FIRST: "good", LAST: "down"}.get(case.place)
    assert other is None or told.heard(case, other) == case.others


def _is_written(record: UsageRecord, case: Case) -> None:
    fault = case.fault
    tries = [tuple(one[:3]) for one in record.tries or ()]
    assert tries == case.tries
    assert all(isinstance(one[3], int) and one[3] >= 0 for one in record.tries or ())
    assert (record.asked, record.wire) == (case.name, WIRES[case.caller.name])
    assert record.is_stream == (case.mode == STREAM)
    if case.is_helped:
        assert (record.outcome, record.status, record.code) == ("ok", 200, None)
        assert (record.connection, record.model) == ("good", "m")
        assert (record.input_tokens, record.output_tokens) == (9, 5)
        assert not record.tokens_estimated
        assert record.attempts == len(tries) + 1
        return
    assert (record.outcome, record.status) == (fault.outcome, fault.status)
    assert (record.connection, record.model, record.code) == (
        case.connection,
        case.name,
        fault.code,
    )
    assert record.attempts == len(tries)
    assert (record.input_tokens, record.output_tokens) == (None, None)
    owes_nothing = fault.outcome == "refused" or fault.via or case.dialect == "ollama"
    assert record.cost == (0 if owes_nothing else None)
