"""What the lists of cloud providers say about each model."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aiconnect.adapters.types import ModelCard
from aiconnect.errors import ProviderError
from tests.adapters.talking import adapter, attempt, hold, own, reply, sampled, table


def listed(slug: str, replies: dict) -> dict[str, ModelCard]:
    cards, _ = hold(adapter(slug).models(own(slug)), table(replies))
    return {card.id: card for card in cards}


def one(slug: str, entry: dict, path: str = "GET /v1/models") -> ModelCard:
    (card,) = listed(slug, {path: reply({"data": [entry]})}).values()
    return card


def types(cards: dict[str, ModelCard]) -> dict[str, str]:
    return {card.id: card.type for card in cards.values()}


def test_openai_announces_when_a_model_ends():
    cards = listed("openai", {"GET /v1/models": sampled("openai/models.json")})
    assert cards["gpt-6-sol"] == ModelCard("gpt-6-sol", capabilities=("reasoning",))
    assert cards["gpt-5.4-nano-2026-03-17"].retires_at == datetime(2027, 4, 1, tzinfo=UTC)
    assert cards["text-embedding-3-small"].capabilities == ()


@pytest.mark.parametrize(
    ("found", "able"),
    [("o3", ("reasoning",)), ("o4-mini", ("reasoning",)), ("gpt-5.5", ("reasoning",)),
     ("gpt-5-chat-latest", ()), ("gpt-4o", ()), ("gpt-4.1-nano", ()), ("chatgpt-4o-latest", ())],
)  # fmt: skip
def test_openais_ids_tell_what_reasons(found, able):
    assert one("openai", {"id": found}).capabilities == able


@pytest.mark.parametrize("found", ["o3-pro", "gpt-5.5-codex", "o4-mini-deep-research",
                                   "computer-use-preview", "gpt-5-codex-mini"])  # fmt: skip
def test_what_answers_at_responses_alone_is_no_chat_model(found):
    assert one("openai", {"id": found}).type == "other"


def anthropics() -> dict[str, ModelCard]:
    page = sampled("anthropic/models.json")
    return listed("anthropic", {"GET /v1/models": page})


def test_anthropic_says_what_its_models_can():
    assert anthropics()["claude-opus-5-5"] == ModelCard(
        id="claude-opus-5-5", name="Claude Opus 5.5", context=1000000, output_limit=128000,
        capabilities=("reasoning", "tools", "vision"),
    )  # fmt: skip


def test_anthropic_announces_when_a_model_retires():
    retires = anthropics()["claude-sonnet-4-5-20250929"].retires_at
    assert retires == datetime(2026, 11, 30, tzinfo=UTC)
    assert anthropics()["claude-haiku-4-5-20251001"].retires_at is None


def test_an_older_list_of_anthropic_says_less():
    card = one("anthropic", {"type": "model", "id": "claude-x", "display_name": "X"})
    assert card == ModelCard("claude-x", "X", capabilities=("tools",))


def gemini(**entry) -> ModelCard:
    answer = reply({"models": [{"name": "models/m"} | entry]})
    (card,) = listed("gemini", {"GET /v1beta/models": answer}).values()
    return card


def test_gemini_tells_limits_and_kinds():
    cards = listed("gemini", {"GET /v1beta/models": sampled("gemini/models.json")})
    assert cards["gemini-3.8-flash"] == ModelCard(
        id="gemini-3.8-flash", name="Gemini 3.8 Flash", context=1048576, output_limit=65536,
        capabilities=("reasoning", "tools", "vision"),
    )  # fmt: skip
    assert cards["gemini-embedding-001"] == ModelCard(
        "gemini-embedding-001", "Gemini Embedding 001", "embedding", context=2048
    )
    assert cards["gemini-3.1-flash-image"].type == "image"


@pytest.mark.parametrize(
    ("found", "methods", "kind"),
    [("imagen-4", ["predict"], "image"), ("veo-3", ["predictLongRunning"], "other"),
     ("gemini-2.5-flash-tts", ["generateContent"], "audio"),
     ("gemini-live", ["bidiGenerateContent"], "audio"),
     ("gemini-2.5-flash-native-audio", ["generateContent"], "audio"),
     ("gemini-robotics-er", ["generateContent"], "other"),
     ("gemma-4-27b", ["generateContent"], "chat"), ("aqa", ["generateAnswer"], "other"),
     ("gemini-embedding-2", [], "embedding"), ("gemini-9", [], "chat")],
)  # fmt: skip
def test_geminis_ids_and_methods_tell_the_kind(found, methods, kind):
    card = gemini(name=f"models/{found}", supportedGenerationMethods=methods)
    assert (card.id, card.type) == (found, kind)


def test_an_open_model_of_google_is_not_said_to_see_or_call():
    assert gemini(name="models/gemma-4-27b").capabilities == ()


def test_groq_tells_limits_and_its_ids_the_rest():
    cards = listed("groq", {"GET /openai/v1/models": sampled("groq/models.json")})
    assert cards["openai/gpt-oss-120b"] == ModelCard(
        "openai/gpt-oss-120b", context=131072, output_limit=65536, capabilities=("reasoning",)
    )
    assert cards["qwen/qwen3.8-27b"].capabilities == ("reasoning",)
    assert cards["whisper-large-v3-turbo"].type == "audio"


def test_what_groq_has_switched_off_is_not_listed():
    body = {"data": [{"id": "old", "active": False}, {"id": "new", "active": True}, {"id": "x"}]}
    assert set(listed("groq", {"GET /openai/v1/models": reply(body)})) == {"new", "x"}


@pytest.mark.parametrize(
    ("found", "kind"),
    [("canopylabs/orpheus-v1-english", "audio"), ("playai-tts", "audio"),
     ("meta-llama/llama-guard-4-12b", "other"), ("openai/gpt-oss-safeguard-20b", "other"),
     ("groq/compound-mini", "chat"), ("nomic-embed-text-v1_5", "embedding")],
)  # fmt: skip
def test_groqs_ids_tell_the_kind(found, kind):
    assert one("groq", {"id": found}, "GET /openai/v1/models").type == kind


def test_xai_tells_more_in_its_second_list():
    cards = listed("xai", {
        "GET /v1/models": sampled("xai/models.json"),
        "GET /v1/language-models": sampled("xai/language-models.json"),
    })  # fmt: skip
    assert cards["grok-4.7"].capabilities == ("reasoning", "tools", "vision")
    assert cards["grok-4.20-0309-non-reasoning"].capabilities == ("tools", "vision")
    assert cards["grok-imagine-image-2.0"].type == "image"


@pytest.mark.parametrize("second", [reply({"error": "no"}, 403), reply(b"<html>"), reply([])])
def test_without_its_second_list_xai_is_listed_all_the_same(second):
    cards = listed(
        "xai",
        {"GET /v1/models": sampled("xai/models.json"), "GET /v1/language-models": second},
    )
    assert cards["grok-4.7"].capabilities == ("reasoning",)


def test_a_second_list_that_cannot_be_reached_loses_no_model():
    def answer(call):
        if call.url.endswith("/models") and "language" not in call.url:
            return sampled("xai/models.json")
        raise ProviderError("reset")

    cards, _ = hold(adapter("xai").models(own("xai")), answer)
    assert len(cards) == 3


@pytest.mark.parametrize(
    ("found", "kind"),
    [("grok-imagine-video", "other"), ("grok-voice-2", "audio"), ("grok-4-multi-agent", "other")],
)
def test_xais_ids_tell_the_kind(found, kind):
    assert one("xai", {"id": found}).type == kind


def test_openrouter_tells_all_there_is_to_say():
    path = "GET /api/v1/models/user"
    cards = listed("openrouter", {path: sampled("openrouter/models.json")})
    assert cards["anthropic/claude-opus-5.5"] == ModelCard(
        id="anthropic/claude-opus-5.5", name="Anthropic: Claude Opus 5.5", context=1000000,
        output_limit=128000, capabilities=("reasoning", "tools", "vision"), moderated=True,
        price={
            "input": 4 * 10**9, "output": 20 * 10**9, "cache_read": 2 * 10**8,
            "cache_write": 5 * 10**9, "cache_write_1h": 8 * 10**9, "searches": 10**13,
        },
    )  # fmt: skip
    assert cards["google/gemini-3.1-pro-preview"].capabilities == (
        "audio", "reasoning", "tools", "vision",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outputs", "kind"),
    [(["embeddings"], "embedding"), (["image"], "image"), (["image", "text"], "chat"),
     (["speech"], "audio"), (["transcription"], "audio"), (["rerank"], "rerank"),
     (["video"], "other"), (["text"], "chat")],
)  # fmt: skip
def test_openrouter_says_what_comes_out(outputs, kind):
    entry = {"id": "m", "architecture": {"output_modalities": outputs}}
    assert one("openrouter", entry, "GET /api/v1/models/user").type == kind


@pytest.mark.parametrize(
    ("stated", "moderated"), [(True, True), (False, False), ("yes", None), (None, None)]
)
def test_openrouter_says_whether_it_moderates(stated, moderated):
    entry = {"id": "m", "top_provider": {"is_moderated": stated}}
    assert one("openrouter", entry, "GET /api/v1/models/user").moderated is moderated


def test_openrouter_announces_when_a_model_expires():
    entry = {"id": "m", "expiration_date": "2027-01-02"}
    card = one("openrouter", entry, "GET /api/v1/models/user")
    assert card.retires_at == datetime(2027, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("able", "kind"),
    [({"completion_chat": False, "ocr": True}, "other"),
     ({"completion_chat": False, "audio_transcription": True}, "audio"),
     ({"completion_chat": False, "moderation": True}, "other"),
     ({"completion_chat": False}, "chat"), ({"completion_chat": True, "ocr": True}, "chat"),
     (["vision"], "chat")],
)  # fmt: skip
def test_mistral_says_what_does_not_chat(able, kind):
    assert one("mistral", {"id": "m", "capabilities": able}).type == kind


def test_mistral_announces_when_a_model_ends():
    card = one("mistral", {"id": "m", "deprecation": "2026-12-01T12:00:00Z"})
    assert card.retires_at == datetime(2026, 12, 1, 12, tzinfo=UTC)


AZURE = {
    "GET /openai/v1/models": sampled("openai/models.json"),
    "GET /openai/deployments": sampled("others/azure.deployments.json"),
}


def azures(replies: dict):
    at = own("azure", "https://r.openai.azure.com/openai/v1")
    return attempt(adapter("azure").models(at), table(replies))


def test_azure_lists_what_is_deployed_by_the_name_that_calls_use():
    cards, calls = azures(AZURE)
    assert [(card.id, card.name, card.type) for card in cards] == [
        ("team-chat", "gpt-6-sol", "chat"), ("search", "text-embedding-3-small", "embedding"),
    ]  # fmt: skip
    assert calls[1].url.startswith("https://r.openai.azure.com/openai/deployments?")
    assert all(call.secrets["api-key"].reveal() == "k" for call in calls)


@pytest.mark.parametrize("told", [reply({"error": {"code": "404"}}, 404), reply({"no": 1})])
def test_deployments_that_azure_does_not_tell_are_entered_by_hand(told):
    found = azures(AZURE | {"GET /openai/deployments": told})
    assert isinstance(found, ProviderError)
    assert (found.code, found.finding.facts["reason"]) == ("no_model_list", "deployments")


def test_a_key_that_azure_refuses_is_refused_at_its_list():
    found = azures(AZURE | {"GET /openai/v1/models": sampled("others/azure.error.401.json", 401)})
    assert isinstance(found, ProviderError)
    assert found.code == "key_refused"


def test_a_number_too_large_for_a_column_is_not_kept():
    assert one("openai", {"id": "m", "context_window": 2**31}).context is None
    assert one("openai", {"id": "m", "context_window": 2**31 - 1}).context == 2**31 - 1


@pytest.mark.parametrize("date", ["soon", "", None, 5, "9999-12-31T23:59:59-23:00", "2026-13-01"])
def test_a_date_that_is_none_is_passed_over(date):
    assert one("openai", {"id": "m", "shutdown_date": date}).retires_at is None


NAMELESS = [{"id": 3}, {"id": ""}, {"name": 5}, {}]


@pytest.mark.parametrize(
    ("slug", "path", "key"),
    [("anthropic", "/v1/models", "data"), ("gemini", "/v1beta/models", "models"),
     ("groq", "/openai/v1/models", "data"), ("xai", "/v1/models", "data"),
     ("openrouter", "/api/v1/models/user", "data"), ("mistral", "/v1/models", "data")],
)  # fmt: skip
def test_entries_without_a_name_are_passed_over(slug, path, key):
    assert listed(slug, {f"GET {path}": reply({key: NAMELESS})}) == {}


def test_deployments_that_cannot_be_asked_for_are_entered_by_hand():
    def answer(call):
        if "deployments" in call.url:
            raise ProviderError("silent")
        return sampled("openai/models.json")

    at = own("azure", "https://r.openai.azure.com/openai/v1")
    found = attempt(adapter("azure").models(at), answer)
    assert isinstance(found, ProviderError)
    assert found.code == "no_model_list"


def test_openrouter_without_a_key_lists_what_is_public():
    answer = table({"GET /api/v1/models": sampled("openrouter/models.json")})
    cards, (call,) = hold(adapter("openrouter").models(own("openrouter", key=None)), answer)
    assert len(cards) == 3
    assert call.secrets == {}


def test_a_key_that_only_may_not_list_is_told_as_that():
    body = {"error": {"message": "Missing scopes: api.model.read", "type": "invalid_request_error"}}
    found = attempt(adapter("openai").models(own("openai")), lambda _call: reply(body, 403))
    assert isinstance(found, ProviderError)
    assert (found.code, found.finding.facts["reason"]) == ("no_model_list", "permission")
