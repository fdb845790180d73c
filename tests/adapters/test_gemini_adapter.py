"""Where Gemini's adapter asks, and with which key."""

from __future__ import annotations

import json

import pytest

from aiconnect.adapters.chat import Chat, Message, Text
from aiconnect.adapters.types import ModelCard
from aiconnect.secret import Secret
from tests.adapters.talking import adapter, own

GEMINI = adapter("gemini")
BASE = "https://generativelanguage.googleapis.com/v1beta/models"


@pytest.mark.parametrize(
    ("wire", "is_stream", "url"),
    [
        ("gemini.chat", False, f"{BASE}/gemini-3.8-flash:generateContent"),
        ("gemini.chat", True, f"{BASE}/gemini-3.8-flash:streamGenerateContent?alt=sse"),
        ("gemini.embeddings", False, f"{BASE}/gemini-3.8-flash:batchEmbedContents"),
        ("gemini.count_tokens", True, f"{BASE}/gemini-3.8-flash:countTokens"),
    ],
)
def test_each_wire_has_its_address_below_the_model(wire: str, is_stream: bool, url: str):
    for model in ("gemini-3.8-flash", "models/gemini-3.8-flash"):
        call = GEMINI.endpoint(own("gemini"), wire, model, is_stream=is_stream)
        assert call is not None
        assert (call.method, call.url) == ("POST", url)
        assert {name: key.reveal() for name, key in call.secrets.items()} == {"x-goog-api-key": "k"}


@pytest.mark.parametrize("wire", ["openai.chat", "openai.embeddings", "openai.responses", ""])
def test_no_other_wire_is_spoken(wire: str):
    assert GEMINI.endpoint(own("gemini"), wire, "m") is None


@pytest.mark.parametrize(
    ("model", "written"),
    [("../x?key=1#", "..%2Fx%3Fkey%3D1%23"), ("a b", "a%20b"), ("é", "%C3%A9"), ("\ud800", "%3F")],
)
def test_an_id_stays_one_part_of_the_path(model: str, written: str):
    call = GEMINI.endpoint(own("gemini"), "gemini.chat", model)
    assert call is not None
    assert call.url == f"{BASE}/{written}:generateContent"


def test_its_openai_path_leads_to_the_same_place():
    at = own("gemini", "https://proxy.example/v1beta/openai/")
    call = GEMINI.endpoint(at, "gemini.chat", "m")
    assert call is not None
    assert call.url == "https://proxy.example/v1beta/models/m:generateContent"


def test_the_smallest_chat_is_one_word_in_and_one_token_out():
    call = GEMINI.one_token(own("gemini"), "models/m")
    assert call.url == f"{BASE}/m:generateContent"
    assert json.loads(call.body or b"") == {
        "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
        "generationConfig": {"maxOutputTokens": 1},
    }


def test_a_chat_is_asked_for_in_its_own_words():
    chat = Chat("m", (Message("user", (Text("Hi"),)),), is_stream=True)
    at = own("gemini", headers={"X-Team": Secret("blue"), "X-GOOG-API-KEY": Secret("other")})
    call = GEMINI.ask(at, chat, ModelCard("m"))
    assert call.url == f"{BASE}/m:streamGenerateContent?alt=sse"
    assert call.headers["Content-Type"] == "application/json"
    assert {name: key.reveal() for name, key in call.secrets.items()} == {
        "X-Team": "blue",
        "x-goog-api-key": "k",
    }
    assert (GEMINI.chat_wire, GEMINI.embed_wire) == ("gemini.chat", "gemini.embeddings")
    assert GEMINI.outbound.name == "gemini.chat"
