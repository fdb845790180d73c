"""What a check does, step by step, until one fails or the models are listed. No database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from aiconnect.adapters.types import ModelCard, Target
from aiconnect.errors import ProviderError
from aiconnect.models import State
from aiconnect.services import cases, findings

if TYPE_CHECKING:  # commands list models without ever calling anyone
    from aiconnect.client import Client

STEPS = ("name", "connect", "tls", "kind", "key", "models")
TOKEN = "token"  # noqa: S105 (a step: one token of generation)
SECONDS = 20.0

# Codes of a call that say nothing against the key.
KEY_IS_FINE = {
    "rate_limited", "no_credit", "no_permission", "no_model_list", "model_loading",
    "provider_down", "content_refused",
}  # fmt: skip
# Codes of a chat that say something of one model or one request, and nothing of the connection.
OF_THE_MODEL = {
    "model_not_found", "too_long", "content_refused", "request_refused", "silent", "out_of_time",
}  # fmt: skip
REASONS_OF_THE_MODEL = {"memory", "unverified"}
WORKING = {State.CONNECTED, State.WARNING}


class Found(NamedTuple):
    """A finding as a code and facts."""

    code: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step as it ended: ok, failed, skipped (not needed) or later (not reached)."""

    name: str
    state: str
    ms: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the whole trial found; `cards` is None where the models were not listed.

    `lasting` is what it means for the connection, where that is something else: a model that is
    not there is no fault of the connection.
    """

    code: str
    facts: Mapping[str, str]
    cards: Sequence[ModelCard] | None = None
    lasting: Found | None = None

    @property
    def of_connection(self) -> Found:
        return self.lasting or Found(self.code, self.facts)


@dataclass(slots=True)
class Trial:
    """One run against one target; the key leaves only after the kind of server is known.

    `opens` is False where there is a key that does not open; `model` is asked for one token at
    the end, where everything before went well.
    """

    client: Client
    target: Target
    opens: bool = True
    seconds: float = SECONDS
    model: str = ""
    outcome: Outcome | None = None
    _ends: float = 0.0
    _known: dict[str, str] = field(default_factory=dict)
    _proven: bool = False
    _doubt: ProviderError | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The steps of this trial."""
        return (*STEPS, TOKEN) if self.model else STEPS

    def steps(self) -> Iterator[StepDone]:
        """Every step in order. `outcome` is set before the step that decides it is given."""
        self._ends = time.monotonic() + self.seconds
        done = 0
        for step in self._perform():
            done += 1
            yield step
        yield from (StepDone(name, "later") for name in self.names[done:])

    def finish(self) -> Outcome:
        """Run it to its end, and say what it found."""
        for _step in self.steps():
            pass
        assert self.outcome is not None  # noqa: S101 (every way through sets it)
        return self.outcome

    def _perform(self) -> Iterator[StepDone]:
        for part in (self._reach, self._recognise, self._prove, self._list):
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

    def _prove(self) -> Iterator[StepDone]:
        """Prove the key by itself, where the list would not: some lists are public."""
        begun = time.monotonic()
        if not self.opens:
            yield self._fail("key", ProviderError("key_unreadable"), begun)
            return
        if self.target.secret is None:
            return
        try:
            self._proven = bool(self.client.prove(self.target, seconds=self._left))
        except ProviderError as error:
            if error.code not in KEY_IS_FINE:
                yield self._fail("key", error, begun)
                return
            self._doubt, self._proven = error, True
        if self._proven:
            doubt = {"caution": self._doubt.code} if self._doubt else {}
            yield StepDone("key", "ok", _ms(begun), doubt)

    def _list(self) -> Iterator[StepDone]:
        begun = time.monotonic()
        try:
            models = self.client.models(self.target, seconds=self._left)
        except ProviderError as error:
            yield from self._refused(error, begun)
            return
        count = {"models": str(len(models.cards))}
        listed = Outcome("ok" if models.cards else "no_models", self._known | count, models.cards)
        if self._doubt is not None:
            facts = {**self._known, **count, **self._doubt.finding.facts}
            listed = Outcome(self._doubt.code, facts, models.cards)
        done = StepDone("models", "ok", models.ms - models.first_ms, count)
        yield from self._end(listed, self._key_done(models.first_ms), done)

    def _refused(self, error: ProviderError, begun: float) -> Iterator[StepDone]:
        if error.code == "key_refused" and self.target.secret is None:
            error = ProviderError("key_missing", status=error.status, facts=error.finding.facts)
        if error.code not in KEY_IS_FINE:
            yield self._fail("models" if self._proven else "key", error, begun)
            return
        if error.code != "no_model_list":
            yield from self._end_badly(error, begun)
            return
        worse = self._doubt or error
        listed = Outcome(worse.code, self._known | dict(worse.finding.facts))
        yield from self._end(listed, self._key_done(_ms(begun)), StepDone("models", "skipped"))

    def _end_badly(self, error: ProviderError, begun: float) -> Iterator[StepDone]:
        failed = self._fail("models", error, begun)
        if not self._proven:
            yield self._key_done(_ms(begun))
        yield failed

    def _end(self, listed: Outcome, key: StepDone, models: StepDone) -> Iterator[StepDone]:
        """The last steps: with a model there is one more, which may decide otherwise."""
        state = findings.state_of(listed.code, listed.facts)
        asks = bool(self.model) and state in WORKING
        if not asks:
            self.outcome = listed
        yield from (models,) if self._proven else (key, models)
        if asks:
            yield self._say_one(listed)

    def _say_one(self, listed: Outcome) -> StepDone:
        begun, model = time.monotonic(), {"model": self.model}
        try:
            ms = self.client.say_one(self.target, self.model, seconds=self._left)
        except ProviderError as error:
            failed = self._fail(TOKEN, error, begun, model)
            reason = error.finding.facts.get("reason")
            of_model = error.code in OF_THE_MODEL or reason in REASONS_OF_THE_MODEL
            lasting = Found(listed.code, listed.facts) if of_model else None
            self.outcome = Outcome(error.code, failed.facts, listed.cards, lasting)
            return failed
        said = {**listed.facts, **model, "token_ms": str(ms)}
        lasting = Found(listed.code, listed.facts)
        self.outcome = Outcome(listed.code, said, listed.cards, lasting)
        return StepDone(TOKEN, "ok", ms, model)

    def _key_done(self, ms: int) -> StepDone:
        if self.target.secret is None:
            return StepDone("key", "skipped")
        proves_nothing = self._known.get("open") == "yes"
        return StepDone("key", "ok", ms, {"unproven": "yes"} if proves_nothing else {})

    def _fail(
        self, name: str, error: ProviderError, begun: float, more: Mapping[str, str] | None = None
    ) -> StepDone:
        facts = {**self._known, **(more or {}), **error.finding.facts}
        facts |= cases.of(error.code, facts, self.target.base_url)
        self.outcome = Outcome(error.code, facts)
        return StepDone(name, "failed", _ms(begun), facts)

    @property
    def _left(self) -> float:
        return max(self._ends - time.monotonic(), 0.05)


def _ms(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
