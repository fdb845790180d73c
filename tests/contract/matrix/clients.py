"""The official clients that programs use, each told to ask the same things in its own way."""

from __future__ import annotations

from tests.contract.matrix.by_chats import OpenAIClient
from tests.contract.matrix.by_messages import AnthropicClient
from tests.contract.matrix.by_ollama import OllamaClient
from tests.contract.matrix.by_responses import ResponsesClient

CLIENTS = (OpenAIClient, ResponsesClient, AnthropicClient, OllamaClient)
