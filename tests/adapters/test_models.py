"""Model lists into cards: each dialect's own, and every shape that imitators send."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aiconnect.adapters import ADAPTERS
from aiconnect.adapters.types import ModelCard
from aiconnect.errors import ProviderError
from tests.adapters.talking import attempt, hold, reply, sampled, table, target


def listed(slug: str, replies: dict, url: str = "http://h:1") -> dict[str, ModelCard]:
    adapter = ADAPTERS[target(slug).provider.dialect]
    cards, _ = hold(adapter.models(target(slug, url)), table(replies))
    return {card.id: card for card in cards}


def compatible(name: str) -> dict[str, ModelCard]:
    return listed("compatible", {"GET /v1/models": sampled(name)})


def test_openai_lists_ids_and_their_types_follow_from_them():
    cards = compatible("openai/models.json")
    assert {card.id: card.type for card in cards.values()} == {
        "gpt-6-sol": "chat",
        "gpt-5.4-nano-2026-03-17": "chat",
        "text-embedding-3-small": "embedding",
    }


def test_ollama_says_all_in_its_tags():
    replies = {
        "GET /api/tags": sampled("ollama/tags.json"),
        "GET /api/ps": sampled("ollama/ps.json"),
    }
    cards = listed("ollama", replies)
    assert cards["qwen3:8b"] == ModelCard(
        id="qwen3:8b", context=40960, family="qwen3", parameters="8.2B", quantization="Q4_K_M",
        size=5225388164, loaded=True, capabilities=("reasoning", "tools"),
    )  # fmt: skip
    assert cards["nomic-embed-text:latest"].type == "embedding"
    assert cards["nomic-embed-text:latest"].loaded is False


def old_tags() -> object:
    return {"models": [{"name": "qwen3:8b", "size": 5, "details": {"family": "qwen3"}}]}


def test_an_older_ollama_is_asked_for_each_model():
    replies = {
        "GET /api/tags": reply(old_tags()),
        "POST /api/show": sampled("ollama/show.response.json"),
    }
    card = listed("ollama", replies)["qwen3:8b"]
    assert card == ModelCard(
        id="qwen3:8b", context=40960, family="qwen3", parameters="8.2B", quantization="Q4_K_M",
        size=5, capabilities=("reasoning", "tools"),
    )  # fmt: skip


@pytest.mark.parametrize("shown", [reply({"error": "gone"}, 404), reply(b"<html>", 200)])
def test_a_model_that_is_not_shown_keeps_what_is_known(shown):
    replies = {"GET /api/tags": reply(old_tags()), "POST /api/show": shown}
    assert listed("ollama", replies)["qwen3:8b"] == ModelCard("qwen3:8b", family="qwen3", size=5)


def test_calls_that_fail_on_the_way_lose_no_model():
    def answer(call):
        if call.url.endswith("/api/tags"):
            return reply(old_tags())
        raise ProviderError("silent")

    cards, _ = hold(ADAPTERS["ollama"].models(target("ollama")), answer)
    assert [card.id for card in cards] == ["qwen3:8b"]


def test_lmstudio_tells_what_is_loaded():
    cards = listed("lmstudio", {"GET /api/v1/models": sampled("lmstudio/api.v1.models.json")})
    assert cards["google/gemma-4-26b-a4b"] == ModelCard(
        id="google/gemma-4-26b-a4b", name="Gemma 4 26B A4B", context=4096, family="gemma4",
        parameters="26B-A4B", quantization="Q4_K_M", size=17990911801, loaded=True,
        capabilities=("reasoning", "tools", "vision"),
    )  # fmt: skip
    assert cards["ibm/granite-4-micro"].loaded is False
    assert cards["ibm/granite-4-micro"].context == 131072
    assert cards["text-embedding-nomic-embed-text-v1.5"].type == "embedding"


def test_an_older_lmstudio_has_an_older_list():
    unexpected = reply({"error": "Unexpected endpoint or method. (GET /api/v1/models)"})
    replies = {
        "GET /api/v1/models": unexpected,
        "GET /api/v0/models": sampled("lmstudio/api.v0.models.json"),
    }
    cards = listed("lmstudio", replies)
    assert cards["openai/gpt-oss-20b"] == ModelCard(
        id="openai/gpt-oss-20b", context=8192, family="gpt-oss", quantization="MXFP4", loaded=True,
        capabilities=("tools",),
    )  # fmt: skip
    assert cards["qwen2-vl-7b-instruct"].capabilities == ("vision",)


def test_the_oldest_lmstudio_has_openais_list():
    unexpected = reply({"error": "Unexpected endpoint or method."})
    replies = {
        "GET /api/v1/models": unexpected,
        "GET /api/v0/models": unexpected,
        "GET /v1/models": sampled("lmstudio/v1.models.json"),
    }
    assert set(listed("lmstudio", replies)) == {
        "openai/gpt-oss-20b", "text-embedding-nomic-embed-text-v1.5",
    }  # fmt: skip


def test_llamacpp_tells_the_context_that_it_really_has():
    replies = {
        "GET /v1/models": sampled("llamacpp/models.json"),
        "GET /props": sampled("llamacpp/props.json"),
    }
    card = listed("llamacpp", replies)["qwen3-8b-q4_k_m.gguf"]
    assert card == ModelCard(
        id="qwen3-8b-q4_k_m.gguf", context=8192, parameters="8.2B", quantization="Q4_K_M",
        size=5022138368, loaded=True,
    )  # fmt: skip


def test_llamacpp_without_props_tells_what_the_model_was_made_for():
    card = listed("llamacpp", {"GET /v1/models": sampled("llamacpp/models.json")})
    assert card["qwen3-8b-q4_k_m.gguf"].context == 40960


def test_a_model_named_by_its_file_is_shown_by_the_files_name():
    entry = {"id": "/models/deep/gemma-Q8_0.gguf", "meta": {"n_params": 268098176}}
    card = listed("llamacpp", {"GET /v1/models": reply({"data": [entry]})})[entry["id"]]
    assert (card.name, card.quantization, card.parameters) == ("gemma-Q8_0.gguf", "Q8_0", "268M")


def test_llamacpp_as_a_router_lists_what_is_loaded():
    cards = listed("llamacpp", {"GET /v1/models": sampled("llamacpp/router.models.json")})
    assert {card.id: card.loaded for card in cards.values()} == {
        "ggml-org/gemma-3-4b-it-GGUF:Q4_K_M": True,
        "unsloth/Qwen3-8B-GGUF:Q4_K_M": False,
        "broken-model": False,
    }
    assert cards["ggml-org/gemma-3-4b-it-GGUF:Q4_K_M"].capabilities == ("vision",)


def test_vllm_tells_the_context():
    assert compatible("vllm/models.json")["Qwen/Qwen3-8B"].context == 40960


def test_together_sends_a_bare_array():
    cards = compatible("others/together.models.json")
    assert cards["openai/gpt-oss-120b"] == ModelCard(
        "openai/gpt-oss-120b", "OpenAI GPT-OSS 120B", context=131072
    )
    assert cards["intfloat/multilingual-e5-large-instruct"].type == "embedding"


def test_mistral_tells_capabilities():
    card = compatible("others/mistral.models.json")["mistral-large-latest"]
    assert (card.name, card.context, card.type) == ("mistral-large-2512", 262144, "chat")
    assert card.capabilities == ("tools", "vision")


def test_hugging_face_tells_them_by_provider():
    card = compatible("others/huggingface.models.json")["openai/gpt-oss-120b"]
    assert (card.context, card.capabilities) == (131072, ("tools",))


@pytest.mark.parametrize(
    "body",
    [{"data": []}, {"models": []}, [], {"object": "list", "data": None}, {"object": "list"},
     {"data": [None, 3, "x", {}, {"id": 5}, {"id": ""}, {"id": "a\nb"}, {"id": "x" * 301}]}],
)  # fmt: skip
def test_a_list_without_models_is_empty(body):
    assert listed("compatible", {"GET /v1/models": reply(body)}) == {}


def test_a_model_listed_twice_is_one_model():
    body = {"data": [{"id": "a", "context_length": 1}, {"id": "a", "context_length": 2}]}
    assert listed("compatible", {"GET /v1/models": reply(body)})["a"].context == 1


TYPES = {
    "text-embedding-3-large": "embedding", "BAAI/bge-m3": "embedding", "nomic-embed": "embedding",
    "gpt-image-2": "image", "dall-e-3": "image", "black-forest/flux.1": "image",
    "whisper-1": "audio", "tts-1-hd": "audio", "gpt-4o-mini-tts": "audio", "gpt-realtime": "audio",
    "gpt-4o-transcribe": "audio", "gpt-audio": "audio", "omni-moderation-latest": "other",
    "sora-2": "other", "davinci-002": "other", "bge-reranker-v2": "embedding",
    "jina-rerank": "rerank", "gpt-6-sol": "chat", "o3": "chat", "chatgpt-4o-latest": "chat",
    "ft:gpt-4o:acme::x": "chat", "llama-3-attsome": "chat",
}  # fmt: skip


@pytest.mark.parametrize(("found", "type_"), TYPES.items())
def test_an_id_tells_the_type(found, type_):
    assert listed("compatible", {"GET /v1/models": reply([{"id": found}])})[found].type == type_


@pytest.mark.parametrize(
    ("entry", "type_"),
    [({"architecture": {"output_modalities": ["image"]}}, "image"),
     ({"architecture": {"output_modalities": ["decisions"]}}, "other"),
     ({"architecture": {"output_modalities": ["text", "image"]}}, "chat"),
     ({"type": "rerank"}, "rerank"), ({"type": "unheard-of"}, "chat")],
)  # fmt: skip
def test_an_entry_tells_the_type_better_than_its_id(entry, type_):
    listing = reply([{"id": "m"} | entry])
    assert listed("compatible", {"GET /v1/models": listing})["m"].type == type_


def failing(first: str):
    """Answers one path and lets every other call fail on the way."""

    def answer(call):
        if call.url.endswith(first):
            return sampled("llamacpp/models.json")
        raise ProviderError("reset")

    return answer


def test_llamacpp_whose_props_cannot_be_had_is_listed_all_the_same():
    cards, calls = hold(ADAPTERS["llamacpp"].models(target("llamacpp")), failing("/v1/models"))
    assert [card.context for card in cards] == [40960]
    assert len(calls) == 2


def test_a_search_for_the_right_path_goes_on_after_a_call_that_fails():
    def answer(call):
        if call.url.startswith("http://h:1/somewhere"):
            return reply({"detail": "Not Found"}, 404)
        if call.url == "http://h:1/api/v1/models":
            return sampled("vllm/models.json")
        raise ProviderError("reset")

    talk = ADAPTERS["openai"].kind(target("compatible", "http://h:1/somewhere"))
    found = attempt(talk, answer)
    assert isinstance(found, ProviderError)
    assert found.finding.facts["try"] == "http://h:1/api/v1"


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_lmstudio_that_refuses_is_not_asked_in_older_ways(status):
    found = attempt(
        ADAPTERS["lmstudio"].models(target("lmstudio")),
        lambda _call: reply({"error": "no"}, status),
    )
    assert isinstance(found, ProviderError)
    assert found.status == status


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_entries_of_lmstudio_without_a_name_are_passed_over(version):
    unexpected = reply({"error": "Unexpected endpoint or method."})
    body = {"models": [{"key": 3}]} if version == "v1" else {"data": [{"id": 3, "state": "loaded"}]}
    replies = {"GET /api/v1/models": unexpected} | {f"GET /api/{version}/models": reply(body)}
    assert listed("lmstudio", replies) == {}


def test_entries_of_ollama_without_a_name_are_passed_over():
    assert listed("ollama", {"GET /api/tags": reply({"models": [{"size": 3}]})}) == {}


URLS = [
    ("openai", "https://api.openai.com/v1", "https://api.openai.com/v1"),
    ("compatible", "http://h:8000", "http://h:8000/v1"),
    ("compatible", "http://h:8000/", "http://h:8000/v1"),
    ("compatible", "http://h:8000/v1/", "http://h:8000/v1"),
    ("compatible", "https://h/openai/v1", "https://h/openai/v1"),
    ("ollama", "http://h:11434", "http://h:11434/v1"),
    ("ollama", "http://h:11434/v1", "http://h:11434/v1"),
    ("ollama", "http://h:11434/api/", "http://h:11434/v1"),
    ("ollama", "https://h/under/v1", "https://h/under/v1"),
    ("lmstudio", "http://h:1234/api/v1", "http://h:1234/v1"),
    ("lmstudio", "http://h:1234/api/v0", "http://h:1234/v1"),
    ("lmstudio", "http://h:1234/v1", "http://h:1234/v1"),
    ("llamacpp", "http://h:8080", "http://h:8080/v1"),
    ("llamacpp", "http://h:8080/v1", "http://h:8080/v1"),
    ("llamacpp", "http://h:8080/prefix", "http://h:8080/prefix/v1"),
]


@pytest.mark.parametrize(("slug", "typed", "base"), URLS)
def test_chats_go_to_one_place_however_the_address_was_typed(slug, typed, base):
    one = target(slug, typed, "k")
    adapter = ADAPTERS[one.provider.dialect]
    call = adapter.chat_call(one, b"{}")
    assert (call.method, call.url) == ("POST", base + "/chat/completions")
    assert adapter.chat_url(one) == call.url
    assert call.secrets["Authorization"].reveal() == "Bearer k"
    assert "Bearer k" not in repr(call)
    assert adapter.chat_call(replace(one, secret=None)).secrets == {}
