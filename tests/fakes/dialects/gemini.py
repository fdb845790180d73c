"""Google Gemini: its own model list, and the OpenAI-compatible path for chats."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, ClassVar

from typing_extensions import override

from tests.fakes.dialects.openai import Answers, Failures, OpenAI, own_voice
from tests.fakes.dialects.pages import query_of
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.samples import sample_json
from tests.fakes.talk import Voice

OLD_PATH = "/v1beta/openai"
USUAL_PAGE, LARGEST_PAGE = 50, 1000


class Gemini(OpenAI):
    """generativelanguage.googleapis.com: exactly one credential, in the header of the path.

    `refuses_new_keys` is the reported fault of its OpenAI path with keys that start with AQ.
    """

    slug = "gemini"
    base_path = "/v1beta"
    headers_sent: ClassVar[dict[str, str]] = {}
    voice = own_voice(Voice, "openai/chat.response.json")
    failures: ClassVar[Failures] = {
        "bad_key": (400, "gemini/error.400.bad_key.json"),
        "bad_new_key": (401, "gemini/error.401.bad_auth_key.json"),
        "missing_key": (403, "gemini/error.403.missing_key.json"),
        "two_keys": (400, "gemini/error.400.two_keys.json"),
        "no_credit": (429, "gemini/error.429.no_credit.json"),
        "limit": (429, "gemini/error.429.quota.json"),
        "not_found": (404, "gemini/error.404.unknown_model.json"),
        "too_long": (400, "gemini/error.400.context_length.json"),
        "overload": (503, "gemini/error.503.overloaded.json"),
    }

    @override
    def calm(self) -> None:
        super().calm()
        self.prefix = OLD_PATH
        self.refuses_new_keys = False

    @override
    def limit(self, retry_after: float = 2, *, times: int | None = None, on: str = "all") -> None:
        # No header tells how long to wait: the details do.
        body = sample_json("gemini/error.429.quota.json")
        error = body["error"]
        error["details"][-1]["retryDelay"] = f"{retry_after:g}s"
        words = error["message"].rpartition("Please retry in")[0]
        error["message"] = f"{words}Please retry in {retry_after:g}s."
        self._fail(on, times, as_json(body, 429))

    @override
    def key_refusal(self, request: Request) -> Answer | None:
        given = [name for name in ("x-goog-api-key", "authorization") if name in request.headers]
        if len(given) + ("key" in query_of(request)) > 1:
            return self.failure("two_keys")
        refused = super().key_refusal(request)
        sent = self.sent_key(request) or ""
        is_late = self.refuses_new_keys and request.path.startswith(OLD_PATH)
        if sent.startswith("AQ.") and (refused or is_late):
            return self.failure("bad_new_key")
        return refused

    @override
    def sent_key(self, request: Request) -> str | None:
        if request.path.startswith(OLD_PATH):
            return super().sent_key(request)
        return request.headers.get("x-goog-api-key")

    @override
    def answer_to(self, request: Request) -> Answer:
        answer = super().answer_to(request)
        return _in_array(answer) if request.path.startswith(OLD_PATH) else answer

    @override
    def answers(self) -> Answers:
        return super().answers() | {
            f"GET {OLD_PATH}/models": lambda _: as_json(self.listed("gemini/openai.models.json")),
            "GET /v1beta/models": self._models,
        }

    def _models(self, request: Request) -> Answer:
        """One page: `pageSize` models from where `pageToken` says."""
        asked = query_of(request)
        size = min(int(asked.get("pageSize", USUAL_PAGE)), LARGEST_PAGE)
        begin = int(asked.get("pageToken", "t0")[1:])
        end = begin + min(size, self.page_size or size)
        found = self._own_list()
        more = {"nextPageToken": f"t{end}"} if end < len(found) else {}
        return as_json({"models": found[begin:end]} | more)

    def _own_list(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = sample_json("gemini/models.json")["models"]
        if self.model_ids is None:
            return found
        return [found[0] | {"name": f"models/{one}"} for one in self.model_ids]

    @override
    def without_model(self) -> Answer:
        return self.failure("not_found")

    @override
    def unknown_path(self, request: Request) -> Answer:
        return Answer(404, content_type="text/html; charset=UTF-8")


class GeminiCompat(Gemini):
    """The OpenAI path alone."""

    slug = "gemini-compat"
    base_path = OLD_PATH


def _in_array(answer: Answer) -> Answer:
    """Errors of the OpenAI path come as an array of one."""
    is_error = answer.status >= 400 and isinstance(answer.body, bytes)
    if not is_error or not answer.body.startswith(b"{"):  # type: ignore[union-attr]
        return answer
    return replace(answer, body=json.dumps([json.loads(answer.body)]).encode())  # type: ignore[arg-type]
