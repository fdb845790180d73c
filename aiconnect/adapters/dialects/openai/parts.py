"""Parts of a message's content: what a caller writes, and what a provider is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect.adapters.chat import Audio, Cache, File, Image, Part, Refusal, Text, Thinking
from aiconnect.adapters.dialects.openai.fields import bad, object_of, text_of
from aiconnect.adapters.values import entries, mapping, text
from aiconnect.errors import CannotCarry

PDF = "application/pdf"
# How base64 of each kind begins; Ollama's callers send pictures without their media type.
PICTURES = (("/9j/", "image/jpeg"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp"))


def read(content: object) -> tuple[Part, ...]:
    """The parts of a message: text, a list of parts, or nothing. Raises CallError, CannotCarry."""
    if content is None or content == "":
        return ()
    if isinstance(content, str):
        return (Text(content),)
    if not isinstance(content, list):
        raise bad("`content` must be a string or a list of parts.")
    return tuple(_part(one) for one in content if one != "")


def _part(one: object) -> Part:
    if isinstance(one, str):
        return Text(one)
    if not isinstance(one, dict):
        raise bad("Every part of `content` must be an object.")
    kind = one.get("type") or ("text" if "text" in one else None)
    if not isinstance(kind, str):
        raise bad("Every part of `content` must have a `type`.")
    return _typed(kind, one)


def _typed(kind: str, one: Mapping[str, Any]) -> Part:
    match kind:
        case "text" | "input_text" | "output_text":
            return Text(text_of(one, "text"), cache=cache_of(one))
        case "image_url":
            return _image(one)
        case "file":
            return _file(object_of(one, "file"), cache_of(one))
        case "input_audio":
            audio = object_of(one, "input_audio")
            return Audio(text_of(audio, "data"), text_of(audio, "format"))
        case "refusal":
            return Refusal(text_of(one, "refusal"))
        case "thinking":
            return Thinking(thought(one))
    raise CannotCarry(f"parts of the type {text(kind, 40)}")


def cache_of(one: Mapping[str, Any]) -> Cache:
    """The mark that ends what is to be cached: OpenRouter's `cache_control`, or OpenAI's own."""
    mark = one.get("cache_control")
    if isinstance(mark, dict):
        return mark
    return {"type": "ephemeral"} if mapping(one.get("prompt_cache_breakpoint")) else None


def thought(one: Mapping[str, Any]) -> str:
    """The text of Mistral's thinking part (docs.mistral.ai, 2026-11): a list of texts."""
    inner = one.get("thinking")
    if isinstance(inner, str):
        return inner
    return "".join(said for part in entries(inner) if isinstance(said := part.get("text"), str))


def _image(one: Mapping[str, Any]) -> Image:
    inner = one.get("image_url")
    stated: Mapping[str, Any] = {"url": inner} if isinstance(inner, str) else mapping(inner)
    url, detail = text_of(stated, "url"), text_of(stated, "detail")
    if _is_web(url):
        return Image(url=url, detail=detail, cache=cache_of(one))
    media_type, data = _from_data_url(url)
    if not data:
        raise bad("`image_url.url` must be an http(s) address or a base64 data URL.")
    return Image(media_type, data, detail=detail, cache=cache_of(one))


def _file(stated: Mapping[str, Any], cache: Cache) -> File:
    filename, written = text_of(stated, "filename"), text_of(stated, "file_data")
    if not written:
        raise CannotCarry("files by id") if stated.get("file_id") else bad("A file has no data.")
    if _is_web(written):  # OpenRouter takes an address in this place
        return File(filename, url=written, cache=cache)
    media_type, data = _from_data_url(written) if written.startswith("data:") else (PDF, written)
    if not data:
        raise bad("`file.file_data` must be base64 or a base64 data URL.")
    return File(filename, media_type or PDF, data, cache=cache)


def _is_web(url: str) -> bool:
    return url[:8].lower().startswith(("https://", "http://"))


def _from_data_url(url: str) -> tuple[str, str]:
    """Media type and base64 of `data:image/png;base64,…`; twice "" where it is no such URL."""
    head, comma, data = url.partition(",")
    scheme, _, kind = head.partition(":")
    if not comma or scheme.lower() != "data" or not kind.lower().endswith(";base64"):
        return "", ""
    return kind.split(";", 1)[0], data


def write(part: Text | Image | File | Audio) -> dict[str, Any]:
    """A part for a provider. Raises CannotCarry."""
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Image():
            url = part.url or _data_url(part.media_type or _picture(part.data), part.data)
            detail = {"detail": part.detail} if part.detail else {}
            return {"type": "image_url", "image_url": {"url": url, **detail}}
        case Audio():
            return {
                "type": "input_audio",
                "input_audio": {"data": part.data, "format": part.format},
            }
        case File():
            return {"type": "file", "file": _written_file(part)}


def _written_file(part: File) -> dict[str, str]:
    if not part.data:
        raise CannotCarry("files by URL")
    kind = part.media_type or PDF
    return {"filename": part.name or "document.pdf", "file_data": _data_url(kind, part.data)}


def _data_url(media_type: str, data: str) -> str:
    return f"data:{media_type};base64,{data}"


def _picture(data: str) -> str:
    return next((kind for start, kind in PICTURES if data.startswith(start)), "image/png")
