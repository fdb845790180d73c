"""{every caller} x {every provider} x {what can happen after content}: how a stream ends badly."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from aiconnect.models import UsageRecord
from tests.gateway.routed import CALLERS, DIALECTS, Caller, House, Raw, Way, house
from tests.running import SOON

PARTS = ("It ", "rained ", "all ", "night.")
PROVIDERS = (*DIALECTS, "own")
SILENCE = 1.0
LIMITS = {"first_byte": 10.0, "silence": SILENCE, "total": 30.0, "longest_wait": 0.4, "grace": 2}


@dataclass(frozen=True)
class Break:
    """What happens after content. `act` is told before the call; `code` is what callers get.

    `parts` have been said by then; paused, the rest follows once the first part has arrived.
    """

    name: str
    act: Callable[[Raw], None]
    code: str
    parts: int = 2
    paused: bool = False


BREAKS = (
    Break("cut", lambda fake: fake.cut_after(2), "provider_broke"),
    Break("cut-before-the-finish", lambda fake: fake.cut_after(4), "provider_broke", 4),
    Break("reset", lambda fake: fake.cut_after(3, reset=True), "provider_broke", 3, paused=True),
    Break("stall", lambda fake: fake.go_silent_after(2), "provider_silent"),
    Break("error", lambda fake: fake.error_after_content(3), "provider_error", 3, paused=True),
    Break("malformed", lambda fake: fake.malformed_event(3), "provider_broke", 3, paused=True),
)
PASSED = {
    ("openai", "openai"), ("openai", "ollama"), ("openai", "own"), ("anthropic", "anthropic"),
    ("ollama", "ollama"), ("responses", "own"),
}  # fmt: skip
"""Callers and providers that speak one wire: bytes go through, whether they make sense or not."""
LEAVES = {
    "before the head": (lambda fake: fake.stall(on="chat"), ""),
    "after the first part": (lambda fake: fake.go_silent_after(1), PARTS[0]),
    "in the midst": (lambda fake: fake.go_silent_after(3), PARTS[2]),
    "before the finish": (lambda fake: fake.go_silent_after(4), PARTS[3]),
}
"""When callers hang up: the provider's mood, and the part that they have read by then."""


@dataclass(frozen=True)
class Heard:
    """What a caller heard of one call; `seconds` until the provider saw it end."""

    request_id: str = ""
    body: bytes = b""
    status: int = 0
    seconds: float = 0.0


class Calls:
    """Calls to all providers at once: of one caller, for one event; made when first asked for."""

    def __init__(self, at: House) -> None:
        self.house = at
        self._heard: dict[tuple[str, str, str], Heard] = {}
        self._pool = ThreadPoolExecutor(len(PROVIDERS))

    def broken(self, caller: Caller, provider: str, one: Break) -> Heard:
        return self._find(caller, provider, one.name, lambda to: self._break(caller, to, one))

    def left(self, caller: Caller, provider: str, when: str) -> Heard:
        return self._find(caller, provider, when, lambda to: self._leave(caller, to, when))

    def _find(
        self, caller: Caller, provider: str, name: str, call: Callable[[str], Heard]
    ) -> Heard:
        if (caller.name, provider, name) not in self._heard:
            self.house.calm()
            for to, heard in zip(PROVIDERS, self._pool.map(call, PROVIDERS), strict=True):
                self._heard[caller.name, to, name] = heard
        return self._heard[caller.name, provider, name]

    def _break(self, caller: Caller, provider: str, one: Break) -> Heard:
        fake = self.house.fakes[provider]
        fake.stream(PARTS, paused=one.paused)
        one.act(fake)
        fake.step(2)
        client = self._ask(caller, f"{provider}/m")
        reply = client.getresponse()
        body = _until(reply, PARTS[0])
        fake.step(9)
        body += reply.read()  # IncompleteRead where the body does not end cleanly
        client.close()
        return Heard(reply.headers["x-request-id"], body, reply.status)

    def _leave(self, caller: Caller, provider: str, when: str) -> Heard:
        fake, (act, wanted) = self.house.fakes[provider], LEAVES[when]
        fake.stream(PARTS)
        act(fake)
        client = self._ask(caller, _name(caller, provider, when))
        fake.wait_for_requests(1)
        if wanted:
            reply = client.getresponse()
            _until(reply, wanted)
            reply.close()
        client.close()
        began = time.monotonic()
        assert fake.hung_up.wait(20)
        return Heard(seconds=time.monotonic() - began)

    def _ask(self, caller: Caller, model: str) -> http.client.HTTPConnection:
        client = http.client.HTTPConnection("127.0.0.1", self.house.server.port, timeout=10)
        body = caller.body(model, "How was the weather?", stream=True)
        client.request("POST", caller.path, json.dumps(body), self.house.headers)
        return client


def _name(caller: Caller, provider: str, when: str) -> str:
    """A model that nobody else calls, so that the record is found of a call without an answer."""
    return f"{provider}/{caller.name}-{when.replace(' ', '-')}"


def _until(reply: http.client.HTTPResponse, wanted: str) -> bytes:
    seen = b""
    while wanted.encode() not in seen:
        piece = reply.read1(65_536)
        assert piece, f"ended without {wanted!r}: {seen!r}"
        seen += piece
    return seen


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calls]:
    ways = [Way(f"down-{name}-good", ("down/m", f"{name}/m", "good/m")) for name in DIALECTS]
    with house(tmp_path_factory.mktemp("midstream"), ways, LIMITS) as found:
        yield Calls(found)


@pytest.fixture(params=CALLERS, ids=lambda one: one.name, scope="module")
def caller(request: pytest.FixtureRequest) -> Caller:
    one: Caller = request.param
    return one


@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.name)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_breaks_after_content_is_one_error_and_the_end(
    calls: Calls, caller: Caller, one: Break, provider: str
) -> None:
    heard = calls.broken(caller, provider, one)
    if one.name == "malformed" and (caller.name, provider) in PASSED:
        _goes_through(calls.house.record(heard.request_id), heard, caller)
        return
    *before, last = caller.events(heard.body)
    error = caller.error(last)
    assert error is not None, heard.body[-300:]
    assert error["code"] == one.code
    assert heard.request_id in json.dumps(last)
    assert not [event for event in before if caller.error(event)]
    text = "".join(caller.pieces(before))
    assert "".join(PARTS).startswith(text)
    assert text.startswith(PARTS[0])
    if one.name != "malformed":  # what is read together with nonsense is nonsense too
        assert text == "".join(PARTS[: one.parts])
    assert not [end for end in caller.ends if end in heard.body.decode()]
    record = calls.house.record(heard.request_id)
    assert (record.outcome, record.status, record.code) == ("cut", 200, one.code)
    _is_counted(record, provider)


@pytest.mark.parametrize("provider", DIALECTS)
def test_a_fallback_that_breaks_is_not_fallen_back_from(
    calls: Calls, caller: Caller, provider: str
) -> None:
    at = calls.house
    at.calm()
    at.fakes[provider].stream(PARTS)
    at.fakes[provider].cut_after(2)
    answer = at.ask(caller, f"down-{provider}-good", "How was it?", stream=True)
    assert answer.headers["x-aiconnect-model"] == f"{provider}/m"
    assert answer.headers["x-aiconnect-attempts"] == "2"
    assert caller.text(answer) == "".join(PARTS[:2])
    assert caller.error(caller.events(answer.body)[-1])
    assert [at.heard(name, "How was it?") for name in ("down", provider, "good")] == [1, 1, 0]
    record = at.record(answer.headers["x-request-id"])
    assert [one[:3] for one in record.tries or ()] == [["down", "m", "provider_error"]]
    assert (record.outcome, record.connection, record.attempts) == ("cut", provider, 2)


@pytest.mark.parametrize("when", LEAVES)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_who_hangs_up_ends_the_providers_call_within_a_second(
    calls: Calls, caller: Caller, provider: str, when: str
) -> None:
    assert calls.left(caller, provider, when).seconds < SOON
    record = calls.house.record_of(_name(caller, provider, when))
    has_begun = when != "before the head"
    assert (record.outcome, record.status) == ("caller_left", 200 if has_begun else None)
    if has_begun:
        _is_counted(record, provider)
    else:
        assert (record.output_tokens, record.tokens_estimated) == (0, True)


def _goes_through(record: UsageRecord, heard: Heard, caller: Caller) -> None:
    """Nobody reads it on its way: the caller gets what was said, and the end that came."""
    assert all(json.dumps(part)[1:-1].encode() in heard.body for part in PARTS)
    assert caller.end in heard.body.decode()
    assert (record.outcome, record.tokens_estimated) == ("ok", False)


def _is_counted(record: UsageRecord, provider: str) -> None:
    """Gemini states its counts as it goes; of the others the size is counted."""
    assert record.connection == provider
    assert record.tokens_estimated == (provider != "gemini")
    assert 1 <= (record.output_tokens or 0) <= 3 * len(PARTS)
    assert record.input_tokens
