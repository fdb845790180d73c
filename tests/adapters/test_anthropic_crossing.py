"""The same conversation in Anthropic's words and in OpenAI's, each made from the other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aiconnect.adapters.chat import Chat
from aiconnect.adapters.dialects.anthropic import AnthropicMessages, AnthropicMessagesOut
from aiconnect.adapters.dialects.base import Answering, Translated
from aiconnect.adapters.dialects.openai import OpenAIChat, OpenAIChatOut
from aiconnect.adapters.types import ModelCard
from tests.fakes.samples import sample, sample_json

CHAT = Chat("m", wants_usage=True)
ANSWERING = Answering("call-1", "model-1", 1_795_300_081, CHAT, lambda: 5)


def events(wrote: bytes) -> list[Any]:
    lines = [line[6:] for line in wrote.splitlines() if line.startswith(b"data: ")]
    return [line if line == b"[DONE]" else json.loads(line) for line in lines]


def streamed(name: str) -> bytes:
    return sample(name).encode().rstrip() + b"\n\n"


def test_a_request_of_openais_is_anthropics():
    stated = sample_json("translate/conversation.anthropic.json")
    chat = OpenAIChat().read(sample_json("translate/conversation.openai.json"))
    wrote = AnthropicMessagesOut().write(chat, ModelCard("claude-opus-5-5"))
    assert wrote.body == {name: value for name, value in stated.items() if name != "stream"}


def test_a_request_of_anthropics_is_openais():
    stated = sample_json("translate/conversation.openai.json")
    chat = AnthropicMessages().read(sample_json("translate/conversation.anthropic.json"))
    wrote = OpenAIChatOut().write(chat, ModelCard("gpt-6-sol")).body
    assert OpenAIChat().read(wrote).messages == OpenAIChat().read(stated).messages
    assert wrote["tools"][0]["function"]["name"] == "get_weather"


@pytest.mark.parametrize("name", ["thinking", "tools"])
def test_a_stream_of_anthropics_is_openais(name: str):
    through = Translated(AnthropicMessagesOut().reader(), OpenAIChat().writer(ANSWERING))
    told = events(through.feed(streamed(f"anthropic/messages.{name}.stream.sse")))
    stated = events(streamed(f"translate/stream.anthropic_{name}.as_openai.sse"))
    assert said(told) == said(stated)
    assert told[-1] == b"[DONE]"
    assert told[-2]["usage"]["total_tokens"] == stated[-2]["usage"]["total_tokens"]


def said(told: list[Any]) -> dict[str, str]:
    """All text, thoughts, arguments and finishes, joined."""
    joined: dict[str, str] = {}
    for event in told[:-1]:
        for choice in event["choices"]:
            delta = choice["delta"]
            calls = delta.get("tool_calls") or [{}]
            pieces = {
                "text": delta.get("content"),
                "thoughts": delta.get("reasoning_content"),
                "names": calls[0].get("function", {}).get("name"),
                "arguments": calls[0].get("function", {}).get("arguments"),
                "finish": choice["finish_reason"],
            }
            joined |= {name: joined.get(name, "") + (piece or "") for name, piece in pieces.items()}
    return joined


def test_a_stream_of_openais_is_anthropics():
    through = Translated(OpenAIChatOut().reader(), AnthropicMessages().writer(ANSWERING))
    wrote = through.feed(streamed("openai/chat.tools.stream.sse")) + through.end()
    assert events(wrote) == events(streamed("translate/stream.openai_tools.as_anthropic.sse"))
