"""A collection's settings for a model, in the words of each wire that a program speaks.

They are named as OpenAI's chats name them (temperature, top_p, max_tokens, frequency_penalty,
presence_penalty, seed, reasoning_effort, stop) and go before what the caller asks for. What a wire
has no place for, or a model is known to refuse, is left out and named: it is the collection's
wish, not the caller's, so no call fails for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from aiconnect.adapters.chat import Chat, Written
from aiconnect.adapters.dialects.anthropic.rules import rules_of
from aiconnect.adapters.dialects.anthropic.thoughts import ON
from aiconnect.adapters.dialects.ollama import asking
from aiconnect.adapters.types import ModelCard

Body = Mapping[str, Any]
Parameters = Mapping[str, Any]

LIMITS = ("max_completion_tokens", "max_tokens")
CHAT_FIELDS = {"max_tokens": "limit", "reasoning_effort": "effort"}
SAMPLING = ("temperature", "top_p")
NOT_IN_COMPLETIONS = ("reasoning_effort",)
NOT_IN_RESPONSES = ("frequency_penalty", "presence_penalty", "seed", "stop")
NOT_AT_ANTHROPIC = ("frequency_penalty", "presence_penalty", "seed")


def into_chat(chat: Chat, parameters: Parameters) -> Chat:
    """The chat with these settings before its own, for a wire that is translated."""
    wishes = {CHAT_FIELDS.get(name, name): value for name, value in parameters.items()}
    if "stop" in wishes:
        wishes["stop"] = tuple(wishes["stop"])
    if "effort" in wishes:
        wishes["thinking_tokens"] = None  # the same wish as a number, which would go first
    return replace(chat, **wishes)


def into_body(wire: str, body: Body, parameters: Parameters, card: ModelCard) -> Written:
    """The body with these settings before its own, for a wire that passes through."""
    return WIRES[wire](body, parameters, card)


def _openai(body: Body, parameters: Parameters, _card: ModelCard) -> Written:
    """The limit goes by the name that the caller has for it; a row's quirks rename it after."""
    kept = {name: value for name, value in body.items() if _stays(name, parameters)}
    wishes = dict(parameters)
    if "max_tokens" in wishes and LIMITS[0] in body:
        wishes[LIMITS[0]] = wishes.pop("max_tokens")
    return Written(kept | wishes)


def _stays(name: str, parameters: Parameters) -> bool:
    return name not in LIMITS or "max_tokens" not in parameters


def _completions(body: Body, parameters: Parameters, card: ModelCard) -> Written:
    wishes, lost = _without(parameters, NOT_IN_COMPLETIONS)
    return Written(_openai(body, wishes, card).body, lost)


def _responses(body: Body, parameters: Parameters, _card: ModelCard) -> Written:
    wishes, lost = _without(parameters, NOT_IN_RESPONSES)
    changed = dict(body)
    for name, value in wishes.items():
        match name:
            case "max_tokens":
                changed["max_output_tokens"] = value
            case "reasoning_effort":
                changed["reasoning"] = _inside(body, "reasoning", effort=value)
            case _:
                changed[name] = value
    return Written(changed, lost)


def _anthropic(body: Body, parameters: Parameters, card: ModelCard) -> Written:
    """As chats are written for Anthropic: temperature ends at 1 and stands without `top_p`."""
    wishes, lost = _without(parameters, NOT_AT_ANTHROPIC)
    thinking, rules = body.get("thinking"), rules_of(card.id)
    is_thinking = isinstance(thinking, dict) and thinking.get("type") in ON
    if not rules.samples or is_thinking:
        wishes, more = _without(wishes, SAMPLING)
        lost += more
    changed = dict(body)
    if "temperature" in wishes:
        changed["temperature"] = min(wishes["temperature"], 1)
        changed.pop("top_p", None)
    elif "top_p" in wishes:
        changed["top_p"] = wishes["top_p"]
        changed.pop("temperature", None)
    if "max_tokens" in wishes:
        changed["max_tokens"] = min(wishes["max_tokens"], card.output_limit or wishes["max_tokens"])
    if "stop" in wishes:
        changed["stop_sequences"] = [one for one in wishes["stop"] if one.strip()]
    if "reasoning_effort" in wishes and rules.efforts:
        effort = rules.effort(wishes["reasoning_effort"])
        changed["output_config"] = _inside(body, "output_config", effort=effort)
    elif "reasoning_effort" in wishes:
        lost += ("reasoning_effort",)
    return Written(changed, lost)


def _ollama(body: Body, parameters: Parameters, card: ModelCard) -> Written:
    chat = into_chat(Chat(card.id), parameters)
    changed = {**body, **asking.think(chat, card)}
    wanted = asking.options(chat)
    if wanted:
        changed["options"] = _inside(body, "options", **wanted)
    return Written(changed, asking.dropped(chat, card))


def _inside(body: Body, name: str, **fields: Any) -> dict[str, Any]:
    """An object of the body with these fields; one that is none is what the provider refuses."""
    found = body.get(name)
    return {**(found if isinstance(found, dict) else {}), **fields}


def _without(
    parameters: Parameters, names: tuple[str, ...]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    kept = {name: value for name, value in parameters.items() if name not in names}
    return kept, tuple(name for name in parameters if name in names)


WIRES: Mapping[str, Callable[[Body, Parameters, ModelCard], Written]] = MappingProxyType(
    {
        "openai.chat": _openai,
        "openai.completions": _completions,
        "openai.responses": _responses,
        "anthropic.messages": _anthropic,
        "ollama.chat": _ollama,
        "ollama.generate": _ollama,
    }
)
"""By the names of `wires.INBOUND`."""
