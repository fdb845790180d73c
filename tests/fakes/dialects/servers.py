"""Servers that people run themselves with vLLM inside, or with anything that speaks OpenAI's."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from tests.fakes.dialects.openai import Answers, Failures, OpenAI, own_voice
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.talk import Voice


class Vllm(OpenAI):
    """`vllm serve`, which needs no key unless `demand` says so."""

    slug = "vllm"
    models_sample = "vllm/models.json"
    wants_key = False
    headers_sent: ClassVar[dict[str, str]] = {}
    voice = own_voice(type("VllmVoice", (Voice,), {"thinks": "reasoning"}),
                      "vllm/chat.response.json")  # fmt: skip
    failures: ClassVar[Failures] = {
        "bad_key": (401, "vllm/error.401.json"),
        "missing_key": (401, "vllm/error.401.json"),
        "no_credit": (402, "others/deepseek.error.402.no_balance.json"),
        "limit": (429, "others/mistral.error.429.json"),
        "not_found": (404, "vllm/error.404.json"),
        "too_long": (400, "vllm/error.400.context.json"),
    }

    @override
    def answers(self) -> Answers:
        return super().answers() | {
            "GET /health": lambda _: Answer(),
            "GET /version": lambda _: as_json({"version": "0.21.0"}),
        }

    @override
    def key_refusal(self, request: Request) -> Answer | None:
        # Only what is below /v1 is protected.
        is_below = request.path.startswith(self.prefix + "/")
        return super().key_refusal(request) if is_below else None

    @override
    def unknown_path(self, request: Request) -> Answer:
        return as_json({"detail": "Not Found"}, 404)


class Compatible(Vllm):
    """Any OpenAI-compatible server."""

    slug = "compatible"
    voice = own_voice(Voice, "vllm/chat.response.json")


class Anyscale(Vllm):
    """Somebody's own service on Anyscale: Ray Serve with vLLM inside."""

    slug = "anyscale"

    def asleep(self) -> None:
        """Be scaled to nothing: the load balancer answers with a page of its own."""
        self.html_error(503, "503 Service Temporarily Unavailable")
