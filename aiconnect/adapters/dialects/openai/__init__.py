"""OpenAI's wires: chat completions, the older completions, embeddings (its reference, 2026-11)."""

from aiconnect.adapters.dialects.openai.completions import OpenAICompletions
from aiconnect.adapters.dialects.openai.embeddings import OpenAIEmbeddings
from aiconnect.adapters.dialects.openai.errors import error_object
from aiconnect.adapters.dialects.openai.wires import OpenAIChat, OpenAIChatOut

__all__ = [
    "OpenAIChat",
    "OpenAIChatOut",
    "OpenAICompletions",
    "OpenAIEmbeddings",
    "error_object",
]
