"""Calls a provider for the admin: an adapter's conversation, carried over the wire."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import urlsplit

from aiconnect.adapters import ADAPTERS
from aiconnect.adapters.base import Conversation
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.errors import CallError, Finding, ProviderError
from aiconnect.secret import Secret
from aiconnect.wire import addresses
from aiconnect.wire.addresses import Policy
from aiconnect.wire.breaks import PORTS
from aiconnect.wire.http import LIMIT, Line
from aiconnect.wire.redact import redact
from aiconnect.wire.types import HttpCall, Reply, Route, Timeout, Ways

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

        talk = ADAPTERS[target.provider.dialect].models(target)
        cards = self._carry(talk, target, seconds, note)
        return Models(cards, first[0] if first else 0, _ms_since(begun))

    def kind(self, target: Target, *, seconds: float | None = None) -> Mapping[str, str]:
        """Find out, without its key, what a connection leads to; raises ProviderError."""
        talk = ADAPTERS[target.provider.dialect].kind(target)
        return self._carry(talk, target, seconds, lambda _reply: None)

    def probe(
        self, target: Target, *, seconds: float | None = None
    ) -> Generator[tuple[str, str], None, None]:
        """Look up, connect, shake hands: gives (`name`|`connect`|`tls`, a word of detail) in turn.

        Raises ProviderError in the place of the step that fails; plain http has no `tls`.
        """
        route = self._route(target, seconds)
        parts = urlsplit(target.base_url)
        host = parts.hostname or ""
        port = parts.port or PORTS.get(parts.scheme, 80)
        try:
            found = addresses.resolve(host, port, route.timeout.connect)
            yield "name", str(found[0][1][0])
            sock = addresses.connect(host, port, route=route, policy=self._policy)
        except CallError as error:  # this server is out of descriptors
            raise ProviderError(error.code) from None
        try:
            yield "connect", str(sock.getpeername()[0])
            if parts.scheme == "https":
                sock = addresses.wrap_tls(sock, host, route=route)
                yield "tls", sock.version() or ""
        finally:
            sock.close()

    def _carry(
        self,
        talk: Conversation[Found],
        target: Target,
        seconds: float | None,
        note: Callable[[Reply], None],
    ) -> Found:
        """Send what the adapter asks for, give it the replies, return what it found.

        A call that fails is thrown into the conversation, which may do without it. When time is
        up every further call fails so, and the conversation ends with what it has.
        """
        route = self._route(target, seconds)
        ends = time.monotonic() + route.timeout.total
        with Line(route, self._policy) as line:
            try:
                call = next(talk)
                while True:
                    try:
                        reply = _in_time(line, call, ends)
                    except ProviderError as error:
                        call = talk.throw(error)
                    else:
                        note(reply)
                        call = talk.send(reply)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # a generator's return value
            except ProviderError as error:
                raise _without_secret(error, target.secret) from None

    def _route(self, target: Target, seconds: float | None) -> Route:
        """The target's route with the patience of a person, and no more than `seconds` in all."""
        limit = self._patience.total if seconds is None else min(seconds, self._patience.total)
        limit = max(limit, 0.05)
        kept = self._patience
        return replace(
            target.route,
            timeout=Timeout(
                min(kept.connect, limit),
                min(kept.first_byte, limit),
                min(kept.silence, limit),
                limit,
            ),
        )


def _in_time(line: Line, call: HttpCall, ends: float) -> Reply:
    left = ends - time.monotonic()
    if left <= 0:
        raise ProviderError("out_of_time", facts={"host": urlsplit(call.url).hostname or ""})
    try:
        return line.send(call, seconds=left)
    except CallError as error:  # this server is out of descriptors
        raise ProviderError(error.code) from None


def _without_secret(error: ProviderError, secret: Secret | None) -> ProviderError:
    """Some providers repeat the key in their words; one of no known shape is found only here."""
    secrets = [secret] if secret else []
    facts = {name: redact(value, secrets) for name, value in error.finding.facts.items()}
    error.finding = Finding(error.code, facts)
    return error


def _ms_since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
