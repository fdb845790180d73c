"""Anthropic: its own model list, and the OpenAI-compatible path for chats."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override

from tests.fakes.dialects.openai import Answers, Failures, OpenAI, own_voice
from tests.fakes.dialects.pages import query_of
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.samples import sample_headers, sample_json
from tests.fakes.talk import Voice

VERSIONS = {"2023-06-01", "2026-10-21"}
USUAL_PAGE, LARGEST_PAGE = 20, 1000


class Anthropic(OpenAI):
    """api.anthropic.com: `x-api-key` or Bearer, one of the two; its own paths want a version."""

    slug = "anthropic"
    headers_sent: ClassVar[dict[str, str]] = sample_headers("anthropic/headers.ratelimit.txt")
    voice = own_voice(Voice, "openai/chat.response.json")
    failures: ClassVar[Failures] = {
        "bad_key": (401, "anthropic/error.401.bad_key.json"),
        "missing_key": (401, "anthropic/error.401.missing_key.json"),
        "no_credit": (400, "anthropic/error.400.no_credit.json"),
        "limit": (429, "anthropic/error.429.rate_limit.json"),
        "not_found": (404, "anthropic/error.404.unknown_model.json"),
        "too_long": (400, "anthropic/error.400.context_length.json"),
        "overload": (529, "anthropic/error.529.overloaded.json"),
    }

    @override
    def sent_key(self, request: Request) -> str | None:
        own = request.headers.get("x-api-key")
        return own if own is not None else super().sent_key(request)

    @override
    def key_refusal(self, request: Request) -> Answer | None:
        if {"x-api-key", "authorization"} <= set(request.headers):
            return refusal("Send x-api-key or Authorization, and not both.")
        refused = super().key_refusal(request)
        if refused is None and request.path == "/v1/models":
            return self._version_refusal(request)
        return refused

    def _version_refusal(self, request: Request) -> Answer | None:
        version = request.headers.get("anthropic-version")
        if version is None:
            return refusal("anthropic-version: header is required")
        return None if version in VERSIONS else refusal(f"{version!r} is not a valid version")

    @override
    def answers(self) -> Answers:
        return super().answers() | {"GET /v1/models": self._models}

    def _models(self, request: Request) -> Answer:
        """One page: `limit` models after the one that `after_id` names."""
        asked = query_of(request)
        limit = int(asked.get("limit", USUAL_PAGE))
        if not 1 <= limit <= LARGEST_PAGE:
            return refusal("limit: Input should be between 1 and 1000")
        found = self.listed("anthropic/models.json")["data"]
        ids = [model["id"] for model in found]
        begin = ids.index(asked["after_id"]) + 1 if "after_id" in asked else 0
        end = begin + min(limit, self.page_size or limit)
        return as_json(_page(found[begin:end], has_more=end < len(found)))

    @override
    def without_model(self) -> Answer:
        return refusal("model: Field required")

    @override
    def unknown_path(self, request: Request) -> Answer:
        return refusal("Not Found", 404, "not_found_error")


def refusal(message: str, status: int = 400, kind: str = "invalid_request_error") -> Answer:
    """An error in Anthropic's words."""
    body = sample_json("anthropic/error.400.bad_request.json")
    body["error"] = {"type": kind, "message": message}
    return as_json(body, status)


def _page(found: list[dict[str, Any]], *, has_more: bool) -> dict[str, Any]:
    first, last = (found[0]["id"], found[-1]["id"]) if found else (None, None)
    return {"data": found, "has_more": has_more, "first_id": first, "last_id": last}
