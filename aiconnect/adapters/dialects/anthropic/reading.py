"""A request in Anthropic's words into values (its Messages API, read 2026-11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aiconnect.adapters.chat import (
    Chat,
    File,
    Image,
    Message,
    Part,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from aiconnect.adapters.dialects.anthropic import wishes
from aiconnect.adapters.dialects.anthropic.blocks import parts, texts
from aiconnect.adapters.dialects.anthropic.wrong import (
    a_count,
    a_number,
    a_string,
    a_string_or_nothing,
    an_object,
    bad,
    objects,
)
from aiconnect.errors import CallError, CannotCarry

Body = Mapping[str, Any]

ROLES: Mapping[str, tuple[type[Part], ...]] = {
    "user": (Text, Image, File, ToolResult),
    "assistant": (Text, Thinking, ToolUse),
    "system": (Text,),
}
"""What each role may say."""

READ = {
    "model", "messages", "system", "max_tokens", "stream", "stop_sequences", "temperature",
    "top_p", "top_k", "tools", "tool_choice", "thinking", "output_config", "metadata",
    "cache_control",
}  # fmt: skip
"""The fields that have a place elsewhere; others change nothing that was asked for."""

ONLY_HERE = ("container", "mcp_servers")
"""The fields that ask for what only Anthropic itself does."""


def chat(body: Body, *, needs_limit: bool = True) -> Chat:
    """The request. Raises CallError (400) where it is malformed, CannotCarry (see `blocks`)."""
    _carried(body)
    limit = a_count(body.get("max_tokens"), "max_tokens")
    if limit is None and needs_limit:
        raise bad("`max_tokens` is missing: the largest number of tokens to answer with.")
    choice, parallel = wishes.tool_choice(body)
    thought = wishes.thinking(body)
    mark = body.get("cache_control")
    return Chat(
        model=_model(body),
        messages=(*_system(body), *_messages(body)),
        tools=wishes.tools(body),
        tool_choice=choice,
        parallel=parallel,
        format=wishes.answer_format(body),
        limit=limit,
        temperature=a_number(body.get("temperature"), "temperature"),
        top_p=a_number(body.get("top_p"), "top_p"),
        top_k=a_count(body.get("top_k"), "top_k", 0),
        stop=_stop(body),
        effort=thought.effort,
        thinking_tokens=thought.thinking_tokens,
        shows_thinking=thought.shows_thinking,
        user=_user(body),
        cache=None if mark is None else an_object(mark, "cache_control"),
        is_stream=body.get("stream") is True,
        wants_usage=True,
        dropped=tuple(name for name in body if _is_dropped(name) and body[name] is not None),
    )


def _is_dropped(name: str) -> bool:
    """Whether a field has no place elsewhere; one that is not even a word is nobody's wish."""
    return name not in READ and name.isascii() and name.isidentifier() and len(name) <= 60


def _carried(body: Body) -> None:
    wanted = next((name for name in ONLY_HERE if body.get(name)), None)
    if wanted:
        raise CannotCarry(f"`{wanted}`")


def _model(body: Body) -> str:
    if not body.get("model"):
        raise CallError("model_missing")
    return a_string(body["model"], "model")


def _system(body: Body) -> Iterator[Message]:
    said = body.get("system")
    found = () if said is None else texts(said, "system")
    if found:
        yield Message("system", found)


def _messages(body: Body) -> Iterator[Message]:
    found = objects(body.get("messages"), "messages")
    if not found:
        raise bad("`messages` must hold at least one message.")
    for at, one in enumerate(found):
        place = f"messages[{at}]"
        role = one.get("role")
        if not isinstance(role, str) or role not in ROLES:
            raise bad(f"`{place}.role` must be user, assistant or system.")
        yield from _turn(role, parts(one.get("content"), f"{place}.content"), place)


def _turn(role: Any, said: tuple[Part, ...], place: str) -> Iterator[Message]:
    """A user's turn holds the results of tools too: those stand before what the user says."""
    if not all(isinstance(part, ROLES[role]) for part in said):
        raise bad(f"`{place}` holds a block that its role does not say.")
    results = tuple(part for part in said if isinstance(part, ToolResult))
    rest = tuple(part for part in said if not isinstance(part, ToolResult))
    if results:
        yield Message("tool", results)
    if rest or not results:
        yield Message(role, rest)


def _stop(body: Body) -> tuple[str, ...]:
    asked = body.get("stop_sequences")
    if asked is None:
        return ()
    if not isinstance(asked, list):
        raise bad("`stop_sequences` must be a list.")
    return tuple(a_string(one, f"stop_sequences[{at}]") for at, one in enumerate(asked))


def _user(body: Body) -> str:
    stated = an_object(body.get("metadata") or {}, "metadata")
    return a_string_or_nothing(stated.get("user_id"), "metadata.user_id")
