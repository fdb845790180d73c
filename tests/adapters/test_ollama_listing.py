"""Where Ollama's wires are asked for, and what programs that speak Ollama see of models here."""

from __future__ import annotations

from datetime import datetime

import pytest

from aiconnect.adapters.dialects.ollama import VERSION, Listed, show, tags, version
from aiconnect.adapters.types import ModelCard
from tests.adapters.talking import adapter, own, target
from tests.fakes.samples import sample_json

CARD = ModelCard(
    "qwen3:8b", context=40960, family="qwen3", parameters="8.2B", quantization="Q4_K_M",
    size=5225388164, capabilities=("tools", "reasoning"),
)  # fmt: skip
QWEN = Listed("ollama/qwen3:8b", 1_795_300_081, CARD)
BARE = Listed("openai/gpt-5-mini", 1_795_300_090, ModelCard("gpt-5-mini"))

LOCAL = {
    "ollama.chat": "http://h:1/api/chat",
    "ollama.generate": "http://h:1/api/generate",
    "ollama.embed": "http://h:1/api/embed",
    "openai.chat": "http://h:1/v1/chat/completions",
    "openai.completions": "http://h:1/v1/completions",
    "openai.embeddings": "http://h:1/v1/embeddings",
}


@pytest.mark.parametrize("wire", list(LOCAL))
@pytest.mark.parametrize("base", ["http://h:1", "http://h:1/", "http://h:1/v1", "http://h:1/api"])
def test_each_wire_has_its_address_however_the_base_was_written(wire: str, base: str) -> None:
    call = adapter("ollama").endpoint(target("ollama", base), wire, "qwen3:8b", is_stream=True)
    assert call is not None
    assert (call.method, call.url, call.body) == ("POST", LOCAL[wire], None)


@pytest.mark.parametrize(
    "wire", ["openai.responses", "openai.images.generations", "anthropic.messages", "gemini.chat"]
)
def test_what_ollama_does_not_speak_has_none(wire: str) -> None:
    assert adapter("ollama").endpoint(target("ollama"), wire) is None


def test_the_cloud_is_asked_with_its_key() -> None:
    call = adapter("ollama-cloud").endpoint(own("ollama-cloud", key="k"), "ollama.chat")
    assert call is not None
    assert call.url == "https://ollama.com/api/chat"
    assert call.secrets["Authorization"].reveal() == "Bearer k"


def test_chats_and_embeddings_are_translated_to_its_own_wires() -> None:
    found = adapter("ollama")
    assert (found.chat_wire, found.embed_wire) == ("ollama.chat", "ollama.embed")
    for wire in (found.chat_wire, found.embed_wire):
        assert found.endpoint(target("ollama"), wire) is not None


def test_the_list_is_newest_first_with_the_fields_of_a_published_one() -> None:
    first, second = tags([QWEN, BARE])["models"]
    published = sample_json("ollama/tags.json")["models"][0]
    assert set(first) == set(published)
    assert set(published["details"]) - {"embedding_length"} == set(second["details"])
    assert (first["name"], second["model"]) == ("openai/gpt-5-mini", "ollama/qwen3:8b")
    assert second["capabilities"] == ["completion", "tools", "thinking"]
    assert (second["size"], first["size"]) == (5225388164, 0)
    assert len({first["digest"], second["digest"]}) == 2
    assert datetime.fromisoformat(first["modified_at"]).timestamp() == BARE.made
    assert tags([QWEN]) == tags([QWEN])


def test_what_is_shown_of_a_model_has_the_fields_of_a_published_answer() -> None:
    shown, published = show(QWEN), sample_json("ollama/show.response.json")
    assert set(shown) <= set(published)
    assert {name: shown["details"][name] for name in ("family", "parameter_size")} == {
        "family": "qwen3", "parameter_size": "8.2B",
    }  # fmt: skip
    assert shown["model_info"] == {
        "general.architecture": "qwen3", "qwen3.context_length": 40960,
    }  # fmt: skip
    assert shown["capabilities"] == published["capabilities"]


def test_a_model_of_which_little_is_known_is_shown_all_the_same() -> None:
    assert show(BARE)["model_info"] == {"general.architecture": "unknown"}
    assert show(BARE)["capabilities"] == ["completion"]
    assert show(Listed("e", 0, ModelCard("e", type="embedding")))["capabilities"] == ["embedding"]
    assert show(Listed("r", 0, ModelCard("r", type="rerank")))["capabilities"] == []
    assert tags([Listed("\ud800", 0, ModelCard("x"))])["models"][0]["digest"]


def test_the_version_is_one_that_programs_can_compare() -> None:
    assert version() == {"version": VERSION}
    assert tuple(map(int, VERSION.split("."))) >= (0, 6, 4)
