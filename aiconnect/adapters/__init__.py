"""Adapters by dialect: pure translation between our words and a provider's."""

from collections.abc import Mapping
from types import MappingProxyType

from aiconnect.adapters.anthropic import Anthropic
from aiconnect.adapters.azure import Azure
from aiconnect.adapters.base import Adapter
from aiconnect.adapters.deepseek import DeepSeek
from aiconnect.adapters.gemini import Gemini
from aiconnect.adapters.groq import Groq
from aiconnect.adapters.llamacpp import LlamaCpp
from aiconnect.adapters.lmstudio import LMStudio
from aiconnect.adapters.mistral import Mistral
from aiconnect.adapters.ollama import Ollama
from aiconnect.adapters.openai import OpenAI
from aiconnect.adapters.openrouter import OpenRouter
from aiconnect.adapters.xai import XAI

ADAPTERS: Mapping[str, Adapter] = MappingProxyType(
    {
        "openai": OpenAI(),
        "ollama": Ollama(),
        "lmstudio": LMStudio(),
        "llamacpp": LlamaCpp(),
        "anthropic": Anthropic(),
        "gemini": Gemini(),
        "groq": Groq(),
        "xai": XAI(),
        "openrouter": OpenRouter(),
        "mistral": Mistral(),
        "deepseek": DeepSeek(),
        "azure": Azure(),
    }
)
