"""A caller's chat completion request as values (platform.openai.com/docs, 2026-11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect.adapters.chat import Chat
from aiconnect.adapters.dialects.openai import formats, messages, reasoning, tools
from aiconnect.adapters.dialects.openai.fields import (
    bad,
    dropped,
    flag,
    listed,
    number,
    object_of,
    text_of,
    whole,
)
from aiconnect.errors import CannotCarry

KNOWN = {
    "model", "messages", "stream", "stream_options", "tools", "tool_choice",
    "parallel_tool_calls", "response_format", "max_completion_tokens", "max_tokens",
    "temperature", "top_p", "top_k", "stop", "presence_penalty", "frequency_penalty", "seed",
    "n", "logprobs", "top_logprobs", "modalities", "user", "safety_identifier", "cache_control",
} | reasoning.FIELDS  # fmt: skip
# What changes the answer and only OpenAI's own wire has, in our words.
ONLY_HERE = {
    "audio": "spoken answers",
    "prediction": "`prediction`",
    "web_search_options": "web search",
    "functions": "`functions`",
    "function_call": "`function_call`",
}


def read(body: Mapping[str, Any]) -> Chat:
    """Raises CallError (400) on what is malformed, CannotCarry on what only this wire has."""
    refuse_more(body)
    for field, what in ONLY_HERE.items():
        if body.get(field) is not None:
            raise CannotCarry(what)
    if any(one != "text" for one in listed(body, "modalities")):
        raise CannotCarry("answers other than text")
    cache = object_of(body, "cache_control")
    return Chat(
        model=text_of(body, "model"),
        messages=messages.read(body),
        tools=tools.tools_of(body),
        tool_choice=tools.choice_of(body),
        parallel=flag(body, "parallel_tool_calls"),
        format=formats.format_of(body),
        logprobs=bool(flag(body, "logprobs")),
        top_logprobs=whole(body, "top_logprobs"),
        effort=reasoning.effort_of(body),
        thinking_tokens=reasoning.budget_of(body),
        shows_thinking=reasoning.is_shown(body),
        cache=cache or None,
        dropped=_dropped(body),
        **common(body),
    )


def _dropped(body: Mapping[str, Any]) -> tuple[str, ...]:
    names = ("messages[].name",) if messages.has_names(body) else ()
    return (*dropped(body, {*KNOWN, *ONLY_HERE}), *names)


def refuse_more(body: Mapping[str, Any]) -> None:
    """Refuse to give several answers at once."""
    wanted = whole(body, "n")
    if wanted is not None and wanted < 1:
        raise bad("`n` must be at least 1.")
    if wanted is not None and wanted > 1:
        raise CannotCarry("`n` above 1")


def common(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a Chat that the older completions have as well."""
    return {
        "limit": _limit(body),
        "temperature": number(body, "temperature"),
        "top_p": number(body, "top_p"),
        "top_k": whole(body, "top_k"),
        "stop": _stop(body),
        "presence_penalty": number(body, "presence_penalty"),
        "frequency_penalty": number(body, "frequency_penalty"),
        "seed": whole(body, "seed"),
        "user": text_of(body, "user") or text_of(body, "safety_identifier"),
        "is_stream": bool(flag(body, "stream")),
        "wants_usage": wants_usage(body),
    }


def wants_usage(body: Mapping[str, Any]) -> bool:
    """Whether the caller asks for usage in its stream. Raises CallError."""
    return bool(object_of(body, "stream_options").get("include_usage"))


def _limit(body: Mapping[str, Any]) -> int | None:
    for field in ("max_completion_tokens", "max_tokens"):
        limit = whole(body, field)
        if limit == -1:  # LM Studio's word for no limit (lmstudio.ai/docs, 2026-11)
            return None
        if limit is not None and limit < 1:
            raise bad(f"`{field}` must be at least 1.")
        if limit is not None:
            return limit
    return None


def _stop(body: Mapping[str, Any]) -> tuple[str, ...]:
    stated = body.get("stop")
    stops = [stated] if isinstance(stated, str) else listed(body, "stop")
    if not all(isinstance(one, str) for one in stops):
        raise bad("`stop` must be a string or a list of strings.")
    return tuple(one for one in stops if one)
