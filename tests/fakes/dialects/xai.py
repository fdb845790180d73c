"""xAI: OpenAI's shape, errors of its own, reasoning counted beside the completion."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override

from tests.fakes.dialects.openai import Answers, Failures, OpenAI, own_voice
from tests.fakes.exchange import Answer, as_json
from tests.fakes.samples import sample_json
from tests.fakes.talk import Talk, Voice


class XaiVoice(Voice):
    """Repeats the role, states its cost, and gives a tool call whole."""

    details = ("cached", "reasoning")
    repeats_role = True
    whole_tools = True

    @override
    def chunk(self, model: str, delta: Any, finish: str | None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta | ({"content": ""} if finish else {})}
        more = {"finish_reason": finish} if finish else {}
        return self._chunk | {"model": model, "choices": [choice | more]}

    @override
    def usage(self, talk: Talk, completion: int) -> dict[str, Any]:
        usage = super().usage(talk, completion)
        usage["total_tokens"] += talk.reasoning
        return usage | {"num_sources_used": 0, "cost_in_usd_ticks": 6_730_000}


class Xai(OpenAI):
    """api.x.ai; `blocked` names what /api-key then says of the key."""

    slug = "xai"
    models_sample = "xai/models.json"
    headers_sent: ClassVar[dict[str, str]] = {}
    voice = own_voice(XaiVoice, "xai/chat.response.json", "xai/chat.stream.sse")
    failures: ClassVar[Failures] = {
        "bad_key": (400, "others/xai.error.400.bad_key.json"),
        "missing_key": (401, "xai/error.401.missing_key.json"),
        "no_credit": (403, "others/xai.error.403.no_credits.json"),
        "limit": (429, "others/xai.error.429.rate_limit.json"),
        "not_found": (404, "others/xai.error.404.unknown_model.json"),
        "too_long": (400, "xai/error.400.context_length.json"),
        "bad_request": (400, "others/xai.error.400.bad_request.json"),
    }

    @override
    def calm(self) -> None:
        super().calm()
        self.blocked = ""

    def block(self, what: str = "api_key_blocked") -> None:
        """Know the key, and say that it or its team is blocked."""
        self.blocked = what

    @override
    def answers(self) -> Answers:
        languages = "xai/language-models.json"
        return super().answers() | {
            "GET /v1/api-key": lambda _: self._about_the_key(),
            "GET /v1/language-models": lambda _: as_json(self.listed(languages)),
        }

    def _about_the_key(self) -> Answer:
        body = sample_json("xai/api-key.json")
        return as_json(body | ({self.blocked: True} if self.blocked else {}))

    @override
    def without_model(self) -> Answer:
        return self.failure("bad_request")
