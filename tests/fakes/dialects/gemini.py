"""Google Gemini: its own API, and beside it the OpenAI-compatible path."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import unquote

from typing_extensions import override

from tests.fakes.dialects.gemini_voice import GeminiVoice
from tests.fakes.dialects.gemini_wants import embedding_fault, fault
from tests.fakes.dialects.openai import Answers, Failures, OpenAI, own_voice
from tests.fakes.dialects.pages import query_of
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.samples import sample_json
from tests.fakes.talk import Voice

OLD_PATH = "/v1beta/openai"
USUAL_PAGE, LARGEST_PAGE = 50, 1000
USUAL_SIZE = 3072
NATIVE = re.compile(r"/v1beta/models/([^/:]+):(\w+)")


class Gemini(OpenAI):
    """generativelanguage.googleapis.com: exactly one credential, in the header of the path.

    `prefix` is its OpenAI path; `refuses_new_keys` is the reported fault of that with keys that
    start with AQ. Its own chats are at `/models/…:generateContent`.
    """

    slug = "gemini"
    base_path = "/v1beta"
    is_compatible = False
    key_header = "x-goog-api-key"
    key_prefix = ""
    native = GeminiVoice()
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
            sent = request.headers.get("authorization")
            return None if sent is None else sent.removeprefix("Bearer ")
        return super().sent_key(request)

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
        """Its own methods: the model is part of the path."""
        asked = {
            "generateContent": self._whole, "streamGenerateContent": self._stream,
            "batchEmbedContents": self._embeddings, "countTokens": self._count,
        }  # fmt: skip
        found = NATIVE.fullmatch(request.path)
        if found is None or request.method != "POST" or found[2] not in asked:
            return Answer(404, content_type="text/html; charset=UTF-8")
        return asked[found[2]](request, unquote(found[1]))

    def _whole(self, request: Request, model: str) -> Answer:
        wrong = fault(request.json, model)
        return refusal(wrong) if wrong else self.native.whole(self.talk, model)

    def _stream(self, request: Request, model: str) -> Answer:
        wrong = fault(request.json, model)
        if query_of(request).get("alt") != "sse":
            return _in_array(refusal(wrong)) if wrong else self.native.array(self.talk, model)
        return refusal(wrong) if wrong else self.native.stream(self.talk, model)

    def _embeddings(self, request: Request, model: str) -> Answer:
        """Vectors of length 2 in a reduced size, of length 1 in the usual one."""
        wrong = embedding_fault(request.json, model)
        if wrong:
            return refusal(wrong)
        sizes = [one.get("outputDimensionality") for one in request.json["requests"]]
        return as_json({"embeddings": [{"values": _vector(size)} for size in sizes]})

    def _count(self, request: Request, model: str) -> Answer:
        body = request.json
        wrong = fault(body.get("generateContentRequest", body), model)
        return refusal(wrong) if wrong else as_json({"totalTokens": self.talk.prompt})


class GeminiCompat(Gemini):
    """The OpenAI path alone."""

    slug = "gemini-compat"
    base_path = OLD_PATH
    is_compatible = True
    key_header = "authorization"
    key_prefix = "Bearer "


def refusal(message: str) -> Answer:
    """A refusal of what is wrong in a request, in Google's words."""
    body = sample_json("gemini/error.400.bad_request.json")
    body["error"] = {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}
    return as_json(body, 400)


def _vector(size: int | None) -> list[float]:
    return [1.0 if size is None else 2.0] + [0.0] * ((size or USUAL_SIZE) - 1)


def _in_array(answer: Answer) -> Answer:
    """Errors of the OpenAI path come as an array of one."""
    is_error = answer.status >= 400 and isinstance(answer.body, bytes)
    if not is_error or not answer.body.startswith(b"{"):  # type: ignore[union-attr]
        return answer
    return replace(answer, body=json.dumps([json.loads(answer.body)]).encode())  # type: ignore[arg-type]
