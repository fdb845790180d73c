"""The Response object around the output items, and its usage.

Source: platform.openai.com/docs/api-reference/responses/object, 2026-11. What a field's default
is at the provider that answered is not known here: it is null where the caller did not set it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiconnect.adapters.chat import Chat, Finish, Format
from aiconnect.adapters.dialects.base import Answering
from aiconnect.adapters.dialects.openai.errors import error_object
from aiconnect.adapters.dialects.responses.tools import echo_choice, echo_tool
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError

INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}

Item = dict[str, Any]


def base_id(answering: Answering) -> str:
    """The call's id without dashes: what the ids of an answer are made from."""
    return answering.id.replace("-", "")


def item_id(kind: str, answering: Answering, index: int) -> str:
    """The id of output item `index`; `kind` is msg, rs, fc."""
    return f"{kind}_{base_id(answering)}_{index}"


def status_of(finish: Finish) -> str:
    """`completed`, or `incomplete` where the answer was ended early."""
    return "incomplete" if finish in INCOMPLETE else "completed"


def begun(answering: Answering, model: str) -> Item:
    """A Response that has nothing in it yet."""
    chat = answering.chat
    return {
        "id": f"resp_{base_id(answering)}",
        "object": "response",
        "created_at": answering.created,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": chat.limit,
        "model": model or answering.model,
        "output": [],
        "parallel_tool_calls": chat.parallel is not False,
        "previous_response_id": None,
        "reasoning": {"effort": chat.effort, "summary": "auto" if chat.shows_thinking else None},
        "store": False,
        "temperature": chat.temperature,
        "text": {"format": _format(chat)},
        "tool_choice": echo_choice(chat.tool_choice),
        "tools": [echo_tool(tool) for tool in chat.tools],
        "top_p": chat.top_p,
        "truncation": "disabled",
        "usage": None,
        "user": chat.user or None,
        "metadata": {},
    }


def ended(
    answering: Answering, model: str, output: Sequence[Item], finish: Finish, usage: Usage | None
) -> Item:
    """A Response that is complete, or incomplete for a reason that is said."""
    status = status_of(finish)
    whole = begun(answering, model) | {
        "status": status,
        "output": list(output),
        "usage": None if usage is None else write_usage(usage),
    }
    if status == "incomplete":
        return whole | {"incomplete_details": {"reason": INCOMPLETE[finish]}}
    return whole | {"completed_at": answering.created + answering.elapsed_ns() // 10**9}


def failed(response: Item, error: CallError, request_id: str) -> Item:
    """A Response that broke off: our stable code, where it is explained, how to find it."""
    return response | {"status": "failed", **error_object(error, request_id)}


def write_usage(usage: Usage) -> Item:
    """Token counts with their parts inside the whole, as OpenAI states them."""
    read, write, reasoning = usage.cache_read or 0, usage.cache_write or 0, usage.reasoning or 0
    inward = (usage.input or 0) + read + write
    outward = (usage.output or 0) + reasoning
    return {
        "input_tokens": inward,
        "input_tokens_details": {"cached_tokens": read, "cache_write_tokens": write},
        "output_tokens": outward,
        "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": inward + outward,
    }


def _format(chat: Chat) -> Item:
    wanted = chat.format
    if wanted is None:
        return {"type": "text"}
    return {"type": "json_object"} if wanted.schema is None else _json_schema(wanted)


def _json_schema(wanted: Format) -> Item:
    return {
        "type": "json_schema",
        "name": wanted.name,
        "description": wanted.description or None,
        "schema": wanted.schema,
        "strict": wanted.strict,
    }
