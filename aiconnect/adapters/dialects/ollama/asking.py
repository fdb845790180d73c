"""How a chat is to be answered, in Ollama's words, and which wishes have no place there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aiconnect.adapters.chat import Chat, Effort, Image, Part, ToolResult
from aiconnect.adapters.types import ModelCard

OPTIONS = (
    ("num_predict", "limit"), ("temperature", "temperature"), ("top_p", "top_p"),
    ("top_k", "top_k"), ("seed", "seed"), ("presence_penalty", "presence_penalty"),
    ("frequency_penalty", "frequency_penalty"),
)  # fmt: skip
LEVELS: Mapping[Effort, str | bool] = {
    "none": False, "minimal": "low", "low": "low", "medium": "medium", "high": "high",
    "xhigh": "max", "max": "max",
}  # fmt: skip
NEVER_SILENT = re.compile(r"(?i)gpt-oss")
"""They take a level, never `false` (docs.ollama.com/capabilities/thinking, 2026-11)."""
BUDGETS: tuple[tuple[int, Effort], ...] = ((1, "none"), (4096, "low"), (16384, "medium"))
"""A number of tokens to think with, below each bound; from the last one on it is `high`."""


def options(chat: Chat) -> dict[str, Any]:
    """The `options`, those alone that were asked for."""
    asked = {name: getattr(chat, field) for name, field in OPTIONS}
    stop = {"stop": list(chat.stop)} if chat.stop else {}
    return {name: value for name, value in asked.items() if value is not None} | stop


def shape(chat: Chat) -> dict[str, Any]:
    """The `format`: any JSON, or JSON of a schema."""
    if chat.format is None:
        return {}
    return {"format": "json" if chat.format.schema is None else chat.format.schema}


def think(chat: Chat, card: ModelCard) -> dict[str, Any]:
    """The `think`; nothing where nothing was asked for, or where the model is known not to think.

    Ollama refuses a request to think for such a model ("does not support thinking").
    """
    effort = _effort(chat)
    if effort is None or not _can_think(card):
        return {}
    level = LEVELS[effort]
    return {"think": "low" if level is False and NEVER_SILENT.search(card.id) else level}


def _effort(chat: Chat) -> Effort | None:
    if chat.effort is not None or chat.thinking_tokens is None:
        return chat.effort
    tokens = chat.thinking_tokens
    return next((effort for bound, effort in BUDGETS if tokens < bound), "high")


def _can_think(card: ModelCard) -> bool:
    """A card without any capability is one of which nothing is known."""
    return not card.capabilities or "reasoning" in card.capabilities


def dropped(chat: Chat, card: ModelCard) -> tuple[str, ...]:
    """The wishes that are not carried, by OpenAI's names for them."""
    forced = chat.tool_choice is not None and chat.tool_choice.mode == "any"
    thinks = _effort(chat) in {None, "none"} or _can_think(card)
    unmet = {
        "tool_choice": forced,
        "parallel_tool_calls": chat.parallel is False and bool(chat.tools),
        "reasoning_effort": not thinks,
        "user": bool(chat.user),
        "strict": any(tool.strict for tool in chat.tools),
        "detail": any(_wants_detail(part) for part in _parts(chat)),
        "cache_control": _has_marks(chat),
    }
    return tuple(name for name, is_unmet in unmet.items() if is_unmet)


def _wants_detail(part: Part) -> bool:
    """`auto` is what it is anyway."""
    return isinstance(part, Image) and part.detail not in {"", "auto"}


def _has_marks(chat: Chat) -> bool:
    marked = (chat, *chat.tools, *_parts(chat))
    return any(getattr(one, "cache", None) is not None for one in marked)


def _parts(chat: Chat) -> Iterator[Part]:
    for message in chat.messages:
        for part in message.parts:
            yield part
            if isinstance(part, ToolResult):
                yield from part.parts
