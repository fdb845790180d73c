"""Groq: OpenAI's shape, with the times of each step."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override

from tests.fakes.dialects.openai import Failures, OpenAI, OpenAIVoice, own_voice
from tests.fakes.samples import sample_headers
from tests.fakes.talk import Talk

X_GROQ = {"id": "req_01kaj2b6q7ea8tgqxw2h0c5v9d"}


class GroqVoice(OpenAIVoice):
    """Tells usage and times with the finish, asked or not, and once more when asked."""

    thinks = "reasoning"
    whole_tools = True
    nulls_usage = False

    @override
    def usage(self, talk: Talk, completion: int) -> dict[str, Any]:
        times = {"queue_time": 0.0375, "prompt_time": 0.0031, "completion_time": 0.471,
                 "total_time": 0.4741}  # fmt: skip
        return super().usage(talk, completion) | times

    @override
    def _event(self, talk: Talk, model: str, delta: Any, said: int, *, asked: bool) -> Any:
        event = super()._event(talk, model, delta, said, asked=asked)
        event.pop("x_groq", None)
        if said == 0 and "role" in delta:
            event["x_groq"] = X_GROQ
        elif event["choices"][0]["finish_reason"] and talk.usage == "asked":
            event["x_groq"] = X_GROQ | {"usage": self.usage(talk, talk.tokens)}
        return event


class Groq(OpenAI):
    """api.groq.com."""

    slug = "groq"
    base_path = "/openai/v1"
    models_sample = "groq/models.json"
    headers_sent: ClassVar[dict[str, str]] = sample_headers("groq/headers.ratelimit.txt")
    voice = own_voice(GroqVoice, "groq/chat.response.json", "groq/chat.stream.sse")
    failures: ClassVar[Failures] = {
        "bad_key": (401, "others/groq.error.401.bad_key.json"),
        "missing_key": (401, "others/groq.error.401.bad_key.json"),
        "limit": (429, "others/groq.error.429.rate_limit.json"),
        "not_found": (404, "others/groq.error.404.unknown_model.json"),
        "too_long": (400, "others/groq.error.400.context_length.json"),
        "too_large": (413, "others/groq.error.413.request_too_large.json"),
        "retired": (400, "others/groq.error.400.decommissioned.json"),
        "no_flex": (498, "others/groq.error.498.flex_capacity.json"),
        "overload": (503, "others/groq.error.503.unavailable.json"),
    }
