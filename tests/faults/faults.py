"""What a provider can do to a call before its first content, and what then is to happen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.exchange import Signal
from tests.gateway.routed import DIALECTS, GONE, NOWHERE, Raw

STREAM, WHOLE = "stream", "whole"
MODES = (WHOLE, STREAM)


def sse(value: object, name: str = "") -> bytes:
    event = f"event: {name}\n" if name else ""
    return f"{event}data: {json.dumps(value)}\n\n".encode()


ROLE = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "m",
           "stop_reason": None, "usage": {"input_tokens": 9, "output_tokens": 1}}  # fmt: skip
STARTS = {
    "openai": sse({"id": "c", "object": "chat.completion.chunk", "choices": [ROLE]}),
    "anthropic": sse({"type": "message_start", "message": MESSAGE}, "message_start")
    + sse({"type": "ping"}, "ping"),
    "gemini": sse({"candidates": [{"content": {"role": "model", "parts": []}, "index": 0}]}),
    "ollama": b'{"model":"m","message":{"role":"assistant","content":""},"done":false}\n',
}
"""What only begins a stream: nothing of it is an answer yet."""
OVERLOADED = {"message": "Overloaded", "type": "overloaded_error", "code": 503}
ERRORS = {
    "openai": sse({"error": OVERLOADED}),
    "anthropic": sse({"type": "error", "error": OVERLOADED}, "error"),
    "gemini": sse({"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}}),
    "ollama": b'{"error":"the model runner has stopped"}\n',
}


def _start(*then: bytes | Signal) -> Callable[[Raw], None]:
    return lambda fake: fake.say_on(STARTS, *then)


def _start_and_error(fake: Raw) -> None:
    fake.say_on({wire: STARTS[wire] + ERRORS[wire] for wire in STARTS})


def _nothing(fake: Raw) -> None:
    """The connection itself leads nowhere."""


@dataclass(frozen=True)
class Fault:
    """`act` brings a fake into the mood; the rest is what a caller of no other provider gets.

    `again`: dialects whose last step is asked twice; `falls`: other steps are tried after it;
    `via` stands before the connection's name; `first_byte` (seconds) holds for each step.
    """

    name: str
    act: Callable[[Raw], object]
    code: str
    status: int
    again: tuple[str, ...] = ()
    falls: bool = True
    modes: tuple[str, ...] = MODES
    dialects: tuple[str, ...] = DIALECTS
    via: str = ""
    first_byte: int | None = None
    retry_after: str | None = None
    may_be_stale: bool = False

    @property
    def outcome(self) -> str:
        is_refused = self.status < 500 or self.code in {"provider_auth", "provider_no_credit"}
        return "refused" if is_refused else "failed"


def _said(status: int, message: str, **more: object) -> Callable[[Raw], None]:
    body = {"error": {"message": message, **more}}
    return lambda fake: fake.refuse(status, body, on="chat")


def _page(status: int) -> Callable[[Raw], None]:
    return lambda fake: fake.html_error(status, on="chat")


def _plain_text(fake: Raw) -> None:
    fake.say(b"It works!", content_type="text/plain")


FLAGGED = {"code": 403, "metadata": {"reasons": ["violence"], "flagged_input": "..."}}
ERROR, BROKE = ("provider_error", 502), ("provider_broke", 502)
REFUSED = ("provider_refused", 400)
PATH = ("provider_unreachable", 502)

FAULTS = (
    Fault("key-refused", lambda fake: fake.refuse_key(on="chat"), "provider_auth", 502),
    Fault("no-credit", lambda fake: fake.no_credit(on="chat"), "provider_no_credit", 502),
    Fault("unknown-model", lambda fake: fake.not_found(), "model_not_found", 404),
    Fault("limit-with-wait", lambda fake: fake.limit(30, on="chat"),
          "provider_rate_limited", 429, retry_after="30"),
    Fault("limit", _said(429, "Slow down", type="rate_limit_error"),
          "provider_rate_limited", 429, again=DIALECTS),
    Fault("status-500", _said(500, "Oops"), *ERROR, again=DIALECTS),
    Fault("overload", lambda fake: fake.overload(on="chat"), *ERROR, again=DIALECTS),
    Fault("status-529", _said(529, "Overloaded"), *ERROR, again=DIALECTS),
    Fault("refused", _nothing, *PATH, again=DIALECTS, via=GONE),
    Fault("unknown-name", _nothing, *PATH, again=DIALECTS, via=NOWHERE),
    Fault("silence", lambda fake: fake.stall(on="chat"), "provider_silent", 504, first_byte=1),
    Fault("page-502", _page(502), *ERROR, again=DIALECTS),
    Fault("page-200", _page(200), *ERROR),
    Fault("redirect", lambda fake: fake.redirect(), *ERROR),
    Fault("malformed", lambda fake: fake.malformed(on="chat"), *ERROR),
    Fault("empty", lambda fake: fake.empty(on="chat"), *ERROR),
    Fault("error-with-200", lambda fake: fake.error_with_200(), *ERROR,
          again=("gemini",)),  # whose body repeats the status
    Fault("text-with-200", _plain_text, *ERROR),
    Fault("hang-up", lambda fake: fake.hang_up(on="chat"), *BROKE, may_be_stale=True),
    Fault("cut", lambda fake: fake.cut_after(0), *BROKE),
    Fault("start-then-cut", _start(Signal.CUT), *BROKE, modes=(STREAM,)),
    Fault("start-then-end", _start(), *BROKE, modes=(STREAM,)),
    Fault("start-then-silence", _start(Signal.SILENCE), "provider_silent", 504,
          modes=(STREAM,), first_byte=1),
    Fault("start-then-error", _start_and_error, *ERROR, modes=(STREAM,)),
    Fault("error-first", lambda fake: fake.error_after_content(0), *ERROR, modes=(STREAM,)),
    Fault("own-fault", _said(400, "temperature must be below 2"), *REFUSED, falls=False),
    Fault("too-long", lambda fake: fake.too_long(), *REFUSED, falls=False),
    Fault("content-refused", _said(400, "It violates our content policy", code="content_filter"),
          "content_filtered", 400, falls=False),
    Fault("moderation", _said(403, "Input was flagged", **FLAGGED), "content_moderated", 400,
          falls=False,
          dialects=("openai",)),
)  # fmt: skip
