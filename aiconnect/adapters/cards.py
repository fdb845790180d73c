"""Model cards out of lists in OpenAI's shape, as the many hosts that imitate it write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from aiconnect.adapters.types import ModelCard
from aiconnect.adapters.values import entries, mapping, moment, name, text, tokens, words

# What an id says about a model whose entry says nothing (OpenAI's list, read 2026-11).
TYPES_BY_ID = (
    ("embedding", re.compile(r"(?i)embed|(?:^|/)(?:bge|gte|e5)-")),
    ("rerank", re.compile(r"(?i)rerank")),
    ("image", re.compile(r"(?i)^(?:.*/)?(?:chatgpt-image|gpt-image|dall-e|stable-diffusion|flux)")),
    (
        "audio",
        re.compile(r"(?i)whisper|transcribe|(?:^|-|/)tts(?:-|$)|realtime|^gpt-(?:audio|live)"),
    ),
    ("other", re.compile(r"(?i)moderation|^sora-|^(?:davinci|babbage)-|turbo-instruct")),
    # These answer at /responses alone.
    ("other", re.compile(r"^(?:o\d|gpt-\d)[\w.-]*-(?:pro|codex|deep-research)|^computer-use-")),
)
REASONING_BY_ID = re.compile(r"^(?:o[134]|gpt-[56])(?!.*-chat-latest)")
TYPES_BY_NAME = {
    "chat": "chat", "language": "chat", "llm": "chat", "vlm": "chat", "base": "chat",
    "embedding": "embedding", "embeddings": "embedding", "image": "image", "audio": "audio",
    "transcribe": "audio", "transcription": "audio", "speech": "audio",
    "rerank": "rerank", "moderation": "other", "video": "other", "decisions": "other",
}  # fmt: skip
CAPABILITIES = {
    "tools": "tools", "tool_use": "tools", "tool_choice": "tools", "function_calling": "tools",
    "trained_for_tool_use": "tools", "supports_tools": "tools",
    "vision": "vision", "supports_image_input": "vision", "image": "vision",
    "reasoning": "reasoning", "thinking": "reasoning", "audio": "audio", "insert": "insert",
}  # fmt: skip
CONTEXT = (
    "context_length", "max_model_len", "max_context_length", "context_window", "n_ctx",
    "n_ctx_train", "max_prompt_length",
)  # fmt: skip
MOST = 20_000  # models in one list
RETIRES = ("retires_at", "shutdown_date", "expiration_date", "deprecation")
OUTPUT = ("max_completion_tokens", "max_output_tokens", "max_output_length")


def read_list(body: object) -> list[Mapping[str, Any]] | None:
    """The entries of `{"data": […]}`, `{"models": […]}` or a bare array; None: there is no list."""
    if isinstance(body, list):
        return entries(body)
    for key in ("data", "models"):
        found = mapping(body).get(key)
        if isinstance(found, list):
            return entries(found)
    # Some servers say null for an empty list.
    is_empty = mapping(body).get("object") == "list"
    return [] if is_empty else None


def cards(found: Iterable[Mapping[str, Any]]) -> tuple[ModelCard, ...]:
    """A card for each entry with an id, each id once, in the list's order."""
    return distinct(card for entry in found if (card := _card(entry)))


def distinct(found: Iterable[ModelCard]) -> tuple[ModelCard, ...]:
    """The first card of each id, and no more than a list may have."""
    by_id: dict[str, ModelCard] = {}
    for card in islice(found, MOST):
        by_id.setdefault(card.id, card)
    return tuple(by_id.values())


def model_id(entry: Mapping[str, Any]) -> str:
    """What calls name the model by."""
    return next((found for key in ("id", "model", "name") if (found := name(entry.get(key)))), "")


def _card(entry: Mapping[str, Any]) -> ModelCard | None:
    found = model_id(entry)
    if not found:
        return None
    inner = (mapping(entry.get(key)) for key in ("top_provider", "meta", "metadata"))
    sources = (entry, *inner, *entries(entry.get("providers")))
    kind = _type(entry, found)
    return ModelCard(
        id=found,
        name=_shown_name(entry, found),
        type=kind,
        context=tokens(*(source.get(key) for key in CONTEXT for source in sources)),
        output_limit=tokens(*(source.get(key) for key in OUTPUT for source in sources)),
        capabilities=capabilities(*_named(sources)) or _by_id(kind, found),
        retires_at=next((at for key in RETIRES if (at := moment(entry.get(key)))), None),
    )


def _by_id(kind: str, found: str) -> tuple[str, ...]:
    """OpenAI's list says nothing about abilities; its ids tell what reasons."""
    return ("reasoning",) if kind == "chat" and REASONING_BY_ID.search(found) else ()


def _shown_name(entry: Mapping[str, Any], found: str) -> str:
    shown = text(entry.get("display_name")) or text(entry.get("name"))
    return "" if shown == found else shown


def _type(entry: Mapping[str, Any], found: str) -> str:
    outputs = words(mapping(entry.get("architecture")).get("output_modalities"))
    stated = TYPES_BY_NAME.get(text(entry.get("type"), 40).lower())
    if stated and stated != "chat":
        return stated
    if outputs and "text" not in outputs:
        return TYPES_BY_NAME.get(outputs[0], "other")
    by_id = stated or type_by_id(found)
    return "other" if by_id == "chat" and entry.get("supports_chat") is False else by_id


def type_by_id(found: str) -> str:
    """What kind of model an id sounds like."""
    return next((kind for kind, pattern in TYPES_BY_ID if pattern.search(found)), "chat")


def capabilities(*named: str) -> tuple[str, ...]:
    """Our words for what hosts call a model's abilities, in alphabetical order."""
    return tuple(sorted({CAPABILITIES[one] for one in named if one in CAPABILITIES}))


def _named(sources: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for source in sources:
        stated = source.get("capabilities")
        yield from words(stated)
        yield from (key for key, value in mapping(stated).items() if value)
        yield from words(source.get("supported_parameters"))
        yield from words(source.get("tags"))
        yield from words(mapping(source.get("architecture")).get("input_modalities"))
        yield from (key for key in CAPABILITIES if source.get(key) is True)
        yield from ("reasoning",) if mapping(source.get("reasoning")) else ()
