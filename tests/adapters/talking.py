"""Holds an adapter's end of a conversation: replies from a table instead of a wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from aiconnect.adapters import ADAPTERS
from aiconnect.adapters.base import Adapter, Conversation
from aiconnect.adapters.types import Target
from aiconnect.errors import ProviderError
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from aiconnect.wire.types import HttpCall, Reply
from tests.fakes.samples import sample

MOST_CALLS = 1000
Answerer = Callable[[HttpCall], Reply]


def target(slug: str, url: str = "http://h:1", key: str | None = None) -> Target:
    return Target("one", PROVIDERS[slug], url, Secret(key) if key else None)


def own(slug: str, url: str = "", key: str | None = "k", **more: Any) -> Target:
    """A target at the address of the row itself, as connections to the cloud are."""
    row = PROVIDERS[slug]
    return replace(target(slug, url or row.base_url, key), **more)


def adapter(slug: str) -> Adapter:
    return ADAPTERS[PROVIDERS[slug].dialect]


def reply(body: object = b"", status: int = 200, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"content-type": "application/json"} | names, raw)


def sampled(name: str, status: int = 200, **headers: str) -> Reply:
    return reply(sample(name).encode(), status, **headers)


def table(replies: Mapping[str, Reply]) -> Answerer:
    """Answers by `METHOD /path`; 404 to everything else."""

    def answer(call: HttpCall) -> Reply:
        path = urlsplit(call.url).path
        return replies.get(f"{call.method} {path}") or reply({"detail": "Not Found"}, 404)

    return answer


def hold(talk: Conversation[Any], answer: Answerer) -> tuple[Any, list[HttpCall]]:
    """Carry a conversation to its end; gives what it found and the calls it made."""
    calls: list[HttpCall] = []
    try:
        call = next(talk)
        while len(calls) < MOST_CALLS:
            calls.append(call)
            try:
                given = answer(call)
            except ProviderError as error:
                call = talk.throw(error)
            else:
                call = talk.send(given)
    except StopIteration as end:
        return end.value, calls
    raise AssertionError("The conversation has no end.")


def attempt(
    talk: Conversation[Any], answer: Answerer
) -> tuple[Any, list[HttpCall]] | ProviderError:
    """The same, with a finding as a value."""
    try:
        return hold(talk, answer)
    except ProviderError as error:
        return error
