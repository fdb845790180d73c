"""Asking a provider on the wire that chats are translated to, whichever it is."""

from __future__ import annotations

import json

import pytest

from aiconnect.adapters.chat import Chat, Message, Text
from aiconnect.adapters.types import ModelCard
from aiconnect.providers import PROVIDERS
from tests.adapters.talking import adapter, own

HELLO = Chat("", (Message("user", (Text("Hello"),)),), limit=9)


@pytest.mark.parametrize("slug", PROVIDERS)
def test_every_provider_is_asked_in_words_of_its_own(slug):
    ours, at = adapter(slug), own(slug, PROVIDERS[slug].base_url or "https://h/v1")
    assert ours.outbound.name == ours.chat_wire
    call, wire = ours.ask(at, HELLO, ModelCard("m")), ours.endpoint(at, ours.chat_wire, "m")
    assert wire is not None
    assert (call.method, call.url, call.secrets) == ("POST", wire.url, wire.secrets)
    assert call.headers == {**wire.headers, "Content-Type": "application/json"}
    assert "Hello" in json.dumps(json.loads(call.body or b""))
