"""The fakes: which paths each has, what it wants of a call, and whose words it uses."""

from tests.fakes.dialects.anthropic import Anthropic
from tests.fakes.dialects.gemini import Gemini, GeminiCompat
from tests.fakes.dialects.groq import Groq
from tests.fakes.dialects.hosts import (
    DeepInfra,
    Fireworks,
    HuggingFace,
    Nvidia,
    Perplexity,
    Together,
)
from tests.fakes.dialects.llamacpp import LlamaCpp
from tests.fakes.dialects.lmstudio import LMStudio, LMStudioCompat
from tests.fakes.dialects.makers import Azure, Cerebras, DeepSeek
from tests.fakes.dialects.mistral import Mistral
from tests.fakes.dialects.ollama import Ollama, OllamaCloud, OllamaCompat
from tests.fakes.dialects.openai import OpenAI
from tests.fakes.dialects.openrouter import OpenRouter
from tests.fakes.dialects.servers import Anyscale, Compatible, Vllm
from tests.fakes.dialects.xai import Xai

FAKES: dict[str, type[OpenAI]] = {
    fake.slug: fake
    for fake in (
        OpenAI, Anthropic, Gemini, Groq, Xai, OpenRouter, OllamaCloud,
        Mistral, DeepSeek, Together, Fireworks, Cerebras, DeepInfra, Perplexity, HuggingFace,
        Nvidia, Azure, Anyscale, OllamaCompat, LMStudioCompat, GeminiCompat, Compatible,
        Ollama, LMStudio, LlamaCpp, Vllm,
    )
}  # fmt: skip
