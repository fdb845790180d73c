"""How Anthropic is called: its own paths, key and version."""

from __future__ import annotations

import json

import pytest

from aiconnect.adapters.chat import Chat, Message, Text, Tool, ToolChoice
from aiconnect.adapters.types import ModelCard
from aiconnect.errors import CannotCarry
from aiconnect.secret import Secret
from tests.adapters.talking import adapter, own

OURS = adapter("anthropic")
HI = Message("user", (Text("Hi"),))


@pytest.mark.parametrize("base", ["", "https://api.anthropic.com", "https://api.anthropic.com/v1/"])
@pytest.mark.parametrize(
    ("wire", "path"),
    [("anthropic.messages", "/messages"), ("anthropic.count_tokens", "/messages/count_tokens")],
)
def test_its_own_wires_are_spoken(base: str, wire: str, path: str):
    call = OURS.endpoint(own("anthropic", base), wire, "m")
    assert call is not None
    assert (call.method, call.url) == ("POST", f"https://api.anthropic.com/v1{path}")
    assert call.headers["anthropic-version"] == "2023-06-01"
    assert {name: secret.reveal() for name, secret in call.secrets.items()} == {"x-api-key": "k"}


@pytest.mark.parametrize(
    "wire", ["openai.chat", "openai.embeddings", "openai.responses", "ollama.chat"]
)
def test_no_others_are(wire: str):
    assert OURS.endpoint(own("anthropic"), wire) is None


def test_the_smallest_chat_is_one_word_in_and_one_token_out():
    at = own("anthropic", headers={"X-Team": Secret("blue")})
    call = OURS.one_token(at, "claude-opus-5-5")
    assert call.url == OURS.chat_url(at) == OURS.chat_call(at).url
    assert call.headers == OURS.chat_call(at).headers
    assert call.secrets["X-Team"].reveal() == "blue"
    assert json.loads(call.body or b"") == {
        "model": "claude-opus-5-5",
        "max_tokens": 1,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
    }


def test_a_chat_is_asked_in_its_words():
    chat = Chat("", (HI,), limit=9, is_stream=True)
    call = OURS.ask(own("anthropic"), chat, ModelCard("claude-x"))
    assert json.loads(call.body or b"")["stream"] is True
    forced = Chat("", (HI,), tools=(Tool("t"),), tool_choice=ToolChoice("any"))
    with pytest.raises(CannotCarry):
        OURS.ask(own("anthropic"), forced, ModelCard("claude-opus-5-5"))


def test_it_has_no_embeddings():
    assert (OURS.chat_wire, OURS.embed_wire) == ("anthropic.messages", "")
