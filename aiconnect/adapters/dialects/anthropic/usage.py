"""Token counts of Anthropic, which states the input without what the cache held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect.adapters.details import of_anthropic
from aiconnect.adapters.types import Usage
from aiconnect.adapters.values import count, mapping

COUNTS = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
          "output_tokens")  # fmt: skip
OBJECTS = ("output_tokens_details", "cache_creation", "server_tool_use")
WORDS = ("service_tier", "speed")


def read_usage(stated: Mapping[str, Any]) -> Usage | None:
    """The object `usage` in disjoint parts; None where it counts nothing."""
    fresh, read, written, output = (count(stated.get(name)) for name in COUNTS)
    if fresh is None and output is None:
        return None
    details = mapping(stated.get("output_tokens_details"))
    thought = count(details.get("thinking_tokens"))
    visible = None if output is None else max(0, output - (thought or 0))
    return Usage(
        input=fresh,
        cache_read=read,
        cache_write=written,
        output=visible,
        reasoning=thought,
        details=of_anthropic(stated),
    )


def write_usage(usage: Usage | None) -> dict[str, Any]:
    """The object `usage`; what nobody counted is 0, which every client can read."""
    known = usage or Usage()
    stated: dict[str, Any] = {
        "input_tokens": known.input or 0,
        "cache_read_input_tokens": known.cache_read or 0,
        "cache_creation_input_tokens": known.cache_write or 0,
        "output_tokens": (known.output or 0) + (known.reasoning or 0),
    }
    if known.reasoning is not None:
        stated["output_tokens_details"] = {"thinking_tokens": known.reasoning}
    return stated


class Tally:
    """The counts of a stream: every event states some anew, as totals so far.

    The first event says how large the input is, and a number of output tokens that counts
    nothing. It is no usage before an event has counted the output: a stream that is cut before
    that would look as if it had cost nothing.
    """

    def __init__(self) -> None:
        self._stated: dict[str, Any] = {}

    def start(self, stated: Mapping[str, Any]) -> None:
        """What `message_start` states."""
        self._stated = _counts(stated)
        self._stated.pop("output_tokens", None)

    def add(self, stated: Mapping[str, Any]) -> Usage | None:
        """What `message_delta` states; the usage so far, None while the output is uncounted."""
        self._stated |= _counts(stated)
        usage = read_usage(self._stated)
        return usage if usage is not None and usage.output is not None else None


def _counts(stated: Mapping[str, Any]) -> dict[str, Any]:
    """What really says something: a null does not replace what was said earlier."""
    counts: dict[str, Any] = {n: stated[n] for n in COUNTS if count(stated.get(n)) is not None}
    objects = {n: found for n in OBJECTS if (found := mapping(stated.get(n)))}
    return counts | objects | {n: stated[n] for n in WORDS if isinstance(stated.get(n), str)}
