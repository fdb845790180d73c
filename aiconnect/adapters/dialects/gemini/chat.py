"""`generateContent` and `streamGenerateContent` (https://ai.google.dev/api/generate-content)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from typing_extensions import override

from aiconnect.adapters.chat import Chat, Completion, Image, Part, ToolResult, Written
from aiconnect.adapters.dialects.base import Outbound, Reader
from aiconnect.adapters.dialects.gemini.answers import completion
from aiconnect.adapters.dialects.gemini.contents import contents
from aiconnect.adapters.dialects.gemini.families import family_of, loses_effort
from aiconnect.adapters.dialects.gemini.generation import can_seed, generation
from aiconnect.adapters.dialects.gemini.streams import GeminiReader
from aiconnect.adapters.dialects.gemini.tools import tools
from aiconnect.adapters.types import ModelCard


class GeminiChat(Outbound):
    """The model and the wish for a stream are in the address, not in the body."""

    name = "gemini.chat"

    @override
    def write(self, chat: Chat, card: ModelCard) -> Written:
        config = generation(chat, card)
        body = {
            **contents(chat.messages, family_of(card.id)),
            **tools(chat),
            **({"generationConfig": config} if config else {}),
        }
        return Written(body, tuple(_dropped(chat, card)))

    @override
    def completion(self, answer: Mapping[str, Any]) -> Completion:
        return completion(answer)

    @override
    def reader(self) -> Reader:
        return GeminiReader()


def _dropped(chat: Chat, card: ModelCard) -> Iterator[str]:
    """The wishes that have no place here and change nothing that was asked for."""
    parts = [part for message in chat.messages for part in message.parts]
    lost = {
        "user": bool(chat.user),
        "parallel_tool_calls": chat.parallel is False and bool(chat.tools),
        "seed": chat.seed is not None and not can_seed(chat.seed),
        "reasoning_effort": loses_effort(chat, card),
        "strict": any(tool.strict for tool in chat.tools),
        "detail": any(_has_detail(part) for part in parts),
        "cache_control": bool(chat.cache) or any(map(_is_marked, (*parts, *chat.tools))),
    }
    return (name for name, is_lost in lost.items() if is_lost)


def _has_detail(part: Part) -> bool:
    return isinstance(part, Image) and part.detail not in {"", "auto"}


def _is_marked(part: object) -> bool:
    inner = part.parts if isinstance(part, ToolResult) else ()
    return bool(getattr(part, "cache", None)) or any(map(_is_marked, inner))
