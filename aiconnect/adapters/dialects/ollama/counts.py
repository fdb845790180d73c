"""Ollama's counts and durations; all of its times are nanoseconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect.adapters.types import Usage
from aiconnect.adapters.values import count, milliseconds

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


def read_usage(answer: Mapping[str, Any]) -> Usage | None:
    """What the last line, or a whole answer, states; thoughts are counted in its output.

    `prompt_eval_count` may be missing where the prompt was cached (docs.ollama.com/api, 2026-11).
    """
    prompt, output = count(answer.get("prompt_eval_count")), count(answer.get("eval_count"))
    if prompt is None and output is None:
        return None
    taken = count(answer.get("eval_duration"))
    took = milliseconds(taken / NS_PER_S) if taken is not None else None
    return Usage(input=prompt, output=output, generation_ms=took)


def write_counts(usage: Usage | None, total_ns: int, first_ns: int) -> dict[str, int]:
    """The figures of a last line; an unknown count is left out.

    The answer took `total_ns` from the call's begin, its first content came after `first_ns`.
    Programs divide by the durations, so none is 0 but the time to load, of which nobody knows.
    """
    known = usage or Usage()
    stated = (known.generation_ms or 0) * NS_PER_MS
    spoke = min(stated, total_ns) if stated else total_ns - first_ns
    written = {
        "total_duration": max(total_ns, 1),
        "load_duration": 0,
        "prompt_eval_count": _sum(known.input, known.cache_read, known.cache_write),
        "prompt_eval_duration": max(total_ns - spoke, 1),
        "eval_count": _sum(known.output, known.reasoning),
        "eval_duration": max(spoke, 1),
    }
    return {name: figure for name, figure in written.items() if figure is not None}


def _sum(*parts: int | None) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None
