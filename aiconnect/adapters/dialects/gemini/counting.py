"""`countTokens`: how many tokens a chat would read (https://ai.google.dev/api/tokens, 2026-11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect.adapters.chat import Chat
from aiconnect.adapters.dialects.gemini.chat import GeminiChat
from aiconnect.adapters.types import ModelCard
from aiconnect.adapters.values import count


def count_body(chat: Chat, card: ModelCard) -> dict[str, Any]:
    """The request: system words and tools count too, so the whole chat is in it.

    Raises what writing the chat raises.
    """
    model = f"models/{card.id.removeprefix('models/')}"
    return {"generateContentRequest": {"model": model, **GeminiChat().write(chat, card).body}}


def read_count(answer: Mapping[str, Any]) -> int | None:
    """The tokens, None where the answer does not say."""
    return count(answer.get("totalTokens"))
