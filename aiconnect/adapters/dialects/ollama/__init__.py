"""Ollama's own API: chats, completions, embeddings and the list of models, both ways."""

from aiconnect.adapters.dialects.ollama.embedding import OllamaEmbed
from aiconnect.adapters.dialects.ollama.errors import error_line, error_object
from aiconnect.adapters.dialects.ollama.inbound import OllamaChat, OllamaGenerate
from aiconnect.adapters.dialects.ollama.listing import VERSION, Listed, show, tags, version
from aiconnect.adapters.dialects.ollama.outbound import OllamaChatOut

__all__ = [
    "VERSION", "Listed", "OllamaChat", "OllamaChatOut", "OllamaEmbed", "OllamaGenerate",
    "error_line", "error_object", "show", "tags", "version",
]  # fmt: skip
