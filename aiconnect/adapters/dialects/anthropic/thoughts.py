"""How hard to think, in the words that a model of Anthropic knows (read 2026-11)."""

from __future__ import annotations

from typing import Any

from aiconnect.adapters.chat import Chat, Effort, Message, Thinking, ToolUse, Written
from aiconnect.adapters.dialects.anthropic.rules import (
    BUDGETS,
    LEAST_BUDGET,
    Rules,
    effort_of,
)

ON = {"adaptive", "enabled"}
LOST = ("reasoning_effort",)


def thoughts(chat: Chat, rules: Rules, limit: int) -> Written:
    """The fields `thinking` and `output_config.effort`; `limit` is how many tokens may come out.

    Nothing is said where nothing was asked: some models think then, and some do not.
    """
    wanted = chat.effort
    if wanted is None and chat.thinking_tokens is not None:
        wanted = effort_of(chat.thinking_tokens)
    if wanted is None:
        is_to_show = chat.shows_thinking is True and not rules.budget
        return Written({"thinking": {"type": "adaptive", **_shown(chat)}} if is_to_show else {})
    if rules.budget:
        return _budget(chat, wanted, limit)
    if wanted == "none":
        return _off(rules)
    thinking = {"type": "adaptive", **_shown(chat)}
    return Written({"thinking": thinking, "output_config": {"effort": rules.effort(wanted)}})


def _shown(chat: Chat) -> dict[str, Any]:
    if chat.shows_thinking is None:
        return {}
    return {"display": "summarized" if chat.shows_thinking else "omitted"}


def _off(rules: Rules) -> Written:
    """No thinking; where it cannot be turned off, as little as there is."""
    if rules.off:
        return Written({"thinking": {"type": rules.off}})
    return Written({"output_config": {"effort": rules.effort("low")}}, LOST)


def _budget(chat: Chat, wanted: Effort, limit: int) -> Written:
    """At least 1024 tokens, and fewer than may come out.

    Not with a forced tool, and not in the midst of tool calls whose own thoughts the caller did
    not keep: each of these is refused.
    """
    if wanted == "none":
        return Written({})
    is_forced = chat.tool_choice is not None and chat.tool_choice.mode == "any"
    asked = max(chat.thinking_tokens or BUDGETS[wanted], LEAST_BUDGET)
    tokens = min(asked, limit - 1)
    if tokens < LEAST_BUDGET or is_forced or _lost_thoughts(chat):
        return Written({}, LOST)
    return Written({"thinking": {"type": "enabled", "budget_tokens": tokens, **_shown(chat)}})


def _lost_thoughts(chat: Chat) -> bool:
    said = [message for message in chat.messages if message.role == "assistant"]
    return bool(said) and _calls(said[-1]) and not _is_sealed(said[-1])


def _calls(message: Message) -> bool:
    return any(isinstance(part, ToolUse) for part in message.parts)


def _is_sealed(message: Message) -> bool:
    first = message.parts[0]
    return isinstance(first, Thinking) and bool(first.signature or first.redacted)
