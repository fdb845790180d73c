"""Hosts of many models, each with its own list and its own words for a refusal."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, ClassVar

from typing_extensions import override

from tests.fakes.dialects.openai import Answers, Failures, OpenAI, own_voice
from tests.fakes.exchange import Answer, as_json
from tests.fakes.samples import sample_json
from tests.fakes.talk import Talk, Voice


class Host(OpenAI):
    """What they share: OpenAI's shape, usage when it is asked for."""

    headers_sent: ClassVar[dict[str, str]] = {}
    voice = own_voice(Voice, "openai/chat.response.json")


class Together(Host):
    """api.together.ai: its list is a bare array, its errors have an id beside them."""

    slug = "together"
    models_sample = "others/together.models.json"
    voice = own_voice(type("TogetherVoice", (Voice,), {"thinks": "reasoning"}),
                      "openai/chat.response.json")  # fmt: skip

    @override
    def failure(self, kind: str, **headers: str) -> Answer:
        answer = super().failure(kind, **headers)
        assert isinstance(answer.body, bytes)
        body = {"id": "nrQh8Yd-4msAJC"} | json.loads(answer.body)
        return replace(answer, body=json.dumps(body).encode())


class Fireworks(Host):
    """api.fireworks.ai: long ids, and what each model can do as flags."""

    slug = "fireworks"
    base_path = "/inference/v1"
    models_sample = "others/fireworks.models.json"


class DeepInfra(Host):
    """api.deepinfra.com: its list is everyone's, /v1/me wants a key; FastAPI's errors."""

    slug = "deepinfra"
    base_path = "/v1/openai"
    models_sample = "others/deepinfra.models.json"
    public = frozenset({"GET /v1/openai/models"})
    failures: ClassVar[Failures] = {
        "bad_key": (401, "others/mistral.error.401.json"),
        "missing_key": (401, "others/mistral.error.401.json"),
    }

    @override
    def answers(self) -> Answers:
        me = {"uid": "gh:0000", "display_name": "anna", "provider": "github"}
        return super().answers() | {"GET /v1/me": lambda _: as_json(me)}


class HuggingFace(Host):
    """router.huggingface.co: its list is everyone's; whoami is on the other host."""

    slug = "huggingface"
    models_sample = "others/huggingface.models.json"
    public = frozenset({"GET /v1/models"})
    failures: ClassVar[Failures] = {
        "bad_key": (401, "others/huggingface.error.401.json"),
        "missing_key": (401, "others/huggingface.error.401.json"),
        "no_credit": (402, "others/huggingface.error.402.json"),
    }

    @override
    def answers(self) -> Answers:
        who = {"type": "user", "id": "60f0", "name": "anna", "auth": {"type": "access_token"}}
        return super().answers() | {"GET /api/whoami-v2": lambda _: as_json(who)}


class Nvidia(Host):
    """integrate.api.nvidia.com: its list is everyone's; problem details for errors."""

    slug = "nvidia"
    public = frozenset({"GET /v1/models"})
    failures: ClassVar[Failures] = {
        "bad_key": (401, "others/nvidia.error.401.json"),
        "missing_key": (401, "others/nvidia.error.401.json"),
    }

    @override
    def without_model(self) -> Answer:
        fault = {"type": "missing", "loc": ["body", "model"], "msg": "Field required"}
        return as_json({"detail": [fault]}, 422)


class PerplexityVoice(Voice):
    """Repeats the whole message beside each delta, and states what the search cost."""

    stated = "finish"

    @override
    def chunk(self, model: str, delta: Any, finish: str | None) -> dict[str, Any]:
        event = super().chunk(model, delta, finish)
        event["choices"][0]["message"] = {"role": "assistant", "content": "…"}
        return event | {"citations": ["https://example.org/oslo"]}

    @override
    def usage(self, talk: Talk, completion: int) -> dict[str, Any]:
        own = sample_json("others/perplexity.chat.response.json")["usage"]
        return own | super().usage(talk, completion)


class Perplexity(Host):
    """api.perplexity.ai, without /v1: a fixed list for everyone, and a page for a wrong key."""

    slug = "perplexity"
    base_path = ""
    models_sample = "others/perplexity.models.json"
    public = frozenset({"GET /models"})
    voice = own_voice(PerplexityVoice, "others/perplexity.chat.response.json")
    failures: ClassVar[Failures] = {
        "bad_key": (401, "others/perplexity.error.401.html"),
        "missing_key": (401, "others/perplexity.error.401.html"),
    }
