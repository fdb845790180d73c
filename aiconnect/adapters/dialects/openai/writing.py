"""A chat as OpenAI's dialect says it to a provider: in the words that most of its imitators know.

So the limit is `max_tokens`, the instructions are `system`, and content that is only text is one
string. What a host takes otherwise, OpenAI's own newer models among them, is in its row's quirks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aiconnect.adapters.chat import (
    Audio,
    Chat,
    Effort,
    File,
    Image,
    Message,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Written,
)
from aiconnect.adapters.dialects.openai import formats, parts, reasoning, tools, uses
from aiconnect.adapters.dialects.openai.pairing import Pairing
from aiconnect.adapters.types import ModelCard
from aiconnect.errors import CannotCarry

PARAGRAPH = "\n\n"
LONGEST_USER = 64  # OpenAI refuses a longer one (community.openai.com, 2025)
SAME = ("temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty", "seed")


def write(chat: Chat, card: ModelCard) -> Written:
    """Raises CannotCarry on `logprobs`: no answer as values holds them."""
    if chat.logprobs:
        raise CannotCarry("`logprobs`")
    body: dict[str, Any] = {"model": card.id, "messages": _messages(chat.messages)}
    body |= {name: value for name in SAME if (value := getattr(chat, name)) is not None}
    body |= tools.written_tools(chat)
    if chat.limit is not None:
        body["max_tokens"] = chat.limit
    if chat.stop:
        body["stop"] = list(chat.stop)
    if chat.format is not None:
        body["response_format"] = formats.written_format(chat.format)
    if chat.is_stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    more, dropped = _advisory(chat, card)
    return Written(body | more, dropped)


def _advisory(chat: Chat, card: ModelCard) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What may be left out: the fields to add, and the names of what has no place."""
    fields: dict[str, Any] = {}
    dropped = ["cache_control"] if _has_marks(chat) else []
    effort = _effort(chat)
    if effort is not None and (not card.capabilities or "reasoning" in card.capabilities):
        fields["reasoning_effort"] = effort
    elif effort not in (None, "none"):
        dropped.append("reasoning_effort")
    if len(chat.user) > LONGEST_USER:
        dropped.append("user")
    elif chat.user:
        fields["user"] = chat.user
    return fields, tuple(dropped)


def _effort(chat: Chat) -> Effort | None:
    if chat.effort is None and chat.thinking_tokens is not None:
        return reasoning.effort_for(chat.thinking_tokens)
    return chat.effort


def _has_marks(chat: Chat) -> bool:
    marked: Iterator[object] = (
        getattr(part, "cache", None) for message in chat.messages for part in message.parts
    )
    return bool(chat.cache) or any(marked) or any(tool.cache for tool in chat.tools)


def _messages(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    pairing = Pairing()
    turn = _turn_begins(messages)
    return [
        written
        for place, message in enumerate(messages)
        for written in _written(message, pairing, keeps_thoughts=place > turn)
    ]


def _turn_begins(messages: tuple[Message, ...]) -> int:
    """Where the last turn of the user stands.

    Thoughts of earlier turns are not sent: nobody needs them, and DeepSeek refuses them
    (api-docs.deepseek.com, 2026-11).
    """
    users = [place for place, message in enumerate(messages) if message.role == "user"]
    return users[-1] if users else -1


def _written(
    message: Message, pairing: Pairing, *, keeps_thoughts: bool
) -> Iterable[dict[str, Any]]:
    match message.role:
        case "tool":
            return _results(message, pairing)
        case "assistant":
            return [_assistant(message, pairing, keeps_thoughts=keeps_thoughts)]
        case role:
            return [{"role": role, "content": _content(message.parts)}]


def _content(said: Iterable[Part]) -> str | list[dict[str, Any]]:
    """One string where there is only text: some hosts take no list (DeepSeek, older servers)."""
    shown = [part for part in map(_as_shown, said) if part is not None]
    if all(isinstance(part, Text) for part in shown):
        return _joined(shown)
    return [parts.write(part) for part in shown]


def _as_shown(part: Part) -> Text | Image | File | Audio | None:
    if isinstance(part, Refusal):
        return Text(part.text)
    return part if isinstance(part, Text | Image | File | Audio) else None


def _joined(said: Iterable[Part]) -> str:
    return PARAGRAPH.join(part.text for part in said if isinstance(part, Text) and part.text)


def _assistant(message: Message, pairing: Pairing, *, keeps_thoughts: bool) -> dict[str, Any]:
    called = [part for part in message.parts if isinstance(part, ToolUse)]
    calls = [
        uses.written_use(use, call_id)
        for use, call_id in zip(called, pairing.open(called), strict=True)
    ]
    refusal = "".join(part.text for part in message.parts if isinstance(part, Refusal))
    text = _joined(message.parts)
    written: dict[str, Any] = {"role": "assistant", "content": text}
    if not text and (calls or refusal):
        written["content"] = None
    if keeps_thoughts:
        written |= reasoning.written(part for part in message.parts if isinstance(part, Thinking))
    if refusal:
        written["refusal"] = refusal
    return written | ({"tool_calls": calls} if calls else {})


def _results(message: Message, pairing: Pairing) -> Iterator[dict[str, Any]]:
    """A message for each result, then what is no text of them: results hold only text here."""
    shown: list[Part] = []
    for part in message.parts:
        if not isinstance(part, ToolResult):
            continue
        call_id = pairing.close(part)
        yield {"role": "tool", "tool_call_id": call_id, "content": _joined(part.parts)}
        shown += [one for one in part.parts if not isinstance(one, Text)]
    if shown:
        yield {"role": "user", "content": _content(shown)}
