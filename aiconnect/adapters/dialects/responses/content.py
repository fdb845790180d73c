"""The parts of a message: text, pictures, files, recordings.

Source: platform.openai.com/docs/api-reference/responses/create, `input`, 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiconnect.adapters.chat import Audio, Cache, File, Image, Part, Refusal, Text
from aiconnect.adapters.dialects.responses.fields import (
    Body,
    needed,
    objects,
    section,
    string,
    wrong,
)
from aiconnect.adapters.values import mapping, text
from aiconnect.errors import CannotCarry

PDF = "application/pdf"
EPHEMERAL = {"type": "ephemeral"}


def read_content(value: object, where: str) -> tuple[Part, ...]:
    """The parts of a `content`: a string or a list of parts."""
    if isinstance(value, str):
        return (Text(value),)
    found = objects(value, where)
    return tuple(_part(part, f"{where}[{at}]") for at, part in enumerate(found))


def kind_of(body: Body) -> str:
    """The type of a part, an item or a tool, short enough to be told."""
    return text(body.get("type"), 60)


def _part(part: Body, where: str) -> Part:
    kind = kind_of(part)
    if kind not in _PARTS:
        raise CannotCarry(f"the content type {kind or 'without a name'}")
    return _PARTS[kind](part, where)


def _text(part: Body, where: str) -> Part:
    if not isinstance(part.get("text"), str):
        raise wrong(f"{where}.text", "a string")
    return Text(part["text"], _cache(part))


def _refusal(part: Body, where: str) -> Part:
    return Refusal(string(part, "refusal", f"{where}.refusal"))


def _image(part: Body, where: str) -> Part:
    if part.get("file_id") is not None:
        raise CannotCarry("pictures by `file_id`")
    url = needed(part, "image_url", f"{where}.image_url")
    detail, cache = string(part, "detail", f"{where}.detail"), _cache(part)
    if _is_link(url):
        return Image(url=url, detail=detail, cache=cache)
    media_type, data = _inline(url, f"{where}.image_url")
    return Image(media_type, data, detail=detail, cache=cache)


def _file(part: Body, where: str) -> Part:
    if part.get("file_id") is not None:
        raise CannotCarry("files by `file_id`")
    name, url = string(part, "filename", f"{where}.filename"), part.get("file_url")
    if url is not None:
        return File(name, url=needed(part, "file_url", f"{where}.file_url"), cache=_cache(part))
    data = needed(part, "file_data", f"{where}.file_data")
    media_type = PDF
    if data.startswith("data:"):
        media_type, data = _inline(data, f"{where}.file_data")
    return File(name, media_type, data, cache=_cache(part))


def _audio(part: Body, where: str) -> Part:
    recording = section(part, "input_audio", f"{where}.input_audio")
    where = f"{where}.input_audio"
    data = needed(recording, "data", f"{where}.data")
    return Audio(data, needed(recording, "format", f"{where}.format"))


_PARTS: Mapping[str, Callable[[Body, str], Part]] = {
    "input_text": _text,
    "output_text": _text,
    "text": _text,
    "refusal": _refusal,
    "input_image": _image,
    "input_file": _file,
    "input_audio": _audio,
}


def _cache(part: Body) -> Cache:
    """OpenAI's explicit breakpoint is Anthropic's cache mark; its `ttl` has other values."""
    return EPHEMERAL if mapping(part.get("prompt_cache_breakpoint")) else None


def _is_link(url: str) -> bool:
    return url.lower().startswith(("https://", "http://"))


def _inline(url: str, where: str) -> tuple[str, str]:
    """Media type and base64 of a data URI."""
    head, comma, data = url.partition(",")
    if not head.startswith("data:") or not head.endswith(";base64") or not (comma and data):
        raise wrong(where, "an https address or a data URI with base64")
    return head.removeprefix("data:").partition(";")[0], data
