"""Embeddings by the official clients, from each wire that has them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import ollama
import openai
import pytest

from tests.contract.matrix.conftest import Host

TEXTS = ["one", "two and three"]


def test_the_openai_client_gets_a_vector_for_each_text(
    openai_client: openai.OpenAI, host: Host
) -> None:
    """It asks for base64, and gives numbers."""
    if not host.embeds:
        with pytest.raises(openai.BadRequestError) as refusal:
            openai_client.embeddings.create(model=host.model, input=TEXTS)
        assert refusal.value.code == "cannot_carry"
        return
    answer = openai_client.embeddings.create(model=host.model, input=TEXTS, dimensions=4)
    assert [one.index for one in answer.data] == [0, 1]
    assert [len(one.embedding) for one in answer.data] == [4, 4]
    _are_vectors([one.embedding for one in answer.data])


def test_the_ollama_client_gets_a_vector_for_each_text(
    ollama_client: ollama.Client, host: Host
) -> None:
    if not host.embeds:
        with pytest.raises(ollama.ResponseError) as refusal:
            ollama_client.embed(model=host.model, input=TEXTS)
        assert refusal.value.status_code == 400
        return
    answer = ollama_client.embed(model=host.model, input=TEXTS)
    assert len(answer.embeddings) == len(TEXTS)
    _are_vectors(answer.embeddings)


def _are_vectors(found: Sequence[Sequence[float]]) -> None:
    assert all(math.isfinite(number) for vector in found for number in vector)
    assert all(any(vector) for vector in found)
