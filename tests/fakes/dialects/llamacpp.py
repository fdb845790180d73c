"""llama.cpp's llama-server."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override

from tests.fakes.dialects.openai import Answers, Failures, OpenAI, own_voice
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.samples import sample_json
from tests.fakes.talk import Talk, Voice


class LlamaCppVoice(Voice):
    """States its timings beside the usage."""

    details = ("cached",)

    @override
    def counts(self, talk: Talk, completion: int) -> dict[str, Any]:
        timings = {"cache_n": talk.cached, "prompt_n": talk.prompt - talk.cached,
                   "predicted_n": completion, "predicted_ms": 221.1,
                   "predicted_per_second": 54.28}  # fmt: skip
        return super().counts(talk, completion) | {"timings": timings}


class LlamaCpp(OpenAI):
    """llama-server with one model; `router` is its mode without one."""

    slug = "llamacpp"
    base_path = ""
    models_sample = "llamacpp/models.json"
    wants_key = False
    headers_sent: ClassVar[dict[str, str]] = {}
    voice = own_voice(LlamaCppVoice, "llamacpp/chat.response.json", "llamacpp/chat.stream.sse")
    failures: ClassVar[Failures] = {
        "bad_key": (401, "llamacpp/error.401.json"),
        "missing_key": (401, "llamacpp/error.401.json"),
        "too_long": (400, "llamacpp/error.400.context.json"),
        "loading": (503, "llamacpp/error.503.loading.json"),
    }

    @override
    def calm(self) -> None:
        super().calm()
        self.prefix = "/v1"
        self.router = False

    def load(self) -> None:
        """Still be loading the model."""
        self._fail("all", None, self.failure("loading"))

    @override
    def answers(self) -> Answers:
        healthy = as_json(sample_json("llamacpp/health.ok.json"))
        known = super().answers()
        bare = {name.replace(" /v1/", " /"): answer for name, answer in known.items()}
        return bare | known | {
            "GET /v1/models": self._models,
            "GET /models": self._models,
            "GET /health": lambda _: healthy,
            "GET /v1/health": lambda _: healthy,
            "GET /props": lambda _: as_json(sample_json("llamacpp/props.json")),
        }  # fmt: skip

    def _models(self, _request: Request) -> Answer:
        name = "llamacpp/router.models.json" if self.router else self.models_sample
        return as_json(self.listed(name))

    @override
    def unknown_path(self, request: Request) -> Answer:
        body = {"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}
        return as_json(body, 404)
