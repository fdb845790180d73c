"""Any stream of a provider reaches callers of every wire as what their clients can read, or ends.

The stream is driven as the gateway does: nothing goes out before the first content; a failure
after it is one error event; only a stream that has ended well says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from aiconnect.adapters.chat import Chat
from aiconnect.adapters.dialects.base import Answering, Stream, Translated
from aiconnect.adapters.types import Usage
from aiconnect.adapters.wires import INBOUND, OUTBOUND
from aiconnect.errors import CallError
from aiconnect.wire import sse
from aiconnect.wire.http1 import Malformed
from tests.fakes.samples import FOLDER
from tests.fuzz.callers import CALLERS, Heard
from tests.fuzz.hammering import Budget
from tests.fuzz.talks import Talk, spoken, talk
from tests.fuzz.wrong import MAX_BYTES, cut, garbled, spoilt, text_of

STREAMS = {
    one.relative_to(FOLDER).as_posix(): one.read_bytes()
    for one in sorted([*FOLDER.rglob("*.sse"), *FOLDER.rglob("*.ndjson")])
}
ERROR = CallError("provider_broke", connection="one")
ASKED = Chat("m", is_stream=True, wants_usage=True)
CHATS = [
    ASKED,
    Chat("m"),
    replace(ASKED, shows_thinking=False),
    replace(ASKED, shows_thinking=True),
]


@dataclass(frozen=True)
class Driven:
    """`outcome` is ok, cut, or refused (before anything was said)."""

    out: bytes
    outcome: str
    usage: Usage | None


def drive(stream: Stream, pieces: Iterable[bytes]) -> Driven:
    """Carry a stream as the gateway does."""
    out, is_begun = b"", False
    try:
        for piece in pieces:
            as_it_came = is_begun and stream.passes(piece)
            out += piece if as_it_came else stream.feed(piece)
            is_begun = is_begun or stream.started or stream.done
            if stream.error is not None:
                return _failed(stream, out, is_begun=is_begun)
    except Malformed:
        return _failed(stream, out, is_begun=is_begun)
    if not stream.finished:
        return _failed(stream, out, is_begun=is_begun)
    out += stream.end()
    if stream.error is not None:
        return _failed(stream, out, is_begun=is_begun)
    return Driven(out, "ok", stream.usage)


def _failed(stream: Stream, out: bytes, *, is_begun: bool) -> Driven:
    if stream.done:
        return Driven(out, "ok", stream.usage)
    if not is_begun:
        return Driven(b"", "refused", stream.usage)
    return Driven(out + stream.fail(ERROR, "call-1"), "cut", stream.usage)


def translated(provider: str, caller: str, chat: Chat = ASKED) -> Translated:
    answering = Answering("call-1", "m", 1795300081, chat, lambda: 1_000_000)
    return Translated(OUTBOUND[provider].reader(), INBOUND[caller].writer(answering))


def check(caller: str, driven: Driven) -> Heard:
    """A strict client reads it to one end: a good one or an error, never both."""
    heard = CALLERS[caller](driven.out)
    ends = (heard.ends, len(heard.finishes), len(heard.errors))
    assert ends == {"ok": (1, 1, 0), "cut": (0, 0, 1), "refused": (0, 0, 0)}[driven.outcome]
    return heard


# --- streams that are wrong ----------------------------------------------------------------------


def spoilt_stream(rng: Random) -> bytes:
    """A sample with wrong, missing, doubled, foreign and reordered events, and wrong bytes."""
    name = rng.choice(list(STREAMS))
    is_lines = name.endswith("ndjson")
    events = _events(name)
    for _ in range(rng.choice([0, 1, 1, 2, 3])):
        _spoil(rng, events)
    join = b"\n" if is_lines else b""
    data = join.join(events) + join
    return (garbled(rng, data) if rng.random() < 0.3 else data)[:MAX_BYTES]


def _events(name: str) -> list[bytes]:
    data = STREAMS[name]
    return data.split(b"\n") if name.endswith("ndjson") else sse.split(data)


def _spoil(rng: Random, events: list[bytes]) -> None:
    at = rng.randrange(len(events) + 1)
    event = events[at] if at < len(events) else b""
    match rng.randrange(7):
        case 0:
            del events[at : at + 1]
        case 1:
            events.insert(rng.randrange(len(events) + 1), event)
        case 2:
            rng.shuffle(events)
        case 3:
            del events[at:]
        case 4:
            events.insert(at, rng.choice(_events(rng.choice(list(STREAMS)))))
        case _:
            events[at : at + 1] = [_spoilt_event(rng, event)]


def _spoilt_event(rng: Random, event: bytes) -> bytes:
    """The event with its JSON changed, in the same frame."""
    data = sse.data_of(event) or event
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):  # it was spoilt before
        return event
    return event.replace(data, text_of(spoilt(rng, value))) if data else event


def test_any_stream_is_read_by_strict_clients_to_one_end(budget: Budget) -> None:
    def one(rng: Random) -> None:
        data, chat = spoilt_stream(rng), rng.choice(CHATS)
        provider, caller = rng.choice(list(OUTBOUND)), rng.choice(list(INBOUND))
        whole = drive(translated(provider, caller, chat), [data])
        pieces = drive(translated(provider, caller, chat), cut(rng, data))
        check(caller, whole)
        heard = check(caller, pieces)
        assert heard.usage is None or min(heard.usage) >= 0
        assert _agree(provider, whole, pieces)
        if whole.outcome == "ok":
            assert _settled(whole) == _settled(pieces)

    budget.hammer(0.25, one)


def _agree(provider: str, whole: Driven, pieces: Driven) -> bool:
    """Ollama's last line counts before its LF came: what follows in it may come too late."""
    is_open = provider.startswith("ollama") and pieces.outcome == "ok"
    return is_open or {whole.outcome, pieces.outcome} in SAME


def _settled(driven: Driven) -> tuple[bytes, Usage | None]:
    """What came of it, without the ids that are made up and blank lines that say nothing."""
    return re.sub(
        rb"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|\n+", b"\n", driven.out
    ), driven.usage


SAME = [{"ok"}, {"cut"}, {"refused"}, {"cut", "refused"}]
"""A whole wrong stream may be refused before anything is said, where pieces of it were said."""


def test_any_stream_of_a_callers_own_wire_passes_or_ends(budget: Budget) -> None:
    def one(rng: Random) -> None:
        data, caller = spoilt_stream(rng), rng.choice(list(INBOUND))
        body = {"model": "m", "stream": True}
        whole = drive(INBOUND[caller].passing(body), [data])
        for cuts in (cut(rng, data), sse.split(data)):
            pieces = drive(INBOUND[caller].passing(body), cuts)
            assert _agree(caller, whole, pieces)
            if whole.outcome == "ok":
                assert _settled(whole) == _settled(pieces)

    budget.hammer(0.08, one)


def test_any_answer_is_one_for_every_caller_or_malformed(budget: Budget) -> None:
    def one(rng: Random) -> None:
        name = rng.choice(list(ANSWERS))
        try:
            value = json.loads(text_of(spoilt(rng, json.loads(ANSWERS[name]))))
        except (ValueError, RecursionError):
            return
        if isinstance(value, dict):
            answered(rng, value)

    budget.hammer(0.06, one)


ANSWERS = {one.name: one.read_bytes() for one in FOLDER.rglob("*.response.json")}


def answered(rng: Random, value: dict[str, Any]) -> None:
    for wire in OUTBOUND.values():
        try:
            completion = wire.completion(value)
        except Malformed:
            continue
        answering = Answering("call-1", "m", 1795300081, rng.choice(CHATS), lambda: 1_000_000)
        for caller in INBOUND.values():
            json.dumps(caller.complete(completion, answering), allow_nan=False).encode()
    for caller in INBOUND.values():
        caller.usage(value)


# --- streams that are right ----------------------------------------------------------------------

WITHOUT_CALLS = {"openai.completions"}
WITHOUT_THOUGHTS = {"openai.completions"}


def test_what_is_said_is_what_is_heard(budget: Budget) -> None:
    def one(rng: Random) -> None:
        provider, caller = rng.choice(list(OUTBOUND)), rng.choice(list(INBOUND))
        said = talk(rng)
        data = spoken(provider, said)
        driven = drive(translated(provider, caller), cut(rng, data))
        assert driven == drive(translated(provider, caller), [data])
        heard = check(caller, driven)
        assert driven.outcome == "ok"
        compare(caller, said, heard)
        assert driven.usage is not None
        assert (driven.usage.input, driven.usage.output) == said.usage

    budget.hammer(0.1, one)


def compare(caller: str, said: Talk, heard: Heard) -> None:
    assert heard.text == said.text
    assert heard.usage == said.usage
    if caller not in WITHOUT_THOUGHTS:
        assert heard.thinking == said.thinking
    if caller not in WITHOUT_CALLS:
        calls = [(name, json.loads(arguments)) for name, arguments in heard.calls.values()]
        assert calls == said.calls
    is_short = heard.finishes[0] in {"length", "max_tokens", "incomplete"}
    assert is_short == (said.finish == "length")


def test_a_cut_stream_never_looks_finished(budget: Budget) -> None:
    def one(rng: Random) -> None:
        provider, caller = rng.choice(list(OUTBOUND)), rng.choice(list(INBOUND))
        said = talk(rng)
        data = spoken(provider, said)
        data = data[: rng.randrange(len(data))]
        driven = drive(translated(provider, caller), cut(rng, data))
        heard = check(caller, driven)
        assert said.text.startswith(heard.text)
        assert said.thinking.startswith(heard.thinking)
        assert driven.outcome != "ok" or heard.text == said.text

    budget.hammer(0.04, one)
