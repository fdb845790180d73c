"""OpenAI's API, and what every fake that speaks it shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from typing_extensions import override

from tests.fakes.dialects import completions, embeddings, responses
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.samples import first_event, sample_headers, sample_json
from tests.fakes.server import Fake
from tests.fakes.talk import Voice

Failures = dict[str, tuple[int, str]]
Answers = dict[str, Callable[[Request], Answer]]


class OpenAIVoice(Voice):
    """Says every count there is, and null where it will be said later."""

    details = ("cached", "reasoning")
    nulls_usage = True


def own_voice(kind: type[Voice], whole: str, stream: str = "openai/chat.stream.sse") -> Voice:
    """A voice built on these samples."""
    return kind(sample_json(whole), first_event(stream))


class OpenAI(Fake):
    """api.openai.com: wants a key, whichever it is. Its regional hosts answer in the same way."""

    slug = "openai"
    base_path = "/v1"
    models_sample = "openai/models.json"
    wants_key = True
    is_compatible = True  # speaks OpenAI's chats, and not only a dialect of its own
    headers_sent: ClassVar[dict[str, str]] = sample_headers("openai/headers.ratelimit.txt")
    voice: Voice = own_voice(OpenAIVoice, "openai/chat.response.json")

    @override
    def calm(self) -> None:
        super().calm()
        self.prefix = self.base_path

    @override
    def answers(self) -> Answers:
        return {
            f"GET {self.prefix}/models": lambda _: as_json(self.listed(self.models_sample)),
            f"POST {self.prefix}/chat/completions": self.chat,
            **completions.mounted(f"{self.prefix}/completions", self),
            **embeddings.mounted(f"{self.prefix}/embeddings", self),
            **responses.mounted(f"{self.prefix}/responses", self),
        }

    def chat(self, request: Request) -> Answer:
        if not request.json.get("model"):
            return self.without_model()
        answer = self.voice.answer(request, self.talk, request.json["model"])
        answer.headers["x-request-id"] = f"req_{len(self.requests):06d}"
        return answer

    def without_model(self) -> Answer:
        message = "you must provide a model parameter"
        return as_json({"error": {"message": message, "type": "invalid_request_error"}}, 400)

    def listed(self, name: str) -> Any:
        """A model list's sample, or its first entry once for each id of `serve_models`."""
        body = sample_json(name)
        if self.model_ids is None:
            return body
        found = body if isinstance(body, list) else body["data" if "data" in body else "models"]
        named = [field for field in ("id", "key", "name", "model") if field in found[0]]
        found[:] = [found[0] | dict.fromkeys(named, one) for one in self.model_ids]
        return body
