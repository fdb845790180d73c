"""What a check does, step by step, until one fails or the models are listed. No database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiconnect.adapters.types import ModelCard, Target
from aiconnect.client import Client
from aiconnect.errors import ProviderError

STEPS = ("name", "connect", "tls", "kind", "key", "models")
SECONDS = 20.0

# Codes of a list call that say nothing against the key.
KEY_IS_FINE = {
    "rate_limited", "no_credit", "no_permission", "no_model_list", "model_loading", "provider_down",
}  # fmt: skip
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step as it ended: ok, failed, skipped (not needed) or later (not reached)."""

    name: str
    state: str
    ms: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the whole trial found; `cards` is None where the models were not listed."""

    code: str
    facts: Mapping[str, str]
    cards: Sequence[ModelCard] | None = None


@dataclass(slots=True)
class Trial:
    """One run against one target; the key leaves only after the kind of server is known.

    `opens` is False where there is a key that does not open.
    """

    client: Client
    target: Target
    opens: bool = True
    seconds: float = SECONDS
    outcome: Outcome | None = None
    _ends: float = 0.0
    _known: dict[str, str] = field(default_factory=dict)

    def steps(self) -> Iterator[StepDone]:
        """Every step in order. `outcome` is set before the step that decides it is given."""
        self._ends = time.monotonic() + self.seconds
        done = 0
        for step in self._perform():
            done += 1
            yield step
        yield from (StepDone(name, "later") for name in STEPS[done:])

    def _perform(self) -> Iterator[StepDone]:
        for part in (self._reach, self._recognise, self._list):
            yield from part()
            if self.outcome is not None:
                return

    def _reach(self) -> Iterator[StepDone]:
        probe = self.client.probe(self.target, seconds=self._left)
        for name in ("name", "connect", "tls"):
            begun = time.monotonic()
            try:
                found = next(probe, None)
            except ProviderError as error:
                yield self._fail(name, error, begun)
                return
            if found is None:
                yield StepDone(name, "skipped")
            else:
                yield StepDone(name, "ok", _ms(begun), {"found": found[1]})
        probe.close()

    def _recognise(self) -> Iterator[StepDone]:
        begun = time.monotonic()
        try:
            facts = self.client.kind(self.target, seconds=self._left)
        except ProviderError as error:
            if error.code != "model_loading":
                yield self._fail("kind", error, begun)
                return
            yield StepDone("kind", "ok", _ms(begun))
            yield StepDone("key", "skipped")
            yield self._fail("models", error, begun)
            return
        self._known.update(facts)
        yield StepDone("kind", "ok", _ms(begun), facts)

    def _list(self) -> Iterator[StepDone]:
        begun = time.monotonic()
        if not self.opens:
            yield self._fail("key", ProviderError("key_unreadable"), begun)
            return
        try:
            models = self.client.models(self.target, seconds=self._left)
        except ProviderError as error:
            yield from self._refused(error, begun)
            return
        count = {"models": str(len(models.cards))}
        code = "ok" if models.cards else "no_models"
        self.outcome = Outcome(code, self._known | count, models.cards)
        yield self._key_done(models.first_ms)
        yield StepDone("models", "ok", models.ms - models.first_ms, count)

    def _refused(self, error: ProviderError, begun: float) -> Iterator[StepDone]:
        if error.code == "key_refused" and self.target.secret is None:
            error = ProviderError("key_missing", status=error.status, facts=error.finding.facts)
        if error.code not in KEY_IS_FINE:
            yield self._fail("key", error, begun)
            return
        ended = self._fail("models", error, begun)
        yield self._key_done(_ms(begun))
        yield StepDone("models", "skipped") if error.code == "no_model_list" else ended

    def _key_done(self, ms: int) -> StepDone:
        if self.target.secret is None:
            return StepDone("key", "skipped")
        proves_nothing = self._known.get("open") == "yes"
        return StepDone("key", "ok", ms, {"unproven": "yes"} if proves_nothing else {})

    def _fail(self, name: str, error: ProviderError, begun: float) -> StepDone:
        facts = {**self._known, **error.finding.facts}
        if error.code == "refused" and facts.get("host") in LOOPBACK and _in_container():
            facts["reason"] = "container"
        self.outcome = Outcome(error.code, facts)
        return StepDone(name, "failed", _ms(begun), facts)

    @property
    def _left(self) -> float:
        return max(self._ends - time.monotonic(), 0.05)


def _ms(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _in_container() -> bool:
    return any(mark.exists() for mark in CONTAINER_MARKS)
