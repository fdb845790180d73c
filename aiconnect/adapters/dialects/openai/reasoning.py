"""Thoughts in OpenAI's shape, for which OpenAI itself has no field: as the other hosts write them.

`reasoning_content` (DeepSeek, xAI, llama.cpp) or `reasoning` (vLLM, Groq, OpenRouter) is the text;
`reasoning_details` is OpenRouter's list, which alone carries signatures (its docs, read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from aiconnect.adapters.chat import Effort, Thinking
from aiconnect.adapters.dialects.openai.fields import bad, flag, object_of, text_of, whole
from aiconnect.adapters.values import entries

FORMAT = "anthropic-claude-v1"
EFFORTS: Mapping[str, Effort] = {effort: effort for effort in get_args(Effort)}
FIELDS = {"reasoning_effort", "reasoning", "thinking", "include_reasoning"}


def effort_of(body: Mapping[str, Any]) -> Effort | None:
    """How hard the caller wants the model to think, in whichever host's words it says so."""
    reasoning, thinking = object_of(body, "reasoning"), object_of(body, "thinking")
    stated = text_of(body, "reasoning_effort") or text_of(reasoning, "effort")
    if stated and stated != "default":  # Groq's word for what is usual
        if stated not in EFFORTS:
            raise bad(f"`reasoning_effort` must be one of {', '.join(EFFORTS)}.")
        return EFFORTS[stated]
    if flag(reasoning, "enabled") is False or thinking.get("type") == "disabled":
        return "none"
    is_on = flag(reasoning, "enabled") or thinking.get("type") in ("enabled", "adaptive")
    return "medium" if is_on and budget_of(body) is None else None


def budget_of(body: Mapping[str, Any]) -> int | None:
    """The same as a number of tokens."""
    reasoning, thinking = object_of(body, "reasoning"), object_of(body, "thinking")
    stated = whole(reasoning, "max_tokens"), whole(thinking, "budget_tokens")
    return next((tokens for tokens in stated if tokens and tokens > 0), None)


def is_shown(body: Mapping[str, Any]) -> bool | None:
    """Whether the caller asks for the thoughts, or for an answer without them."""
    excluded = flag(object_of(body, "reasoning"), "exclude")
    return flag(body, "include_reasoning") if excluded is None else not excluded


def effort_for(tokens: int) -> Effort:
    """A budget in words; OpenAI's dialect has no field for a number."""
    if tokens <= 2048:
        return "low"
    return "medium" if tokens <= 8192 else "high"


def text_in(said: Mapping[str, Any]) -> str:
    """The thoughts of a message or delta as plain text."""
    found = (said.get(field) for field in ("reasoning_content", "reasoning"))
    return next((text for text in found if isinstance(text, str) and text), "")


def details_in(said: Mapping[str, Any]) -> list[Thinking]:
    """The thoughts of a message or delta as OpenRouter lists them; a signature may stand alone."""
    return [found for one in entries(said.get("reasoning_details")) if (found := _detail(one))]


def _detail(one: Mapping[str, Any]) -> Thinking | None:
    texts = (one.get(field) for field in ("text", "summary"))
    text = next((text for text in texts if isinstance(text, str) and text), "")
    signature, data = one.get("signature"), one.get("data")
    found = Thinking(
        text,
        signature if isinstance(signature, str) else "",
        data if isinstance(data, str) and one.get("type") == "reasoning.encrypted" else "",
    )
    return found if found != Thinking() else None


def thoughts_in(said: Mapping[str, Any]) -> tuple[Thinking, ...]:
    """The thoughts of a whole message: the list where it says anything, else the text."""
    listed, text = details_in(said), text_in(said)
    if any(one.text for one in listed) or not text:
        return tuple(listed)
    return (Thinking(text), *listed)


def written(thoughts: Iterable[Thinking]) -> dict[str, Any]:
    """The fields of a message: the text, and the list where there is something opaque to keep."""
    kept = list(thoughts)
    text = "".join(one.text for one in kept)
    fields: dict[str, Any] = {"reasoning_content": text} if text else {}
    if any(one.signature or one.redacted for one in kept):
        fields["reasoning_details"] = [detail(one, n) for n, one in enumerate(kept)]
    return fields


def detail(one: Thinking, index: int) -> dict[str, Any]:
    """One entry of OpenRouter's list."""
    if one.redacted:
        said = {"type": "reasoning.encrypted", "data": one.redacted}
    else:
        said = {"type": "reasoning.text", "text": one.text}
    signature = {"signature": one.signature} if one.signature else {}
    return {**said, **signature, "format": FORMAT, "index": index}
