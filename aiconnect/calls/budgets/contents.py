"""What in a request is no text: pictures and recordings, and what a provider fetches by itself.

A caller who pays from a budget may be inventive: what is declared a picture where a model reads
it as text (a tool's schema, the arguments of a call) counts as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LISTS = ("messages", "input", "prompt")
ROOTS = (*LISTS, "system")
_WORDS = re.compile(rb'"(?:image|input_|audio|file"|video|document"|container_)')
_DISGUISED = re.compile(rb"\\u00[2-7]")
"""A letter of ASCII written as a number: the same word in other bytes."""

SOUND = {"input_audio", "audio"}
MEDIA = {"image", "image_url", "input_image"} | SOUND
FETCHED = {
    "file", "input_file", "document", "video", "video_url", "input_video", "audio_url",
    "container_upload",
}  # fmt: skip
PLACES = (
    "image_url", "source", "input_audio", "audio", "file", "video_url", "audio_url", "input_file",
)  # fmt: skip
LINKS = ("url", "file_id", "file_url", "id")
READ_AS_TEXT = {"input", "arguments", "parameters", "input_schema", "function", "images"}
"""What stands under these within a message is text, whatever it says of itself."""

REMEMBERED = ("previous_response_id", "conversation", "container", "mcp_servers", "plugins")
SEARCHES = ("web_search_options", "search_parameters")
SERVED = re.compile(r"^(?:web_|file_search|code_|mcp|image_generation|x_search|collections_)")
"""Types of tools that a provider uses itself, and lets its model read what they give."""


@dataclass(slots=True)
class Contents:
    """`pictures` and recordings; `bytes_of_sound`; `media` are the bytes that are no text.

    `is_open` is whether it may read more than what is sent: files by address or id, searches,
    what was said before.
    """

    pictures: int = 0
    bytes_of_sound: int = 0
    media: int = 0
    is_open: bool = False


def contents(body: Mapping[str, Any], raw: bytes) -> Contents:
    """Looked through only where the bytes have a word for any of it."""
    found = Contents(is_open=_is_open(body))
    if _WORDS.search(raw) or is_disguised(raw):
        for part in _parts(body):
            _add(found, part)
    return found


def is_disguised(raw: bytes) -> bool:
    """Whether words may stand in it in other bytes: as numbers, or in another encoding."""
    return b"\0" in raw or (b"\\u00" in raw and _DISGUISED.search(raw) is not None)


def _is_open(body: Mapping[str, Any]) -> bool:
    if any(body.get(name) for name in (*REMEMBERED, *SEARCHES)):
        return True
    if isinstance(body.get("prompt"), dict):  # one that is kept at the provider, by its id
        return True
    tools = body.get("tools")
    every = tools if isinstance(tools, list) else ()
    types = (one.get("type") for one in every if isinstance(one, dict))
    return any(isinstance(one, str) and SERVED.match(one) for one in types)


def _add(found: Contents, part: Mapping[str, Any]) -> None:
    kind = part.get("type")
    if isinstance(kind, str) and kind in MEDIA:
        size = _largest(part)
        found.pictures += 1
        found.media += size
        found.bytes_of_sound += size if kind in SOUND else 0
    elif isinstance(kind, str) and kind in FETCHED:
        found.is_open = found.is_open or _is_linked(part)
    for image in _images(part):
        found.pictures += 1
        found.media += len(image)


def _parts(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every object in what is said, and the request itself for Ollama's pictures."""
    yield {"images": body.get("images")}
    stack: list[Any] = [body.get(name) for name in ROOTS]
    while stack:
        one = stack.pop()
        if isinstance(one, list):
            stack.extend(one)
        elif isinstance(one, dict):
            yield one
            kind = one.get("type")
            if not (isinstance(kind, str) and kind in MEDIA):
                stack.extend(part for name, part in one.items() if name not in READ_AS_TEXT)


def _images(message: Mapping[str, Any]) -> Iterator[str]:
    """As Ollama has them: a list of them in base64."""
    images = message.get("images")
    if isinstance(images, list):
        yield from (one for one in images if isinstance(one, str))


def _largest(part: Mapping[str, Any]) -> int:
    """The bytes of a part's data: the rest of it counts as text."""
    places = [part.get(name) for name in PLACES]
    texts = [one for one in places if isinstance(one, str)]
    for place in places:
        if isinstance(place, dict):
            texts += [text for name in ("url", "data") if isinstance(text := place.get(name), str)]
    return max((len(one) for one in texts), default=0)


def _is_linked(part: Mapping[str, Any]) -> bool:
    """Whether it is named by an address or an id, and not there itself."""
    inner = [one for name in PLACES if isinstance(one := part.get(name), dict)]
    links = [one.get(name) for one in (part, *inner) for name in LINKS]
    links += [one for name in ("video_url", "audio_url") if isinstance(one := part.get(name), str)]
    return any(isinstance(one, str) and not one.startswith("data:") for one in links)
