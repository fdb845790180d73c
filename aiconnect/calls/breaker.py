"""Leaves providers alone that fail, and finds out when they are back: in memory, per process."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiconnect.calls.circuit import (
    CLOSED,
    HALF_OPEN,
    OUTAGE,
    RATE,
    USUAL,
    WAITING,
    Circuit,
    Settings,
)
from aiconnect.calls.faults import ALONE, FAULTS, REACHED, UNREACHED, Refusal, refusal

MOST_MODELS = 200
"""Of one connection that are remembered: their names may come from callers."""

NOTHING = ("", -math.inf)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a connection or model stands; `since` and `until` are in seconds of the clock given.

    `state` is closed, open, half_open or waiting; `kind` outage, key, money, rate, model or "";
    `model` is "" for the connection itself.
    """

    connection_id: int
    model: str
    state: str = CLOSED
    kind: str = ""
    code: str = ""
    since: float = 0.0
    until: float = 0.0
    failures: int = 0

    @property
    def is_troubled(self) -> bool:
        return self.state != CLOSED


@dataclass(slots=True)
class _Line:
    """One connection: its circuit, those of models that fail alone, the models that worked last."""

    circuit: Circuit
    models: dict[str, Circuit] = field(default_factory=dict)
    last: tuple[str, float] = NOTHING
    other: tuple[str, float] = NOTHING

    def note_work(self, model: str, now: float) -> None:
        if self.last[0] != model:
            self.other = self.last
        self.last = (model, now)

    def note_failure(self, model: str) -> None:
        """It worked once, but that says nothing any more."""
        if self.last[0] == model:
            self.last = self.other
        if self.other[0] in {model, self.last[0]}:
            self.other = NOTHING

    def works_without(self, model: str, since: float) -> bool:
        name, at = self.other if self.last[0] == model else self.last
        return bool(name) and at >= since

    def may_exonerate(self, model: str) -> bool:
        """Whether all that failed is one other model: this one may show that the rest works."""
        circuit = self.circuit
        return circuit.state not in {CLOSED, HALF_OPEN} and circuit.only not in {None, "", model}


class Breakers:
    """A circuit for each connection, and for each model that fails while others work.

    Thread-safe. A fault counts for the connection, unless another model of it has worked within
    the window, or works now: then the trouble moves to the model alone. So while one model's
    failures pause a connection, one call at a time of another model may still go out.

    Every call that `admit` lets through is reported once: None at the first content (or a whole
    answer), else a code; a stream that breaks afterwards may be reported once more.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        settings: Settings = USUAL,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._clock, self._settings, self._jitter = clock, settings, jitter
        self._is_on = settings.is_on
        self._lock = threading.Lock()
        self._lines: dict[int, _Line] = {}
        self._marks: Mapping[int, object] = {}

    def admit(self, connection_id: int, model_id: str) -> Refusal | None:
        """None: the call may go out, perhaps as the one probe. Else why not."""
        line = self._lines.get(connection_id)
        if line is None or not self._is_on:
            return None
        now = self._clock()
        with self._lock:
            circuit, alone = line.circuit, line.models.get(model_id)
            if not circuit.is_ready(now) and not line.may_exonerate(model_id):
                return refusal(circuit, now)
            if alone is not None:
                if not alone.is_ready(now):
                    return refusal(alone, now)
                alone.enter(now)
            circuit.enter(now)
        return None

    def report(
        self,
        connection_id: int,
        model_id: str,
        code: str | None,
        retry_after: float | None = None,
        *,
        began: float = math.inf,
    ) -> None:
        """What became of a call that was admitted; None: it was answered.

        `began` is the clock's time when it was admitted: failures of calls that began before a
        circuit opened are no news. Without it every report is taken for the newest call's.
        """
        now = self._clock()
        with self._lock:
            line = self._lines.get(connection_id)
            if line is None:
                line = self._lines[connection_id] = _Line(Circuit(self._settings))
            if code is None:
                self._answered(line, model_id, now, began)
            elif code in REACHED:
                _each(line, model_id, lambda circuit: circuit.succeed(now, began))
            elif code in FAULTS or code in UNREACHED:
                self._failed(line, model_id, code, now=now, began=began, wait=retry_after or 0.0)
            else:
                _each(line, model_id, lambda circuit: circuit.abandon(began))
            alone = line.models.get(model_id)
            if alone is not None and alone.is_calm:
                del line.models[model_id]

    def look(self, connection_id: int, model_id: str = "") -> Standing:
        """How a connection stands by itself, or one model of it by itself."""
        with self._lock:
            line = self._lines.get(connection_id)
            found = None
            if line is not None:
                found = line.models.get(model_id) if model_id else line.circuit
            if found is None or not self._is_on:
                return Standing(connection_id, model_id)
            return _standing(connection_id, model_id, found, self._clock())

    def standings(self) -> list[Standing]:
        """Every connection that was called, each followed by its models that fail alone.

        Where nothing is left alone, nothing is in trouble.
        """
        now = self._clock()
        with self._lock:
            if not self._is_on:
                return [Standing(connection_id, "") for connection_id in self._lines]
            return [
                _standing(connection_id, model, circuit, now)
                for connection_id, line in self._lines.items()
                for model, circuit in {"": line.circuit, **line.models}.items()
            ]

    def switch(self, *, is_on: bool | None) -> None:
        """Leave providers alone from now on, or not; None: as the settings say."""
        self._is_on = self._settings.is_on if is_on is None else is_on

    def reset(self, connection_id: int) -> None:
        """Forget what is known of a connection: the next call goes out."""
        with self._lock:
            self._lines.pop(connection_id, None)

    def follow(self, marks: Mapping[int, object]) -> None:
        """Forget connections that are gone, or whose mark (their target) is another than before."""
        with self._lock:
            before, self._marks = self._marks, dict(marks)
            for connection_id in list(self._lines):
                now = marks.get(connection_id)
                if now is None or before.get(connection_id, now) != now:
                    del self._lines[connection_id]

    def _answered(self, line: _Line, model: str, now: float, began: float) -> None:
        line.note_work(model, now)
        circuit = line.circuit
        if not line.models and circuit.is_calm:  # as nearly always
            circuit.note_success(now)
            return
        if circuit.is_probe(began) and circuit.only not in {None, "", model}:
            line.circuit = Circuit(self._settings)
            circuit.abandon(began)
            _remember(line, circuit.only or "", circuit)
        _each(line, model, lambda one: one.succeed(now, began))

    def _failed(
        self, line: _Line, model: str, code: str, *, now: float, began: float, wait: float
    ) -> None:
        kind = FAULTS.get(code, OUTAGE)
        line.note_failure(model)
        circuit, blamed = line.circuit, model if code in FAULTS else ""
        if model and code in ALONE:
            circuit.succeed(now, began)
            circuit = self._model(line, model)
        elif blamed and circuit.state == CLOSED and self._fails_alone(line, model, now):
            circuit = self._model(line, model)
        elif model in line.models:
            line.models[model].abandon(began)
        if kind == RATE:
            circuit.hold(code, blamed, now=now, began=began, wait=wait)
        else:
            circuit.fail(kind, code, blamed, now=now, began=began, off=self._jitter())

    def _fails_alone(self, line: _Line, model: str, now: float) -> bool:
        return model in line.models or line.works_without(model, now - self._settings.window)

    def _model(self, line: _Line, model: str) -> Circuit:
        found = line.models.get(model) or Circuit(self._settings)
        _remember(line, model, found)
        return found


def _each(line: _Line, model: str, act: Callable[[Circuit], None]) -> None:
    act(line.circuit)
    if model in line.models:
        act(line.models[model])


def _remember(line: _Line, model: str, circuit: Circuit) -> None:
    if len(line.models) >= MOST_MODELS and model not in line.models:
        del line.models[next(iter(line.models))]
    line.models[model] = circuit


def _standing(connection_id: int, model: str, one: Circuit, now: float) -> Standing:
    if one.state == CLOSED or (one.state == WAITING and one.is_ready(now)):
        return Standing(connection_id, model, failures=one.failures)
    return Standing(
        connection_id, model, one.state, one.kind, one.code, one.since, one.until, one.failures
    )
