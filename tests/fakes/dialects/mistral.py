"""Mistral: refuses every field that it does not know."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from tests.fakes.dialects.openai import Failures, OpenAI, own_voice
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.samples import sample_json
from tests.fakes.talk import Voice

FIELDS = {
    "model", "messages", "stream", "temperature", "top_p", "max_tokens", "stop", "random_seed",
    "metadata", "response_format", "tools", "tool_choice", "presence_penalty",
    "frequency_penalty", "n", "prediction", "parallel_tool_calls", "prompt_mode",
    "reasoning_effort", "safe_prompt",
}  # fmt: skip


class MistralVoice(Voice):
    """States usage with the finish, asked or not."""

    stated = "finish"


class Mistral(OpenAI):
    """api.mistral.ai; newer versions of it may take more fields."""

    slug = "mistral"
    models_sample = "others/mistral.models.json"
    headers_sent: ClassVar[dict[str, str]] = {}
    voice = own_voice(MistralVoice, "openai/chat.response.json")
    failures: ClassVar[Failures] = {
        "bad_key": (401, "others/mistral.error.401.json"),
        "missing_key": (401, "others/mistral.error.401.json"),
        "no_credit": (402, "others/deepseek.error.402.no_balance.json"),
        "limit": (429, "others/mistral.error.429.json"),
        "not_found": (400, "others/mistral.error.400.invalid_model.json"),
        "too_long": (400, "others/mistral.error.400.context_length.json"),
    }

    @override
    def chat(self, request: Request) -> Answer:
        for name, value in request.json.items():
            if name not in FIELDS and not self.takes_unknown_fields:
                return _extra(name, value)
        return super().chat(request)

    @override
    def without_model(self) -> Answer:
        return _extra("model", None, "missing", "Field required")


def _extra(
    name: str, value: object, kind: str = "extra_forbidden",
    words: str = "Extra inputs are not permitted",
) -> Answer:  # fmt: skip
    body = sample_json("others/mistral.error.422.json")
    fault = {"type": kind, "loc": ["body", name], "msg": words, "input": value}
    body["message"]["detail"] = [fault]
    return as_json(body, 422)
