"""Adapters by dialect: pure translation between our words and a provider's."""

from collections.abc import Mapping
from types import MappingProxyType

from aiconnect.adapters.base import Adapter
from aiconnect.adapters.llamacpp import LlamaCpp
from aiconnect.adapters.lmstudio import LMStudio
from aiconnect.adapters.ollama import Ollama
from aiconnect.adapters.openai import OpenAI

ADAPTERS: Mapping[str, Adapter] = MappingProxyType(
    {
        "openai": OpenAI(),
        "ollama": Ollama(),
        "lmstudio": LMStudio(),
        "llamacpp": LlamaCpp(),
        # replaced one by one
        "anthropic": OpenAI(),
        "gemini": OpenAI(),
        "groq": OpenAI(),
        "xai": OpenAI(),
        "openrouter": OpenAI(),
        "mistral": OpenAI(),
    }
)
