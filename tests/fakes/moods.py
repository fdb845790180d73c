"""The moods of a fake, as verbs. A mood lasts until the next one, `calm()` or `reset()`.

Each verb that refuses takes `times` (so many requests, then calm) and `on` ("chat", "models" or
"all": which requests feel it).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from tests.fakes.exchange import Answer, Request, Signal, as_json
from tests.fakes.samples import sample
from tests.fakes.talk import Talk

Mood = Callable[[Request], Answer | None]

# kind → status and sample of the body; a dialect overrides what it words in its own way.
FAILURES: dict[str, tuple[int, str]] = {
    "bad_key": (401, "openai/error.401.bad_key.json"),
    "missing_key": (401, "openai/error.401.missing_key.json"),
    "no_credit": (429, "openai/error.429.no_quota.json"),
    "limit": (429, "openai/error.429.rate_limit.json"),
    "not_found": (404, "openai/error.404.unknown_model.json"),
    "too_long": (400, "openai/error.400.context_length.json"),
    "overload": (503, "openai/error.503.overloaded.json"),
}

# How the paths of chats end, in any dialect.
CHATS = (
    "/chat/completions", "/messages", "/responses", "/api/chat", "/api/generate",
    ":generateContent", ":streamGenerateContent",
)  # fmt: skip

PAGE = (
    "<!doctype html><html><head><title>{title}</title></head>"
    "<body><h1>{title}</h1><p>nginx</p></body></html>"
)


class Moods:
    """The verbs, and the state that they set."""

    failures: ClassVar[dict[str, tuple[int, str]]] = {}
    key_header: ClassVar[str] = "authorization"
    key_prefix: ClassVar[str] = "Bearer "
    wants_key: ClassVar[bool] = False  # refuses who sends none, whatever the mood
    public: ClassVar[frozenset[str]] = frozenset()  # `METHOD /path` that never looks at a key
    key: str | None

    def calm(self) -> None:
        """Answer every request well."""
        self.talk = Talk()
        self.framing: str | None = None
        self.gap = 0.0
        self.delay = 0.0
        self.key = None
        self.model_ids: tuple[str, ...] | None = None
        self.page_size: int | None = None
        self.takes_unknown_fields = False
        self._mood: Mood | None = None
        self._left: int | None = None

    def mood_answer(self, request: Request) -> Answer | None:
        if self._mood is None or self._left == 0:
            return None
        answer = self._mood(request)
        if answer is not None and self._left is not None:
            self._left -= 1
        return answer

    def key_refusal(self, request: Request) -> Answer | None:
        if self.is_public(request):
            return None
        sent = self.sent_key(request)
        if sent is None:
            return self.failure("missing_key") if self.wants_key or self.key is not None else None
        return None if self.key in {None, sent} else self.failure("bad_key")

    def sent_key(self, request: Request) -> str | None:
        """The key in the header where it belongs; None where that is missing."""
        sent = request.headers.get(self.key_header)
        return None if sent is None else sent.removeprefix(self.key_prefix)

    def chat_headers(self, key: str) -> dict[str, str]:
        """What a caller of the chat path sends with this key."""
        return {self.key_header: self.key_prefix + key}

    def is_public(self, request: Request) -> bool:
        return f"{request.method} {request.path.rstrip('/') or '/'}" in self.public

    def failure(self, kind: str, **headers: str) -> Answer:
        status, name = self.failures.get(kind) or FAILURES[kind]
        if name.endswith(".html"):
            return Answer(status, sample(name).encode(), content_type="text/html")
        return as_json(json.loads(sample(name)), status, **headers)

    def _feel(self, mood: Mood, times: int | None = None) -> None:
        self._mood, self._left = mood, times

    def _fail(self, on: str, times: int | None, answer: Answer) -> None:
        self._feel(lambda request: answer if _concerns(request, on) else None, times)

    # --- what is answered well -------------------------------------------------------------

    def answer(self, text: str, **more: Any) -> None:
        """Say this text; `more` are fields of `Talk` (prompt, completion, cached, reasoning …)."""
        self.talk = replace(self.talk, parts=(text,), **more)

    def stream(
        self, parts: Iterable[str], *, paused: bool = False, gap: float = 0, **more: Any
    ) -> None:
        """Say these parts; paused: each waits for `step()`; gap: seconds between them."""
        self.gap = gap
        pause = Signal.STEP if paused else Signal.GAP if gap else None
        self.talk = replace(self.talk, parts=tuple(parts), pause=pause, **more)

    def call_tool(self, name: str = "get_weather", arguments: object = None) -> None:
        """Call a tool instead of saying something."""
        given = {"city": "Oslo", "unit": "celsius"} if arguments is None else arguments
        self.talk = replace(self.talk, tool=(name, json.dumps(given)), finish="tool_calls")

    def serve_models(self, ids: Sequence[str]) -> None:
        """List these models and no others."""
        self.model_ids = tuple(ids)

    def pages_of(self, size: int) -> None:
        """Give so many models at a time at most, where this host has pages at all."""
        self.page_size = size

    def empty_list(self) -> None:
        self.serve_models(())

    def no_usage(self) -> None:
        self.talk = replace(self.talk, usage="never")

    def usage_on_every_chunk(self) -> None:
        self.talk = replace(self.talk, usage="every")

    def slowly(self, seconds: float) -> None:
        """Let each request wait so long for its answer."""
        self.delay = seconds

    def odd_lines(self) -> None:
        """Stream with CRLF, comments, no space after `data:`, cut at every seventh byte."""
        self.talk = replace(self.talk, odd=True)

    def demand(self, key: str) -> None:
        """Refuse whoever does not send this key."""
        self.key = key

    # --- what is refused -------------------------------------------------------------------

    def refuse_key(self, *, times: int | None = None, on: str = "all") -> None:
        """Refuse every key, wherever one is looked at."""
        refusal = self.failure("bad_key")

        def refuse(request: Request) -> Answer | None:
            is_asked = _concerns(request, on) and not self.is_public(request)
            return refusal if is_asked else None

        self._feel(refuse, times)

    def no_credit(self, *, times: int | None = None, on: str = "all") -> None:
        self._fail(on, times, self.failure("no_credit"))

    def limit(self, retry_after: float = 2, *, times: int | None = None, on: str = "all") -> None:
        self._fail(on, times, self.failure("limit", retry_after=f"{retry_after:g}"))

    def not_found(self, *, times: int | None = None, on: str = "chat") -> None:
        self._fail(on, times, self.failure("not_found"))

    def too_long(self, *, times: int | None = None, on: str = "chat") -> None:
        self._fail(on, times, self.failure("too_long"))

    def overload(self, *, times: int | None = None, on: str = "all") -> None:
        self._fail(on, times, self.failure("overload"))

    def refuse(
        self, status: int, body: object = None, *, on: str = "all", times: int | None = None,
        **headers: str,
    ) -> None:  # fmt: skip
        """Any status with any JSON (or with bytes as they are)."""
        if isinstance(body, bytes):
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            self._fail(on, times, Answer(status, body, headers=names))
        else:
            self._fail(on, times, as_json(body, status, **headers))

    def reject_stream_options(self, *, times: int | None = None) -> None:
        """Refuse a request that has `stream_options`, as old servers do."""
        message = "Unrecognized request argument supplied: stream_options"
        body = {"error": {"message": message, "type": "invalid_request_error",
                          "param": "stream_options", "code": "unknown_parameter"}}  # fmt: skip
        self._feel(
            lambda r: as_json(body, 400) if _is_chat(r) and "stream_options" in r.json else None,
            times,
        )

    def error_with_200(self, *, times: int | None = None) -> None:
        """Status 200 with nothing but an error in the body."""
        self._fail("chat", times, replace(self.failure("overload"), status=200))

    def redirect(self, to: str = "http://elsewhere.invalid/v1/models", status: int = 307) -> None:
        self._fail("all", None, Answer(status, headers={"location": to}))

    def html_error(
        self, status: int = 502, title: str = "502 Bad Gateway", on: str = "all"
    ) -> None:
        page = PAGE.format(title=title).encode()
        self._fail(on, None, Answer(status, page, content_type="text/html; charset=utf-8"))

    def empty(self, status: int = 200, *, on: str = "all") -> None:
        """No body at all."""
        self._fail(on, None, Answer(status))

    def malformed(self, *, on: str = "all") -> None:
        """JSON that breaks off, framed as if it were whole."""
        self._fail(on, None, Answer(body=b'{"id": "chatcmpl-1", "choices": [{"ind'))

    def huge(self, megabytes: int = 64, *, on: str = "all") -> None:
        """A body far larger than any real one."""
        self._feel(
            lambda r: Answer(body=_flood(megabytes), framing="close") if _concerns(r, on) else None
        )

    # --- what breaks -------------------------------------------------------------------------

    def stall(self, *, on: str = "all") -> None:
        """Accept, read, never answer."""
        self._feel(lambda r: _never() if _concerns(r, on) else None)

    def hang_up(self, *, on: str = "all", times: int | None = None) -> None:
        """Accept, read, close without a byte."""
        self._feel(lambda r: _cut_at_once() if _concerns(r, on) else None, times)

    def cut_after(self, parts: int = 1, *, reset: bool = False) -> None:
        """Break off after so many parts of the answer (whole: in the midst of its body)."""
        self.talk = replace(self.talk, cut=(parts, Signal.RESET if reset else Signal.CUT))

    def go_silent_after(self, parts: int = 1) -> None:
        """Say so many parts, then nothing, without closing."""
        self.talk = replace(self.talk, cut=(parts, Signal.SILENCE))

    def error_after_content(self, parts: int = 1) -> None:
        """An error event in the midst of the stream, then the end without a finish."""
        self.talk = replace(self.talk, error_after=parts)

    def malformed_event(self, parts: int = 1) -> None:
        """An event that is no JSON after so many parts; the stream goes on after it."""
        self.talk = replace(self.talk, malformed_after=parts)


def _is_chat(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith(CHATS)


def _concerns(request: Request, on: str) -> bool:
    return on == "all" or (on == "chat") == _is_chat(request)


def _flood(megabytes: int) -> Iterator[bytes]:
    block = b" " * 1_048_576
    for _ in range(megabytes):
        yield block


def _never() -> Answer:
    return Answer(status=0, body=[Signal.SILENCE])


def _cut_at_once() -> Answer:
    return Answer(status=0, body=[Signal.CUT])
