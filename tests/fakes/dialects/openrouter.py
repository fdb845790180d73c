"""OpenRouter: a list for everyone, one for the key's owner, and a page about the key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from typing_extensions import override

from tests.fakes.dialects.openai import Answers, Failures, OpenAI, own_voice
from tests.fakes.dialects.pages import query_of
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.samples import sample_json
from tests.fakes.talk import Talk, Voice

LARGEST_PAGE = 1000
USUAL_PAGE = 500


class OpenRouterVoice(Voice):
    """Comments before the first word, usage always, and a reason beside the reason."""

    thinks = "reasoning"
    stated = "always"
    details = ("cached", "reasoning")
    repeats_role = True

    @override
    def preface(self, model: str) -> Iterator[Any]:
        yield b": OPENROUTER PROCESSING\n\n"
        yield b": OPENROUTER PROCESSING\n\n"

    @override
    def chunk(self, model: str, delta: Any, finish: str | None) -> dict[str, Any]:
        said = delta | ({"content": ""} if finish else {})
        choice = {"index": 0, "delta": said, "finish_reason": finish,
                  "native_finish_reason": finish, "logprobs": None}  # fmt: skip
        return self._chunk | {"model": model, "choices": [choice]}

    @override
    def error(self, model: str) -> Any:
        error = {"code": 502, "message": "Provider disconnected",
                 "metadata": {"error_type": "provider_unavailable"}}  # fmt: skip
        return self.chunk(model, {}, "error") | {"error": error}

    @override
    def usage(self, talk: Talk, completion: int) -> dict[str, Any]:
        usage = super().usage(talk, completion)
        return usage | {"cost": 0.00197, "is_byok": False}


class OpenRouter(OpenAI):
    """openrouter.ai; `blocked` names what /key then says of the key."""

    slug = "openrouter"
    base_path = "/api/v1"
    public = frozenset({"GET /api/v1/models"})
    headers_sent: ClassVar[dict[str, str]] = {}
    voice = own_voice(
        OpenRouterVoice, "openrouter/chat.response.json", "openrouter/chat.stream.sse"
    )
    failures: ClassVar[Failures] = {
        "bad_key": (401, "others/openrouter.error.401.bad_key.json"),
        "missing_key": (401, "others/openrouter.error.401.missing_key.json"),
        "no_credit": (402, "others/openrouter.error.402.no_credits.json"),
        "limit": (429, "others/openrouter.error.429.rate_limit.json"),
        "not_found": (400, "others/openrouter.error.400.unknown_model.json"),
        "too_long": (400, "others/openrouter.error.400.context_length.json"),
        "overload": (502, "others/openrouter.error.502.provider.json"),
        "not_a_manager": (403, "others/openrouter.error.403.management_only.json"),
    }

    @override
    def calm(self) -> None:
        super().calm()
        self.blocked = ""

    def block(self, what: str = "is_management_key") -> None:
        """Know the key, and say what keeps it from being used."""
        self.blocked = what

    @override
    def answers(self) -> Answers:
        return super().answers() | {
            "GET /api/v1/models": self._models,
            "GET /api/v1/models/user": self._models,
            "GET /api/v1/key": lambda _: self._about_the_key(),
            "GET /api/v1/credits": lambda _: self.failure("not_a_manager"),
        }

    def _about_the_key(self) -> Answer:
        body = sample_json("openrouter/key.json")
        body["data"] |= {self.blocked: True} if self.blocked else {}
        return as_json(body)

    def _models(self, request: Request) -> Answer:
        """All at once; a page where `limit` or `offset` is given (or the mood says so)."""
        asked = query_of(request)
        found = self._listed(all_outputs=asked.get("output_modalities") == "all")
        begin, size = int(asked.get("offset", 0)), len(found) or 1
        if {"limit", "offset"} & set(asked):
            size = min(int(asked.get("limit", USUAL_PAGE)), LARGEST_PAGE)
        end = begin + min(size, self.page_size or size)
        links = {"next": self._link(request, end, size) if end < len(found) else None}
        page = {"data": found[begin:end], "total_count": len(found), "links": links}
        return as_json(page)

    def _listed(self, *, all_outputs: bool) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.listed("openrouter/models.json")["data"]
        if all_outputs and self.model_ids is None:
            found += sample_json("openrouter/embeddings.models.json")["data"]
        return found

    def _link(self, request: Request, begin: int, size: int) -> str:
        given = {name: value for name, value in query_of(request).items() if name != "offset"}
        asked = given | {"offset": str(begin), "limit": str(size)}
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        return f"{self.root}{request.path}?{query}"
