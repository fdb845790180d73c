"""Counts beside the five of a call: parts of them that have a price of their own, and others.

Names and units (docs/usage-records.md): `input_audio`, `input_image`, `input_video`,
`cache_read_audio`, `cache_read_image`, `cache_write_1h`, `output_audio`, `output_image` and
`output_video` are tokens, and parts of input, cache_read, cache_write and output; `images` are
pictures made, `seconds` of sound, `characters` spoken, `searches` of the web. `batch`, `flex`,
`priority` and `fast` are 1 where the provider says that the call was served so. A count of 0 is
left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from aiconnect.adapters.values import MOST_TOKENS, count, entries, mapping

Details = dict[str, int]

TIERS = ("batch", "flex", "priority", "fast")
KINDS = ("audio", "image", "video")
MODALITIES = {"AUDIO": "audio", "IMAGE": "image", "VIDEO": "video"}


def of_openai(answer: Mapping[str, Any], stated: Mapping[str, Any]) -> Details:
    """What an OpenAI-shaped answer (or last chunk) with this `usage` says beside its totals.

    What was read from a cache is inside the parts of the input there (platform.openai.com/docs,
    API reference, 2026-11), and stands apart here.
    """
    tier = answer.get("service_tier")
    found = _tier(stated.get("service_tier") if tier is None else tier)
    inward = _first(stated, "prompt_tokens_details", "input_tokens_details", "input_token_details")
    outward = _first(stated, "completion_tokens_details", "output_tokens_details")
    if inward or outward:  # each look takes its time, and most answers say nothing of it
        found |= _kinds(inward, outward)
    if "server_tool_use" in stated or "output" in answer:
        found["searches"] = _searched(stated) or _search_items(answer)
    if "seconds" in stated:
        found["seconds"] = seconds(stated["seconds"])
    return known(found)


def _kinds(inward: Mapping[str, Any], outward: Mapping[str, Any]) -> Details:
    cached = mapping(inward.get("cached_tokens_details"))
    found: Details = {}
    for kind in KINDS:
        whole, read = _tokens(inward, f"{kind}_tokens"), _tokens(cached, f"{kind}_tokens")
        found[f"input_{kind}"] = max(0, whole - read)
        found[f"cache_read_{kind}"] = read
        found[f"output_{kind}"] = _tokens(outward, f"{kind}_tokens")
    return found


def of_anthropic(stated: Mapping[str, Any]) -> Details:
    """What Anthropic's `usage` says: which part of the cache is kept for an hour, searches, speed.

    docs.anthropic.com (Messages API, usage), 2026-11.
    """
    hour = _tokens(mapping(stated.get("cache_creation")), "ephemeral_1h_input_tokens")
    found = {"cache_write_1h": hour, "searches": _searched(stated)}
    return known(found | _tier(stated.get("service_tier")) | _tier(stated.get("speed")))


def of_gemini(stated: Mapping[str, Any], searches: int = 0) -> Details:
    """What `usageMetadata` says of modalities; the cached ones are inside the prompt's."""
    prompt, cached = _modal(stated, "prompt"), _modal(stated, "cache")
    made = _modal(stated, "candidates")
    found: Details = {"searches": searches}
    for kind in KINDS:
        found[f"input_{kind}"] = max(0, prompt.get(kind, 0) - cached.get(kind, 0))
        found[f"cache_read_{kind}"] = cached.get(kind, 0)
        found[f"output_{kind}"] = made.get(kind, 0)
    return known(found | _tier(stated.get("serviceTier")))


def known(found: Mapping[str, int]) -> Details:
    """Without what is 0, and nothing larger than a column holds."""
    return {name: min(number, MOST_TOKENS) for name, number in found.items() if number > 0}


def seconds(stated: object) -> int:
    """A length of sound in whole seconds, a begun one included; 0 where it is none."""
    if isinstance(stated, bool) or not isinstance(stated, int | float):
        return 0
    return math.ceil(stated) if 0 < stated <= MOST_TOKENS else 0


def _first(stated: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        if found := mapping(stated.get(name)):
            return found
    return {}


def _tokens(stated: Mapping[str, Any], name: str) -> int:
    return count(stated.get(name)) or 0


def _searched(stated: Mapping[str, Any]) -> int:
    """Anthropic's count of searches, which OpenRouter has taken over."""
    return _tokens(mapping(stated.get("server_tool_use")), "web_search_requests")


def _search_items(answer: Mapping[str, Any]) -> int:
    """An answer of the Responses API has an item for each; opening a page costs nothing."""
    calls = [one for one in entries(answer.get("output")) if one.get("type") == "web_search_call"]
    return sum(mapping(one.get("action")).get("type", "search") == "search" for one in calls)


def _tier(stated: object) -> Details:
    name = stated.lower() if isinstance(stated, str) else ""
    return {name: 1} if name in TIERS else {}


def _modal(stated: Mapping[str, Any], what: str) -> Details:
    found: Details = {}
    for kind, number in _counted(entries(stated.get(f"{what}TokensDetails"))):
        found[kind] = found.get(kind, 0) + number
    return found


def _counted(stated: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, int]]:
    for one in stated:
        modality = one.get("modality")
        if isinstance(modality, str) and modality in MODALITIES:
            yield MODALITIES[modality], _tokens(one, "tokenCount")
