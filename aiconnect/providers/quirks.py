"""Quirks that several rows share."""

from aiconnect.providers.spec import Quirk


def dropped(*fields: str, models: str = "") -> tuple[Quirk, ...]:
    """Fields for which a provider would refuse the whole request."""
    return tuple(Quirk(field, drop=True, models=models) for field in fields)


OPAQUE = dropped("messages[].reasoning_details", "messages[].tool_calls[].extra_content")
"""What only OpenRouter and Gemini's own API know to read."""

TRACES_AS_REASONING = (Quirk("messages[].reasoning_content", to="reasoning"), *OPAQUE)
"""Earlier thoughts are called `reasoning`: vLLM, Groq, Cerebras, Ollama, LM Studio (2026-11)."""

NO_TRACES = (*dropped("messages[].reasoning_content", "messages[].reasoning"), *OPAQUE)
"""Earlier thoughts have no place: OpenAI's chat completions, Mistral (2026-11)."""
