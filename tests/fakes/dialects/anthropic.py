"""Anthropic: its own API, for the list of models and for chats."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override

from tests.fakes.dialects.anthropic_voice import AnthropicVoice
from tests.fakes.dialects.anthropic_wants import fault
from tests.fakes.dialects.openai import Answers, Failures, OpenAI
from tests.fakes.dialects.pages import query_of
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.samples import sample_headers, sample_json

VERSIONS = {"2023-06-01", "2026-10-21"}
USUAL_PAGE, LARGEST_PAGE = 20, 1000


class Anthropic(OpenAI):
    """api.anthropic.com: `x-api-key` or Bearer, one of the two, and a version."""

    slug = "anthropic"
    is_compatible = False
    key_header: ClassVar[str] = "x-api-key"
    key_prefix: ClassVar[str] = ""
    headers_sent: ClassVar[dict[str, str]] = sample_headers("anthropic/headers.ratelimit.txt")
    voice = AnthropicVoice()
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
        own, bearer = super().sent_key(request), request.headers.get("authorization")
        return own if own is not None or bearer is None else bearer.removeprefix("Bearer ")

    @override
    def chat_headers(self, key: str) -> dict[str, str]:
        return super().chat_headers(key) | {"anthropic-version": "2023-06-01"}

    @override
    def key_refusal(self, request: Request) -> Answer | None:
        if {"x-api-key", "authorization"} <= set(request.headers):
            return refusal("Send x-api-key or Authorization, and not both.")
        return super().key_refusal(request) or self._version_refusal(request)

    def _version_refusal(self, request: Request) -> Answer | None:
        version = request.headers.get("anthropic-version")
        if version is None:
            return refusal("anthropic-version: header is required")
        return None if version in VERSIONS else refusal(f"{version!r} is not a valid version")

    @override
    def answers(self) -> Answers:
        return {
            "GET /v1/models": self._models,
            "POST /v1/messages": self._messages,
            "POST /v1/messages/count_tokens": self._count,
        }

    def _messages(self, request: Request) -> Answer:
        return self._fault(request, needs_limit=True) or self.chat(request)

    def _count(self, request: Request) -> Answer:
        return self._fault(request, needs_limit=False) or as_json(
            {"input_tokens": self.talk.prompt}
        )

    def _fault(self, request: Request, *, needs_limit: bool) -> Answer | None:
        if not request.json.get("model"):
            return self.without_model()
        takes_unknown = self.takes_unknown_fields
        found = fault(request.json, needs_limit=needs_limit, takes_unknown=takes_unknown)
        return refusal(found) if found else None

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
