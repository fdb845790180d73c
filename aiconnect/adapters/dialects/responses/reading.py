"""A request of the Responses API as a chat.

We keep nothing between calls, so whatever refers to an earlier one can only be carried to a
provider that speaks this wire itself. Source:
platform.openai.com/docs/api-reference/responses/create, 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from aiconnect.adapters.chat import Chat, Effort, Format, Message, Text
from aiconnect.adapters.dialects.responses.content import kind_of
from aiconnect.adapters.dialects.responses.fields import (
    Body,
    flag,
    needed,
    number,
    schema,
    section,
    string,
    whole,
    wrong,
)
from aiconnect.adapters.dialects.responses.marks import is_sealed
from aiconnect.adapters.dialects.responses.tools import read_choice, read_tools
from aiconnect.adapters.dialects.responses.turns import read_input
from aiconnect.adapters.values import entries, name, text
from aiconnect.errors import CallError, CannotCarry

EFFORTS: dict[str, Effort] = {one: one for one in get_args(Effort)}
ENCRYPTED = "reasoning.encrypted_content"

STATE = ("previous_response_id", "conversation", "prompt", "background", "store", "moderation")
"""What only a provider can do that keeps answers, or that judges them."""

READ = {
    *STATE, "model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls",
    "text", "reasoning", "max_output_tokens", "temperature", "top_p", "top_logprobs", "include",
    "user", "safety_identifier", "stream", "stream_options",
}  # fmt: skip
MOST_DROPPED = 20


def read_chat(body: Body, *, is_stream: bool) -> Chat:
    """Raises CallError (400) on what is malformed, CannotCarry on what has no place elsewhere."""
    _refuse_state(body)
    _refuse_extras(body)
    reasoning = section(body, "reasoning")
    return Chat(
        model=_model(body),
        messages=(*_instructions(body), *read_input(body.get("input"))),
        tools=read_tools(body.get("tools")),
        tool_choice=read_choice(body.get("tool_choice")),
        parallel=flag(body, "parallel_tool_calls"),
        format=_format(section(section(body, "text"), "format", "text.format")),
        limit=whole(body, "max_output_tokens", 1),
        temperature=number(body, "temperature"),
        top_p=number(body, "top_p"),
        effort=_effort(reasoning.get("effort")),
        shows_thinking=_shows_thinking(reasoning),
        user=string(body, "user") or string(body, "safety_identifier"),
        is_stream=is_stream,
        wants_usage=True,
        dropped=tuple(_dropped(body))[:MOST_DROPPED],
    )


def _model(body: Body) -> str:
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise CallError("model_missing")
    return model


def _refuse_state(body: Body) -> None:
    wanted = next((name for name in STATE if body.get(name)), None)
    if wanted:
        raise CannotCarry(f"`{wanted}`")


def _refuse_extras(body: Body) -> None:
    """Log probabilities, and what only tools of OpenAI's own could be asked to include."""
    if whole(body, "top_logprobs"):
        raise CannotCarry("`top_logprobs`")
    include = body.get("include")
    if not isinstance(include, list | None):
        raise wrong("include", "a list of strings")
    other = next((one for one in include or [] if one != ENCRYPTED), None)
    if other is not None:
        raise CannotCarry(f"`include` of {text(other, 60) or 'no name'}")


def _instructions(body: Body) -> tuple[Message, ...]:
    said = string(body, "instructions")
    return (Message("system", (Text(said),)),) if said else ()


def _format(wanted: Body) -> Format | None:
    kind = kind_of(wanted)
    if not wanted or kind == "text":
        return None
    if kind == "json_object":
        return Format()
    if kind != "json_schema":
        raise CannotCarry(f"the text format {kind or 'without a type'}")
    shape = schema(wanted, "schema", "text.format.schema")
    if shape is None:
        raise wrong("text.format.schema", "an object")
    return Format(
        shape,
        needed(wanted, "name", "text.format.name"),
        string(wanted, "description", "text.format.description"),
        flag(wanted, "strict"),
    )


def _effort(value: object) -> Effort | None:
    if value is None:
        return None
    if not isinstance(value, str) or value not in EFFORTS:
        raise wrong("reasoning.effort", f"one of {', '.join(EFFORTS)}")
    return EFFORTS[value]


def _shows_thinking(reasoning: Body) -> bool | None:
    """`generate_summary` is the older name of `summary`."""
    return True if reasoning.get("summary") or reasoning.get("generate_summary") else None


def _dropped(body: Body) -> Iterator[str]:
    for key, value in body.items():
        if key not in READ and value and (key, value) != ("truncation", "disabled"):
            yield from _told(key)
    if section(body, "text").get("verbosity"):
        yield "text.verbosity"
    for key, value in section(body, "reasoning").items():
        if value and key not in ("effort", "summary", "generate_summary"):
            yield from _told(f"reasoning.{key}")
    if any(_is_foreign(item.get("encrypted_content")) for item in entries(body.get("input"))):
        yield ENCRYPTED


def _told(key: str) -> list[str]:
    """A field's name, where it can stand in a header."""
    return [key] if key.isascii() and name(key, 60) else []


def _is_foreign(content: object) -> bool:
    return bool(content) and not is_sealed(content)
