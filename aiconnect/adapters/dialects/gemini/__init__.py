"""Gemini's API as we speak it to Google (https://ai.google.dev/api, read 2026-11)."""

from aiconnect.adapters.dialects.gemini.chat import GeminiChat
from aiconnect.adapters.dialects.gemini.counting import count_body, read_count
from aiconnect.adapters.dialects.gemini.embeddings import GeminiEmbeddings

__all__ = ["GeminiChat", "GeminiEmbeddings", "count_body", "read_count"]
