"""Calls a provider for the admin: an adapter's conversation, carried over the wire."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import urlsplit

from aiconnect.adapters import ADAPTERS
from aiconnect.adapters.base import Adapter, Conversation
from aiconnect.adapters.types import Account, ModelCard, Target
from aiconnect.errors import CallError, Finding, ProviderError
from aiconnect.wire.addresses import Policy
from aiconnect.wire.http import LIMIT, Line
from aiconnect.wire.probing import Steps, probe
from aiconnect.wire.redact import redact
from aiconnect.wire.types import HttpCall, Reply, Route, Timeout, Ways
from aiconnect.wire.witness import Witness

# A person waits for these calls; a model's own answers have other limits.
PATIENCE = Timeout(connect=5.0, first_byte=10.0, silence=10.0, total=15.0)
PLAIN = Ways()

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Models:
    """What a list call found, and the milliseconds until its first reply and in all."""

    cards: tuple[ModelCard, ...]
    first_ms: int
    ms: int


class Client:
    """The admin's door: every call is bounded, every failure is a ProviderError."""

    def __init__(self, policy: Policy, ways: Ways = PLAIN, *, patience: Timeout = PATIENCE) -> None:
        self.ways = ways
        self._policy, self._patience = policy, patience

    def send(self, call: HttpCall, route: Route) -> Reply:
        """One call, its answer whole and at most 20 MB."""
        with Line(route, self._policy, limit=LIMIT) as line:
            return line.send(call)

    def models(self, target: Target, *, seconds: float | None = None) -> Models:
        """List a connection's models within so many seconds; raises ProviderError."""
        begun = time.monotonic()
        first: list[int] = []

        def note(_reply: Reply) -> None:
            if not first:
                first.append(_ms_since(begun))

        cards = self._carry(_adapter(target).models(target), target, seconds, note)
        return Models(cards, first[0] if first else 0, _ms_since(begun))

    def kind(self, target: Target, *, seconds: float | None = None) -> Mapping[str, str]:
        """Find out, without its key, what a connection leads to; raises ProviderError."""
        return self._carry(_adapter(target).kind(target), target, seconds)

    def prove(self, target: Target, *, seconds: float | None = None) -> Mapping[str, str]:
        """Prove the key by the cheapest call; empty where only the list can."""
        return self._carry(_adapter(target).prove(target), target, seconds)

    def account(self, target: Target, *, seconds: float | None = None) -> Account | None:
        """What the provider tells about the account, None where nothing; raises ProviderError."""
        return self._carry(_adapter(target).account(target), target, seconds)

    def say_one(self, target: Target, model_id: str, *, seconds: float | None = None) -> int:
        """Ask a model for one token, and give the milliseconds it took; raises ProviderError.

        It may have to be loaded first, so all the time there is may pass before the first byte.
        """
        return self._carry(_one_token(target, model_id), target, seconds, patient=True).ms

    def probe(self, target: Target, *, seconds: float | None = None) -> Steps:
        """The steps until a server can be asked, see `wire.probing`; raises ProviderError."""
        return probe(target.base_url, self._route(target, seconds), self._policy)

    def _carry(
        self,
        talk: Conversation[Found],
        target: Target,
        seconds: float | None,
        note: Callable[[Reply], None] = lambda _reply: None,
        *,
        patient: bool = False,
    ) -> Found:
        """Send what the adapter asks for, give it the replies, return what it found.

        A call that fails is thrown into the conversation, which may do without it. When time is
        up every further call fails so, and the conversation ends with what it has.
        """
        route = self._route(target, seconds, patient=patient)
        ends = time.monotonic() + route.timeout.total
        with Line(route, self._policy) as line:
            witness = Witness(line)
            try:
                call = next(talk)
                while True:
                    try:
                        reply = _in_time(witness, call, ends)
                    except ProviderError as error:
                        call = talk.throw(error)
                    else:
                        note(reply)
                        call = talk.send(reply)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # a generator's return value
            except ProviderError as error:
                raise _explained(error, target, witness) from None

    def _route(self, target: Target, seconds: float | None, *, patient: bool = False) -> Route:
        """The target's route with the patience of a person, and no more than `seconds` in all."""
        limit = self._patience.total if seconds is None else min(seconds, self._patience.total)
        limit = max(limit, 0.05)
        kept = self._patience
        return replace(
            target.route,
            timeout=Timeout(
                min(kept.connect, limit),
                limit if patient else min(kept.first_byte, limit),
                min(kept.silence, limit),
                limit,
            ),
        )


def _adapter(target: Target) -> Adapter:
    return ADAPTERS[target.provider.dialect]


def _one_token(target: Target, model_id: str) -> Conversation[Reply]:
    adapter = _adapter(target)
    reply = yield adapter.one_token(target, model_id)
    failed = adapter.answers_badly(reply)
    if failed is not None:
        failed.finding = replace(failed.finding, facts={"model": model_id, **failed.finding.facts})
        raise failed
    return reply


def _in_time(witness: Witness, call: HttpCall, ends: float) -> Reply:
    left = ends - time.monotonic()
    if left <= 0:
        raise ProviderError("out_of_time", facts={"host": urlsplit(call.url).hostname or ""})
    try:
        return witness.send(call, seconds=left)
    except CallError as error:  # this server is out of descriptors
        raise ProviderError(error.code) from None


def _explained(error: ProviderError, target: Target, witness: Witness) -> ProviderError:
    """With what was seen, and without any secret: some providers repeat the key in their words."""
    facts = {**witness.facts(of_first=error.code == "wrong_path"), **error.finding.facts}
    redacted = {name: redact(facts[name], target.secrets) for name in facts}
    error.finding = Finding(error.code, redacted)
    return error


def _ms_since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
