"""`generationConfig`: how much, how random, until where, in which form, and how much thought."""

from __future__ import annotations

from typing import Any

from aiconnect.adapters.chat import Chat, Format
from aiconnect.adapters.dialects.gemini.families import thinking
from aiconnect.adapters.types import ModelCard
from aiconnect.errors import CannotCarry

MOST_STOPS = 5
LARGEST = 2**31 - 1


def generation(chat: Chat, card: ModelCard) -> dict[str, Any]:
    """The config; empty where nothing is asked for. Raises CannotCarry."""
    if chat.logprobs or chat.top_logprobs:
        raise CannotCarry("logprobs")
    wishes: dict[str, Any] = {
        "maxOutputTokens": _limit(chat.limit, card),
        "temperature": chat.temperature,
        "topP": chat.top_p,
        "topK": chat.top_k,
        "stopSequences": _stops(chat.stop),
        "presencePenalty": chat.presence_penalty,
        "frequencyPenalty": chat.frequency_penalty,
        "seed": chat.seed if can_seed(chat.seed) else None,
        "thinkingConfig": thinking(chat, card) or None,
        **_form(chat.format),
    }
    return {name: wish for name, wish in wishes.items() if wish is not None}


def can_seed(seed: int | None) -> bool:
    """Whether Google's 32 bits hold it."""
    return seed is not None and -LARGEST <= seed <= LARGEST


def _limit(limit: int | None, card: ModelCard) -> int | None:
    """A limit above what the model can give is refused, and asks for no more than that."""
    if limit is None:
        return None
    return min(limit, card.output_limit or limit, LARGEST)


def _stops(stop: tuple[str, ...]) -> list[str] | None:
    stops = [one for one in stop if one]
    if len(stops) > MOST_STOPS:
        raise CannotCarry("more than five stop sequences")
    return stops or None


def _form(form: Format | None) -> dict[str, Any]:
    if form is None:
        return {}
    return {"responseMimeType": "application/json", "responseJsonSchema": form.schema}
