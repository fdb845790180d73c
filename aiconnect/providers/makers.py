"""Who makes a model, as far as its id tells: facts about names, as data."""

from __future__ import annotations

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "ai21": "AI21", "aion-labs": "AionLabs", "allenai": "Ai2", "amazon": "Amazon",
    "anthracite-org": "Anthracite", "anthropic": "Anthropic", "baidu": "Baidu",
    "bytedance": "ByteDance", "bytedance-seed": "ByteDance", "canopylabs": "Canopy Labs",
    "cohere": "Cohere", "coherelabs": "Cohere", "deepseek": "DeepSeek",
    "deepseek-ai": "DeepSeek", "gemini": "Google", "google": "Google", "ibm-granite": "IBM",
    "inception": "Inception", "liquid": "Liquid AI", "mancer": "Mancer", "meta": "Meta",
    "meta-llama": "Meta", "microsoft": "Microsoft", "minimax": "MiniMax", "minimaxai": "MiniMax",
    "mistral": "Mistral", "mistralai": "Mistral", "moonshotai": "Moonshot AI",
    "neversleep": "NeverSleep",
    "nousresearch": "Nous Research", "nvidia": "NVIDIA", "openai": "OpenAI",
    "openrouter": "OpenRouter", "perplexity": "Perplexity", "qwen": "Alibaba", "sao10k": "Sao10K",
    "stepfun-ai": "StepFun", "tencent": "Tencent", "thedrummer": "TheDrummer",
    "undi95": "Undi95", "x-ai": "xAI", "xai": "xAI", "xiaomi": "Xiaomi", "z-ai": "Z.ai",
    "zai-org": "Z.ai",
}  # fmt: skip
"""What stands before the slash of an id, or a provider that serves its own models alone."""

BEGINNINGS: Mapping[str, str] = {
    "claude": "Anthropic", "codestral": "Mistral", "cogito": "Deep Cogito", "command-": "Cohere",
    "dall-e": "OpenAI", "deepseek": "DeepSeek", "devstral": "Mistral",
    "dolphin": "Cognitive Computations", "gemini": "Google", "gemma": "Google", "glm": "Z.ai",
    "gpt": "OpenAI", "granite": "IBM", "grok": "xAI", "hermes": "Nous Research", "jamba": "AI21",
    "kimi": "Moonshot AI", "llama": "Meta", "magistral": "Mistral", "mercury": "Inception",
    "meta-llama": "Meta", "minimax": "MiniMax", "ministral": "Mistral", "mistral": "Mistral",
    "mixtral": "Mistral", "nemotron": "NVIDIA", "nomic": "Nomic", "nous-hermes": "Nous Research",
    "o1": "OpenAI", "o3": "OpenAI", "o4": "OpenAI", "olmo": "Ai2", "phi": "Microsoft",
    "pixtral": "Mistral", "qwen": "Alibaba", "qwq": "Alibaba", "smollm": "Hugging Face",
    "sonar": "Perplexity", "text-embedding": "OpenAI", "tinyllama": "TinyLlama",
    "tts-1": "OpenAI", "whisper": "OpenAI", "wizardlm": "Microsoft", "yi-": "01.AI",
}  # fmt: skip
"""How ids without a slash begin, or what a server calls the family of a model."""

_LONGEST_FIRST = tuple(sorted(BEGINNINGS, key=len, reverse=True))


ELSEWHERE = ("-cloud", ":cloud")
"""How ids end that a local Ollama passes on to its maker's machines (docs.ollama.com/cloud)."""


def runs_here(model_id: str) -> bool:
    """Whether a server on the team's own machines runs the model itself."""
    return not model_id.endswith(ELSEWHERE)


def maker_of(provider: str, model_id: str, family: str | None) -> str:
    """Who makes a model of this provider; "" where nothing tells.

    `maker/model` says it itself; else the model's name, its family, or the provider does.
    """
    before, slash, _ = model_id.partition("/")
    stated = before.lstrip("~@").lower()
    if slash and stated in NAMES:
        return NAMES[stated]
    found = _by_beginning(model_id.rpartition("/")[2]) or _by_beginning(family or "")
    if found or not slash:
        return found or NAMES.get(provider, "")
    return before if model_id.count("/") == 1 else NAMES.get(provider, "")


def _by_beginning(name: str) -> str:
    low = name.lower()
    return next((BEGINNINGS[one] for one in _LONGEST_FIRST if low.startswith(one)), "")
