"""Usage in OpenAI's words: what is counted as input and output includes its parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiconnect.adapters.types import Usage


def written(usage: Usage) -> dict[str, Any]:
    """`usage` of a chat or a completion; what the provider did not say counts as 0."""
    prompt, completion = prompt_tokens(usage), (usage.output or 0) + (usage.reasoning or 0)
    inward = {"cached_tokens": usage.cache_read or 0}
    if usage.cache_write:
        inward["cache_write_tokens"] = usage.cache_write
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": inward,
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning or 0},
    }


def prompt_tokens(usage: Usage) -> int:
    """Everything that went in, from the cache or not."""
    return (usage.input or 0) + (usage.cache_read or 0) + (usage.cache_write or 0)


def later(before: Usage | None, now: Usage) -> Usage:
    """The newest counts; what only an earlier chunk stated stays known (Groq's time: `x_groq`)."""
    if before is None:
        return now
    took = before.generation_ms if now.generation_ms is None else now.generation_ms
    cost = before.cost if now.cost is None else now.cost
    return replace(now, generation_ms=took, cost=cost, details={**before.details, **now.details})
