"""Anthropic's content blocks of a request into parts (its Messages API, read 2026-11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from aiconnect.adapters.chat import (
    Cache,
    File,
    Image,
    Part,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from aiconnect.adapters.dialects.anthropic.wrong import (
    a_string,
    a_string_or_nothing,
    an_object,
    as_text,
    objects,
)
from aiconnect.errors import CannotCarry

Block = Mapping[str, Any]
Found = TypeVar("Found", bound=Part)


def parts(content: object, place: str) -> tuple[Part, ...]:
    """The parts of a message; raises CallError, and CannotCarry for what only Anthropic has."""
    return _read(content, place, READERS)


def texts(content: object, place: str) -> tuple[Text, ...]:
    """The same where nothing but text may stand."""
    return _read(content, place, {"text": _text})


def _read(
    content: object, place: str, readers: Mapping[str, Callable[[Block, str], Found]]
) -> tuple[Found, ...]:
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    found: list[Found] = []
    for at, block in enumerate(objects(blocks, place)):
        kind = a_string(block.get("type"), f"{place}[{at}].type")
        if kind not in readers:
            raise CannotCarry(f"blocks of the type {kind[:60]} in `{_stem(place)}`")
        found.append(readers[kind](block, f"{place}[{at}]"))
    return tuple(found)


def _stem(place: str) -> str:
    return place.rpartition(".")[2]


def _cache(block: Block, place: str) -> Cache:
    mark = block.get("cache_control")
    return None if mark is None else an_object(mark, f"{place}.cache_control")


def _text(block: Block, place: str) -> Text:
    return Text(a_string(block.get("text"), f"{place}.text"), _cache(block, place))


def _image(block: Block, place: str) -> Image:
    source, kind = _source(block, place)
    cache = _cache(block, place)
    if kind == "url":
        return Image(url=a_string(source.get("url"), f"{place}.source.url"), cache=cache)
    if kind != "base64":
        raise CannotCarry(f"pictures from a source of the type {kind[:60]}")
    return Image(
        media_type=a_string(source.get("media_type"), f"{place}.source.media_type"),
        data=a_string(source.get("data"), f"{place}.source.data"),
        cache=cache,
    )


def _document(block: Block, place: str) -> Text | File:
    """A document of plain text is text under its title: every model can read that."""
    source, kind = _source(block, place)
    name = a_string_or_nothing(block.get("title"), f"{place}.title")
    cache = _cache(block, place)
    if kind == "url":
        return File(name, url=a_string(source.get("url"), f"{place}.source.url"), cache=cache)
    if kind not in {"base64", "text"}:
        raise CannotCarry(f"documents from a source of the type {kind[:60]}")
    data = a_string(source.get("data"), f"{place}.source.data")
    if kind == "text":
        return Text(f"{name}\n\n{data}" if name else data, cache)
    media_type = a_string(source.get("media_type"), f"{place}.source.media_type")
    return File(name, media_type, data, cache=cache)


def _source(block: Block, place: str) -> tuple[Block, str]:
    source = an_object(block.get("source"), f"{place}.source")
    return source, a_string(source.get("type"), f"{place}.source.type")


def _thinking(block: Block, place: str) -> Thinking:
    thought = a_string_or_nothing(block.get("thinking"), f"{place}.thinking")
    return Thinking(thought, a_string_or_nothing(block.get("signature"), f"{place}.signature"))


def _redacted(block: Block, place: str) -> Thinking:
    return Thinking(redacted=a_string(block.get("data"), f"{place}.data"))


def _tool_use(block: Block, place: str) -> ToolUse:
    given = an_object(block.get("input", {}), f"{place}.input")
    return ToolUse(
        id=a_string(block.get("id"), f"{place}.id"),
        name=a_string(block.get("name"), f"{place}.name"),
        arguments=as_text(given, f"{place}.input"),
    )


def _tool_result(block: Block, place: str) -> ToolResult:
    content = block.get("content")
    return ToolResult(
        id=a_string(block.get("tool_use_id"), f"{place}.tool_use_id"),
        parts=() if content is None else _read(content, f"{place}.content", PLAIN),
        is_error=block.get("is_error") is True,
        cache=_cache(block, place),
    )


# What the result of a tool may hold.
PLAIN: Mapping[str, Callable[[Block, str], Text | Image | File]] = {
    "text": _text,
    "image": _image,
    "document": _document,
}
READERS: Mapping[str, Callable[[Block, str], Part]] = {
    **PLAIN,
    "thinking": _thinking,
    "redacted_thinking": _redacted,
    "tool_use": _tool_use,
    "tool_result": _tool_result,
}
