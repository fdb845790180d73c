"""What pictures, recordings and speech are billed by, where an answer or a request says it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiconnect.adapters import details
from aiconnect.adapters.types import Usage
from aiconnect.adapters.usage import read_usage

SPEECH, SOUND, PICTURES = "openai.audio.speech", "openai.audio.", "openai.images."
TAIL = 16 * 1024
"""Bytes at the end of a stream in which its usage is looked for: pictures come before it."""
_KEY = b'"usage"'
_decode = json.JSONDecoder().raw_decode


def asked(wire: str, body: Mapping[str, Any]) -> Usage | None:
    """What a request says already: speech is billed by the characters that are to be spoken.

    Whoever bills it by tokens says so in the answer, or not at all; then nothing is known of it.
    """
    text = body.get("input")
    if wire != SPEECH or not isinstance(text, str):
        return None
    return Usage(details=details.known({"characters": len(text)}))


def read(wire: str, answer: Mapping[str, Any]) -> Usage | None:
    """What an answer in JSON says."""
    if wire.startswith(PICTURES):
        return _pictures(answer)
    usage = read_usage(answer)
    return usage or _timed(answer) if wire.startswith(SOUND) else usage


def ended(wire: str, tail: bytes) -> Usage | None:
    """What the end of a streamed answer in events says: the last `usage` that can be read."""
    if not wire.startswith((PICTURES, SOUND)):
        return None
    at = tail.rfind(_KEY)
    if at < 0:
        return None
    rest = tail[at + len(_KEY) :].decode("utf-8", "replace").lstrip(" :")
    try:
        stated, _ = _decode(rest)
    except (ValueError, RecursionError):
        return None
    usage = read(wire, {"usage": stated})
    return usage if usage != Usage() else None


def _pictures(answer: Mapping[str, Any]) -> Usage | None:
    """Output without a word on what it is are the pictures themselves."""
    usage, made = read_usage(answer), answer.get("data")
    found = {} if usage is None else dict(usage.details)
    if usage is not None and usage.output and not _says_what(answer):
        found["output_image"] = usage.output
    found["images"] = len(made) if isinstance(made, list) else 0
    kept = details.known(found)
    return replace(usage or Usage(), details=kept) if usage or kept else None


def _says_what(answer: Mapping[str, Any]) -> bool:
    stated = answer.get("usage")
    return isinstance(stated, dict) and bool(stated.get("output_tokens_details"))


def _timed(answer: Mapping[str, Any]) -> Usage | None:
    """A transcription says how long the sound is: as its usage, or (verbose) beside its words."""
    stated = answer.get("usage")
    said = stated.get("seconds") if isinstance(stated, dict) else answer.get("duration")
    lasted = details.seconds(said)
    return Usage(details={"seconds": lasted}) if lasted else None
