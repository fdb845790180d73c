"""Anthropic's Messages API, as programs speak it to us and as we speak it to Anthropic."""

from aiconnect.adapters.dialects.anthropic.errors import error_object
from aiconnect.adapters.dialects.anthropic.listing import model_object, models_page
from aiconnect.adapters.dialects.anthropic.messages import (
    AnthropicCountTokens,
    AnthropicMessages,
    AnthropicMessagesOut,
)

__all__ = [
    "AnthropicCountTokens",
    "AnthropicMessages",
    "AnthropicMessagesOut",
    "error_object",
    "model_object",
    "models_page",
]
