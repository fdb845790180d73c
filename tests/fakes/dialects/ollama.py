"""Ollama on one's own machine, by its own API and its OpenAI path, and on ollama.com."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, ClassVar

from typing_extensions import override

from tests.fakes.dialects.ollama_voice import OllamaVoice
from tests.fakes.dialects.ollama_wants import fault
from tests.fakes.dialects.openai import Answers, Failures, OpenAI
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.samples import first_event, sample_json
from tests.fakes.talk import Voice


class Ollama(OpenAI):
    """Ollama; `old` leaves out of /api/tags what only newer versions say there."""

    slug = "ollama"
    base_path = ""
    models_sample = "ollama/v1.models.json"
    wants_key = False
    headers_sent: ClassVar[dict[str, str]] = {}
    voice = Voice(
        {"id": "chatcmpl-414", "object": "chat.completion", "system_fingerprint": "fp_ollama"},
        first_event("ollama/v1.chat.stream.sse"),
    )
    own_voices: ClassVar[dict[str, OllamaVoice]] = {
        "/api/chat": OllamaVoice("chat"),
        "/api/generate": OllamaVoice("generate"),
    }
    failures: ClassVar[Failures] = {
        "bad_key": (401, "ollama/error.401.cloud_unauthorized.json"),
        "missing_key": (401, "ollama/error.401.cloud_unauthorized.json"),
        "not_found": (404, "ollama/v1.error.404.json"),
        "no_credit": (429, "ollama/error.429.usage_limit.json"),
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
            "POST /api/chat": self._own_chat,
            "POST /api/generate": self._own_chat,
            "POST /api/embed": self._embed,
        }

    @override
    def answer_to(self, request: Request) -> Answer:
        answer = super().answer_to(request)
        return _in_own_words(answer) if request.path.startswith("/api/") else answer

    def _own_chat(self, request: Request) -> Answer:
        body, voice = request.json, self.own_voices[request.path]
        wrong = fault(body)
        if wrong:
            return as_json({"error": wrong}, 400)
        if not body.get("messages") and not body.get("prompt"):
            reason = "unload" if body.get("keep_alive") == 0 else "load"
            return voice.loaded(body["model"], reason)
        return voice.answer(request, self.talk, body["model"])

    def _embed(self, request: Request) -> Answer:
        """A vector for each text, which is another one for another text."""
        body = request.json
        wrong = fault(body)
        if wrong:
            return as_json({"error": wrong}, 400)
        given = body.get("input") or []
        texts = [given] if isinstance(given, str) else given
        size = body.get("dimensions") or 3
        vectors = [_vector(text, size) for text in texts]
        counts = {} if self.talk.usage == "never" else {"prompt_eval_count": self.talk.prompt}
        answer = sample_json("ollama/embed.response.json") | {"embeddings": vectors}
        answer.pop("prompt_eval_count")
        return as_json(answer | {"model": body["model"]} | counts)

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


def _vector(text: str, size: int) -> list[float]:
    return [round(len(text) / (at + 1) + sum(text.encode()) / 1000, 6) for at in range(size)]


def _in_own_words(answer: Answer) -> Answer:
    """Errors below /api are one string."""
    if (
        answer.status < 400
        or not isinstance(answer.body, bytes)
        or not answer.body.startswith(b"{")
    ):
        return answer
    body: dict[str, Any] = json.loads(answer.body)
    error = body.get("error")
    if isinstance(error, dict):
        body = {"error": error["message"]}
    return replace(answer, body=json.dumps(body).encode())


class OllamaCompat(Ollama):
    """The same server, connected to by its /v1."""

    slug = "ollama-compat"
    base_path = "/v1"


class OllamaCloud(Ollama):
    """ollama.com: the list is everyone's, all else wants a key. Nothing is loaded there."""

    slug = "ollama-cloud"
    wants_key = True
    public = frozenset({"GET /", "GET /api/version", "GET /api/tags", "POST /api/show"})

    @override
    def answers(self) -> Answers:
        known = super().answers() | {
            "GET /": lambda _: Answer(body=b"<!doctype html><title>Ollama</title>",
                                      content_type="text/html"),
            "POST /api/me": lambda _: as_json({"id": "7c3f", "name": "anna", "plan": "pro"}),
        }  # fmt: skip
        return {name: answer for name, answer in known.items() if name != "GET /api/ps"}
