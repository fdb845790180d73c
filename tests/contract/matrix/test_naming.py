"""What the official clients are told of models, and how many tokens a request has."""

from __future__ import annotations

import anthropic
import ollama
import openai
import pytest

from tests.contract.conftest import NAMED
from tests.contract.matrix.conftest import Host

pytestmark = pytest.mark.usefixtures("fakes")

NAMES = [f"named/{model}" for model in NAMED]
ASKED = [{"role": "user", "content": "How many tokens is this?"}]
COUNTED = {"anthropic.messages", "gemini.chat"}
"""Wires whose providers count tokens for nothing."""


def test_the_openai_client_lists_models_and_finds_each(openai_client: openai.OpenAI) -> None:
    assert [model.id for model in openai_client.models.list()] == NAMES
    for name in NAMES:
        found = openai_client.models.retrieve(name)
        assert (found.id, found.object, found.owned_by) == (name, "model", "named")
    with pytest.raises(openai.NotFoundError) as refusal:
        openai_client.models.retrieve("named/three")
    assert refusal.value.code == "model_not_found"


def test_the_anthropic_client_lists_models_and_finds_each(
    anthropic_client: anthropic.Anthropic,
) -> None:
    assert [model.id for model in anthropic_client.models.list()] == NAMES
    for name in NAMES:
        found = anthropic_client.models.retrieve(name)
        assert (found.id, found.type) == (name, "model")
    with pytest.raises(anthropic.NotFoundError):
        anthropic_client.models.retrieve("named/three")


def test_the_ollama_client_lists_models_and_shows_each(ollama_client: ollama.Client) -> None:
    assert [model.model for model in ollama_client.list().models] == NAMES
    for name in NAMES:
        shown = ollama_client.show(name)
        assert shown.capabilities
        assert "completion" in shown.capabilities
    with pytest.raises(ollama.ResponseError) as refusal:
        ollama_client.show("named/three")
    assert refusal.value.status_code == 404


def test_the_anthropic_client_counts_tokens(
    anthropic_client: anthropic.Anthropic, host: Host
) -> None:
    """Where the provider counts none, the number is a guess, and said to be one."""
    host.fake.answer("", prompt=41)
    counting = anthropic_client.messages.with_raw_response
    reply = counting.count_tokens(model=host.model, messages=ASKED)
    counted = reply.parse().input_tokens
    if host.wire in COUNTED:
        assert (counted, reply.headers.get("x-aiconnect-estimated")) == (41, None)
        return
    assert host.fake.requests == []
    assert reply.headers["x-aiconnect-estimated"] == "true"
    assert 1 <= counted <= 100
