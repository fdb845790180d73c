"""A request in Anthropic's words (its Messages API, read 2026-11)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiconnect.adapters.chat import Chat, Image, Message, ToolResult, Written
from aiconnect.adapters.dialects.anthropic.rules import Rules, rules_of
from aiconnect.adapters.dialects.anthropic.thoughts import ON, thoughts
from aiconnect.adapters.dialects.anthropic.toolbox import toolbox
from aiconnect.adapters.dialects.anthropic.turns import Block, system, turns
from aiconnect.adapters.types import ModelCard
from aiconnect.errors import CannotCarry

USUAL_LIMIT = 8192
"""Output tokens where nobody says how many: every model can give so many."""

ANY_JSON = "Answer with one JSON object and nothing else: no words around it, no code fence."
"""OpenAI's `json_object` has no field here. It demands of its callers that they ask for JSON in
words, so words carry it; that nothing enforces it is told with the dropped fields."""

NOT_HERE = ("presence_penalty", "frequency_penalty", "seed")
SAMPLING = ("temperature", "top_p", "top_k")


def write(chat: Chat, card: ModelCard) -> Written:
    """The request; raises CannotCarry."""
    if chat.logprobs or chat.top_logprobs:
        raise CannotCarry("`logprobs`")
    rules, limit = rules_of(card.id), _limit(chat, card)
    thinking = thoughts(chat, rules, limit)
    is_thinking = thinking.body.get("thinking", {}).get("type") in ON
    return _joined([
        Written({"model": card.id, "max_tokens": limit}, _not_here(chat)),
        _talk(chat, rules),
        toolbox(chat, rules),
        thinking,
        _format(chat, rules, thinking.body.get("output_config", {})),
        _sampling(chat, rules, is_thinking=is_thinking),
        _rest(chat),
    ])  # fmt: skip


def _joined(pieces: Iterable[Written]) -> Written:
    body: dict[str, Any] = {}
    dropped: dict[str, None] = {}
    for piece in pieces:
        body |= piece.body
        dropped |= dict.fromkeys(piece.dropped)
    return Written(body, tuple(dropped))


def _limit(chat: Chat, card: ModelCard) -> int:
    """More than a model can give is refused, so it is never asked for."""
    most = card.output_limit
    wanted = chat.limit or most or USUAL_LIMIT
    return min(wanted, most) if most else wanted


def _not_here(chat: Chat) -> tuple[str, ...]:
    wishes = tuple(name for name in NOT_HERE if getattr(chat, name))
    return (*wishes, "detail") if any(map(_has_detail, chat.messages)) else wishes


def _has_detail(message: Message) -> bool:
    results = [part.parts for part in message.parts if isinstance(part, ToolResult)]
    pictures = [part for parts in (message.parts, *results) for part in parts]
    return any(isinstance(one, Image) and one.detail not in {"", "auto"} for one in pictures)


def _talk(chat: Chat, rules: Rules) -> Written:
    before, talk = system(chat.messages)
    found = turns(talk)
    if found[-1]["role"] == "assistant":
        _may_go_on(found[-1]["content"], rules)
    is_any_json = chat.format is not None and chat.format.schema is None
    if is_any_json:
        before = _with_sentence(before, ANY_JSON)
    body = {"system": before} if before else {}
    return Written(body | {"messages": found}, ("response_format",) if is_any_json else ())


def _may_go_on(last: list[Block], rules: Rules) -> None:
    """The model goes on with the assistant's last words; space at their end is refused."""
    if not rules.prefill:
        raise CannotCarry("a last message of the assistant")
    if last[-1]["type"] == "text":
        last[-1]["text"] = last[-1]["text"].rstrip() or "…"


def _with_sentence(before: str | list[Block] | None, sentence: str) -> str | list[Block]:
    if isinstance(before, list):
        return [*before, {"type": "text", "text": sentence}]
    return f"{before}\n\n{sentence}" if before else sentence


def _format(chat: Chat, rules: Rules, config: dict[str, Any]) -> Written:
    if chat.format is None or chat.format.schema is None:
        return Written({})
    if not rules.schemas:
        raise CannotCarry("a JSON schema for the answer")
    held = {"type": "json_schema", "schema": chat.format.schema}
    return Written({"output_config": {**config, "format": held}})


def _sampling(chat: Chat, rules: Rules, *, is_thinking: bool) -> Written:
    """Newer models refuse it, and older ones while they think.

    Temperature ends at 1, and does not go together with `top_p`.
    """
    asked = {name: value for name in SAMPLING if (value := getattr(chat, name)) is not None}
    if not rules.samples or is_thinking:
        return Written({}, tuple(name for name, value in asked.items() if value != 1))
    sent = {**asked, **({"temperature": 1.0} if asked.get("temperature", 0) > 1 else {})}
    if "temperature" in sent:
        sent.pop("top_p", None)
    return Written(sent, tuple(name for name in asked if sent.get(name) != asked[name]))


def _rest(chat: Chat) -> Written:
    stops = [stop for stop in chat.stop if stop.strip()]
    body: dict[str, Any] = {}
    if stops:
        body["stop_sequences"] = stops
    if chat.user:
        body["metadata"] = {"user_id": chat.user}
    if chat.cache is not None:
        body["cache_control"] = chat.cache
    if chat.is_stream:
        body["stream"] = True
    return Written(body, () if len(stops) == len(chat.stop) else ("stop",))
