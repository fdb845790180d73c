"""Why answers end, in the many words of OpenAI's imitators, and how they report errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect.adapters.chat import Failed, Finish
from aiconnect.adapters.dialects.openai.fields import json_text
from aiconnect.adapters.values import mapping

# Together says eos, xAI end_turn, Mistral model_length (their docs, read 2026-11).
FINISHES: Mapping[str, Finish] = {
    "length": "length", "model_length": "length", "max_tokens": "length",
    "tool_calls": "tool_calls", "function_call": "tool_calls", "tool_use": "tool_calls",
    "content_filter": "content_filter",
}  # fmt: skip
# OpenRouter and Mistral end so, and DeepSeek where its machines are full: nothing is complete.
BROKEN = {"error", "insufficient_system_resource"}
QUOTED = 10_000


def finish_of(reason: str, *, calls_tools: bool) -> Finish:
    """Unknown words mean stop; some hosts say stop after calls of tools too."""
    finish = FINISHES.get(reason, "stop")
    return "tool_calls" if finish == "stop" and calls_tools else finish


def error_in(said: Mapping[str, Any]) -> Failed | None:
    """The error that an answer or event reports; Groq's `x_groq.error` stops a stream early."""
    error = said.get("error") or mapping(said.get("x_groq")).get("error")
    if not error:
        return None
    inner = mapping(error)
    kinds = (inner.get("type"), inner.get("code"), said.get("code"))
    kind = next((str(one) for one in kinds if isinstance(one, str | int) and one), "")
    if "content_filter" in kinds:  # says more than the type beside it
        kind = "content_filter"
    if mapping(inner.get("metadata")).get("reasons"):  # OpenRouter's moderation
        kind = "moderation"
    return Failed(_message(error)[:QUOTED], kind[:QUOTED])


def _message(error: object) -> str:
    words = error if isinstance(error, str) else mapping(error).get("message")
    if isinstance(words, str) and words:
        return words
    try:
        return json_text(error)
    except ValueError:
        return "the provider reports an error"
