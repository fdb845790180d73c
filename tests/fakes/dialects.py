"""The five fakes: which paths each has, and whose words it uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from typing_extensions import override

from aiconnect.providers import PROVIDERS
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.samples import first_event, sample_json
from tests.fakes.server import Fake
from tests.fakes.talk import Voice

Failures = dict[str, tuple[int, str]]
Answers = dict[str, Callable[[Request], Answer]]


class OpenAI(Fake):
    """api.openai.com: wants a key, whichever it is."""

    slug = "openai"
    base_path = "/v1"
    models_sample = "openai/models.json"
    voice = Voice(
        sample_json("openai/chat.response.json"), first_event("openai/chat.stream.sse"),
        details="openai",
    )  # fmt: skip

    @override
    def calm(self) -> None:
        super().calm()
        self.prefix = self.base_path

    @override
    def key_refusal(self, request: Request) -> Answer | None:
        if self.slug == "openai" and "authorization" not in request.headers:
            return self.failure("missing_key")
        return super().key_refusal(request)

    @override
    def answers(self) -> Answers:
        return {
            f"GET {self.prefix}/models": lambda _: as_json(self.listed(self.models_sample)),
            f"POST {self.prefix}/chat/completions": self.chat,
        }

    def chat(self, request: Request) -> Answer:
        if not request.json.get("model"):
            message = "you must provide a model parameter"
            return as_json({"error": {"message": message, "type": "invalid_request_error"}}, 400)
        answer = self.voice.answer(request, self.talk, request.json["model"])
        answer.headers["x-request-id"] = f"req_{len(self.requests):06d}"
        return answer

    def listed(self, name: str) -> Any:
        """A model list's sample, or its first entry once for each id of `serve_models`."""
        body = sample_json(name)
        if self.model_ids is None:
            return body
        key = "data" if "data" in body else "models"
        entry = body[key][0]
        named = [field for field in ("id", "key", "name", "model") if field in entry]
        body[key] = [entry | dict.fromkeys(named, one) for one in self.model_ids]
        return body


class Compatible(OpenAI):
    """A server like vLLM, which needs no key unless `demand` says so."""

    slug = "compatible"
    models_sample = "vllm/models.json"
    voice = Voice(sample_json("vllm/chat.response.json"), first_event("openai/chat.stream.sse"))
    failures: ClassVar[Failures] = {
        "bad_key": (401, "vllm/error.401.json"),
        "missing_key": (401, "vllm/error.401.json"),
        "no_credit": (402, "others/deepseek.error.402.no_balance.json"),
        "limit": (429, "others/mistral.error.429.json"),
        "not_found": (404, "vllm/error.404.json"),
        "too_long": (400, "vllm/error.400.context.json"),
    }

    @override
    def unknown_path(self, request: Request) -> Answer:
        return as_json({"detail": "Not Found"}, 404)


class Ollama(OpenAI):
    """Ollama; `old` leaves out of /api/tags what only newer versions say there."""

    slug = "ollama"
    base_path = ""
    models_sample = "ollama/v1.models.json"
    voice = Voice(
        {"id": "chatcmpl-414", "object": "chat.completion", "system_fingerprint": "fp_ollama"},
        first_event("ollama/v1.chat.stream.sse"),
    )
    failures: ClassVar[Failures] = {
        "bad_key": (401, "ollama/error.401.cloud_unauthorized.json"),
        "missing_key": (401, "ollama/error.401.cloud_unauthorized.json"),
        "not_found": (404, "ollama/v1.error.404.json"),
        "overload": (503, "ollama/error.503.queue_full.json"),
    }

    @override
    def calm(self) -> None:
        super().calm()
        self.prefix = "/v1"
        self.old = False

    @override
    def answers(self) -> Answers:
        return super().answers() | {
            "GET /": lambda _: Answer(body=b"Ollama is running", content_type="text/plain"),
            "GET /api/version": lambda _: as_json(sample_json("ollama/version.json")),
            "GET /api/tags": self._tags,
            "GET /api/ps": lambda _: as_json(sample_json("ollama/ps.json")),
            "POST /api/show": self._show,
        }

    def _tags(self, _request: Request) -> Answer:
        body = self.listed("ollama/tags.json")
        for model in body["models"] if self.old else ():
            model.pop("capabilities")
            model["details"] = {**model["details"], "context_length": None}
        return as_json(body)

    def _show(self, request: Request) -> Answer:
        name = request.json["model"]
        known = {model["name"]: model for model in self.listed("ollama/tags.json")["models"]}
        if name not in known:
            return as_json({"error": f"model '{name}' not found"}, 404)
        body = sample_json("ollama/show.response.json")
        body["capabilities"] = known[name]["capabilities"]
        return as_json(body)

    @override
    def unknown_path(self, request: Request) -> Answer:
        return Answer(404, b"404 page not found", content_type="text/plain")


class LMStudio(OpenAI):
    """LM Studio; `lists` says which of its three model lists this version has."""

    slug = "lmstudio"
    base_path = ""
    models_sample = "lmstudio/v1.models.json"
    voice = Voice(
        sample_json("lmstudio/v1.chat.response.json"),
        first_event("openai/chat.stream.sse"),
    )
    failures: ClassVar[Failures] = {
        "bad_key": (401, "lmstudio/error.401.bad_token.json"),
        "missing_key": (401, "lmstudio/error.401.missing_token.json"),
    }

    @override
    def calm(self) -> None:
        super().calm()
        self.prefix = "/v1"
        self.lists = {"/api/v1/models", "/api/v0/models", "/v1/models"}

    @override
    def answers(self) -> Answers:
        known = super().answers() | {
            f"GET /api/{version}/models": lambda _, v=version: as_json(
                self.listed(f"lmstudio/api.{v}.models.json")
            )
            for version in ("v0", "v1")
        }
        known["GET /lmstudio-greeting"] = lambda _: as_json({"lmstudio": True})
        return {
            name: answer
            for name, answer in known.items()
            if not name.endswith("/models") or name.removeprefix("GET ") in self.lists
        }

    @override
    def unknown_path(self, request: Request) -> Answer:
        # It answers 200 here (lmstudio-bug-tracker, read 2026-11).
        message = f"Unexpected endpoint or method. ({request.method} {request.path})"
        return as_json({"error": message})


class LlamaCpp(OpenAI):
    """llama-server with one model; `router` is its mode without one."""

    slug = "llamacpp"
    base_path = ""
    models_sample = "llamacpp/models.json"
    voice = Voice(
        sample_json("llamacpp/chat.response.json"), first_event("llamacpp/chat.stream.sse"),
        details="llamacpp",
    )  # fmt: skip
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


FAKES: dict[str, type[OpenAI]] = dict.fromkeys(PROVIDERS, OpenAI) | {
    fake.slug: fake for fake in (OpenAI, Compatible, Ollama, LMStudio, LlamaCpp)
}
