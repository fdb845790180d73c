"""LM Studio, by its own API and through its OpenAI path."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from tests.fakes.dialects.openai import Answers, Failures, OpenAI, own_voice
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.talk import Voice


class LMStudio(OpenAI):
    """LM Studio; `lists` says which of its three model lists this version has."""

    slug = "lmstudio"
    base_path = ""
    models_sample = "lmstudio/v1.models.json"
    wants_key = False
    headers_sent: ClassVar[dict[str, str]] = {}
    voice = own_voice(Voice, "lmstudio/v1.chat.response.json")
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


class LMStudioCompat(LMStudio):
    """The same server, connected to by its /v1."""

    slug = "lmstudio-compat"
    base_path = "/v1"
