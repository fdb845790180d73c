"""Every wire by its name: as programs speak it to us, and as we speak it to providers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from aiconnect.adapters.dialects import anthropic, gemini, ollama, openai
from aiconnect.adapters.dialects.base import Inbound, Outbound
from aiconnect.adapters.dialects.embedding import EmbedInbound, EmbedOutbound
from aiconnect.adapters.dialects.responses import Responses
from aiconnect.errors import CallError

Wire = TypeVar("Wire", Inbound, Outbound, EmbedInbound, EmbedOutbound)
ErrorObject = Callable[[CallError, str], dict[str, Any]]


def _named(*wires: Wire) -> Mapping[str, Wire]:
    return MappingProxyType({wire.name: wire for wire in wires})


INBOUND: Mapping[str, Inbound] = _named(
    openai.OpenAIChat(),
    openai.OpenAICompletions(),
    Responses(),
    anthropic.AnthropicMessages(),
    ollama.OllamaChat(),
    ollama.OllamaGenerate(),
)
OUTBOUND: Mapping[str, Outbound] = _named(
    openai.OpenAIChatOut(),
    anthropic.AnthropicMessagesOut(),
    gemini.GeminiChat(),
    ollama.OllamaChatOut(),
)
EMBEDDINGS_IN: Mapping[str, EmbedInbound] = _named(openai.OpenAIEmbeddings(), ollama.OllamaEmbed())
EMBEDDINGS_OUT: Mapping[str, EmbedOutbound] = _named(
    openai.OpenAIEmbeddings(), ollama.OllamaEmbed(), gemini.GeminiEmbeddings()
)
COUNTERS_IN: Mapping[str, anthropic.AnthropicCountTokens] = MappingProxyType(
    {anthropic.AnthropicCountTokens.name: anthropic.AnthropicCountTokens()}
)

ERRORS: Mapping[str, ErrorObject] = MappingProxyType(
    {
        "openai": openai.error_object,
        "anthropic": anthropic.error_object,
        "ollama": ollama.error_object,
    }
)
"""How each dialect words an error, by the part of a wire's name before the point."""
