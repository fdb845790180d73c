"""Token counts out of OpenAI-shaped answers and chunks, in disjoint parts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from aiconnect.adapters import details
from aiconnect.adapters.types import Usage
from aiconnect.adapters.values import amount, count, mapping, milliseconds

TICKS = Decimal(10) ** 10
"""Of xAI's `cost_in_usd_ticks` in a dollar (docs.x.ai, API reference, 2026-11)."""
COSTS = ("cost", "cost_in_usd_ticks", "estimated_cost")


def read_usage(answer: Mapping[str, Any]) -> Usage | None:
    """The usage that an answer or chunk states; None where it states none.

    Looks into `usage`, Groq's `x_groq.usage` and llama.cpp's `timings`, in this order.
    """
    timings = mapping(answer.get("timings"))
    for stated in (
        mapping(answer.get("usage")),
        mapping(mapping(answer.get("x_groq")).get("usage")),
    ):
        usage = _from_counts(stated, answer, timings)
        if usage is not None:
            return usage
    return _from_timings(timings)


def stated_cost(stated: Mapping[str, Any]) -> Decimal | None:
    """What a provider's `usage` says that the call costs, in USD; None where it says nothing.

    xAI counts ticks; Perplexity states parts and their total; DeepInfra calls it an estimate and
    bills it; OpenRouter states what it charges, and beside it what the provider charged whose key
    the team has left there (is_byok). Pages of docs.x.ai, docs.perplexity.ai, deepinfra.com/docs
    and openrouter.ai/docs (usage accounting), 2026-11.
    """
    if stated.keys().isdisjoint(COSTS):
        return None
    ticks = count(stated.get("cost_in_usd_ticks"))
    if ticks is not None:
        return ticks / TICKS
    total = amount(mapping(stated.get("cost")).get("total_cost"))
    if total is not None:
        return _owed(total)
    charged = amount(stated.get("cost", stated.get("estimated_cost")))
    if charged is None or stated.get("is_byok") is not True:
        return _owed(charged)
    upstream = amount(mapping(stated.get("cost_details")).get("upstream_inference_cost"))
    return _owed(charged + (_owed(upstream) or 0))


def _owed(cost: Decimal | None) -> Decimal | None:
    return cost if cost is not None and cost >= 0 else None


def _generation(
    answer: Mapping[str, Any], stated: Mapping[str, Any], timings: Mapping[str, Any]
) -> int | None:
    """Groq says it in its usage, Cerebras beside it, in seconds; llama.cpp in milliseconds."""
    for source in (stated, mapping(answer.get("time_info"))):
        taken = milliseconds(source.get("completion_time"))
        if taken is not None:
            return taken
    return milliseconds(timings.get("predicted_ms"), each=1)


def _from_counts(
    stated: Mapping[str, Any], answer: Mapping[str, Any], timings: Mapping[str, Any]
) -> Usage | None:
    if not stated:
        return None
    prompt = _first(stated, "prompt_tokens", "input_tokens")
    completion = _first(stated, "completion_tokens", "output_tokens")
    if prompt is None and completion is None:
        return None
    inward = _details(stated, "prompt_tokens_details", "input_tokens_details")
    outward = _details(stated, "completion_tokens_details", "output_tokens_details")
    read = count(inward.get("cached_tokens"))
    if read is None:
        read = count(stated.get("prompt_cache_hit_tokens"))  # DeepSeek's name for it
    write = count(inward.get("cache_write_tokens"))
    reasoning = count(outward.get("reasoning_tokens"))
    return Usage(
        input=_less(prompt, read, write),
        cache_read=read,
        cache_write=write,
        output=completion
        if _stands_apart(stated, prompt, completion, reasoning)
        else _less(completion, reasoning),
        reasoning=reasoning,
        generation_ms=_generation(answer, stated, timings),
        cost=stated_cost(stated),
        details=details.of_openai(answer, stated),
    )


def _stands_apart(
    stated: Mapping[str, Any], prompt: int | None, completion: int | None, reasoning: int | None
) -> bool:
    """Whether reasoning is counted beside the completion, as xAI does, and not inside it."""
    total = count(stated.get("total_tokens"))
    if total is None or not reasoning:
        return False
    return total == (prompt or 0) + (completion or 0) + reasoning


def _from_timings(timings: Mapping[str, Any]) -> Usage | None:
    read, prompt = count(timings.get("cache_n")), count(timings.get("prompt_n"))
    output = count(timings.get("predicted_n"))
    if prompt is None and output is None:
        return None
    return Usage(
        input=prompt,
        cache_read=read,
        output=output,
        generation_ms=milliseconds(timings.get("predicted_ms"), each=1),
    )


def _first(stated: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        found = count(stated.get(name))
        if found is not None:
            return found
    return None


def _details(stated: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        found = mapping(stated.get(name))
        if found:
            return found
    return {}


def _less(whole: int | None, *parts: int | None) -> int | None:
    """The whole without its parts; some servers state parts larger than the whole."""
    return None if whole is None else max(0, whole - sum(part or 0 for part in parts))
