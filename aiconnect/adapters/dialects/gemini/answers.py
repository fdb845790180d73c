"""A `GenerateContentResponse` as values, whether it is a whole answer or a piece of a stream.

Source: https://ai.google.dev/api/generate-content, read 2026-11.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiconnect.adapters import details
from aiconnect.adapters.chat import Completion, Finish, Said, Text, Thinking, ToolUse
from aiconnect.adapters.types import Usage
from aiconnect.adapters.values import LARGEST, count, entries, mapping, name, text
from aiconnect.ids import uuid7
from aiconnect.wire.http1 import Malformed

FINISHES: Mapping[str, Finish] = {
    "STOP": "stop", "FINISH_REASON_UNSPECIFIED": "stop", "MAX_TOKENS": "length",
    **dict.fromkeys(
        ("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
         "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
        "content_filter",
    ),
}  # fmt: skip

# The model failed, whatever it had said before: what it meant to call is lost.
FAULTS = {
    "MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL",
    "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE",
}  # fmt: skip

BLOCKED = "SAFETY"
_BILLED_BY_ANSWER = re.compile(r"(?:models/)?gemini-[12][.-]")
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Piece:
    """What one response says; `reason` is Google's word for why it ends, "" while it goes on."""

    id: str
    model: str
    parts: tuple[Said, ...]
    reason: str
    note: str
    usage: Usage | None


def read(answer: Mapping[str, Any], calls: int = 0) -> Piece:
    """Raises Malformed. `calls` is how many calls came before, for ids that Google leaves out."""
    candidate = next((c for c in entries(answer.get("candidates")) if not c.get("index")), {})
    response_id = name(answer.get("responseId"))
    parts = entries(mapping(candidate.get("content")).get("parts"))
    feedback = mapping(answer.get("promptFeedback"))
    is_blocked = not candidate and bool(feedback.get("blockReason"))
    note = candidate.get("finishMessage") or feedback.get("blockReasonMessage")
    return Piece(
        id=response_id,
        model=name(answer.get("modelVersion")),
        parts=tuple(_said(parts, response_id, calls)),
        reason=BLOCKED if is_blocked else text(candidate.get("finishReason"), 60),
        note=text(note),
        usage=usage_of(answer),
    )


def completion(answer: Mapping[str, Any]) -> Completion:
    """A whole answer. Raises Malformed on what is none, or says that the model failed."""
    piece = read(answer)
    if not piece.parts and not piece.reason:
        raise Malformed("an answer without content")
    finish = finish_of(piece.reason or "STOP", piece.parts)
    if finish is None:
        raise Malformed(failing(piece))
    return Completion(tuple(_joined(piece.parts)), finish, piece.id, piece.model, piece.usage)


def finish_of(reason: str, said: Iterable[Said]) -> Finish | None:
    """Our word for why an answer ends that has said all this; None where the model failed.

    `STOP` ends calls of tools too. What nobody has heard of, or is called OTHER, ends an answer
    well enough where there is one.
    """
    kinds = {type(part) for part in said}
    if reason in FAULTS:
        return None
    finish = FINISHES.get(reason) or ("stop" if kinds - {Thinking} else None)
    return "tool_calls" if finish == "stop" and ToolUse in kinds else finish


def failing(piece: Piece) -> str:
    """Why the model failed, in Google's words where there are any."""
    return piece.note or f"The model ended its answer with {piece.reason}."


def usage_of(answer: Mapping[str, Any]) -> Usage | None:
    """Tokens in disjoint parts; zero counters are left out there.

    The prompt includes what was read from the cache; candidates are counted without thoughts.
    """
    stated = mapping(answer.get("usageMetadata"))
    prompt, output = count(stated.get("promptTokenCount")), _counted(stated, "candidates")
    if prompt is None and count(stated.get("totalTokenCount")) is None:
        return None
    cached = count(stated.get("cachedContentTokenCount")) or 0
    others = _counted(stated, "toolUsePrompt") - cached
    return Usage(
        input=None if prompt is None else min(max(0, prompt + others), LARGEST),
        cache_read=cached,
        output=output,
        reasoning=_counted(stated, "thoughts"),
        details=details.of_gemini(stated, _searches(answer)),
    )


def _searches(answer: Mapping[str, Any]) -> int:
    """What was looked up on the web: queries, or answers where the model is of before Gemini 3.

    Those bill a grounded answer once (ai.google.dev/gemini-api/docs/pricing, 2026-11).
    """
    grounded = [mapping(one.get("groundingMetadata")) for one in entries(answer.get("candidates"))]
    queries = [one.get("webSearchQueries") for one in grounded]
    asked = [len(one) for one in queries if isinstance(one, list) and one]
    is_by_answer = _BILLED_BY_ANSWER.match(name(answer.get("modelVersion"))) is not None
    return len(asked) if is_by_answer else sum(asked)


def _counted(stated: Mapping[str, Any], what: str) -> int:
    return count(stated.get(f"{what}TokenCount")) or 0


def _said(parts: Iterable[Mapping[str, Any]], response_id: str, calls: int) -> Iterator[Said]:
    """Words, thoughts and calls in their order; code that Google ran and pictures have no place.

    The signature of words is left out: it may stay away, and callers would send it to others.
    """
    for part in parts:
        words = part.get("text")
        if part.get("functionCall") is not None:
            yield _call(part, response_id, calls)
            calls += 1
        elif isinstance(words, str) and words:
            yield Thinking(words) if part.get("thought") is True else Text(words)


def _call(part: Mapping[str, Any], response_id: str, number: int) -> ToolUse:
    call = mapping(part["functionCall"])
    called, args, signature = call.get("name"), call.get("args"), part.get("thoughtSignature")
    if not isinstance(called, str) or not called:
        raise Malformed("a call without a name")
    if args is not None and not isinstance(args, dict):
        raise Malformed("the arguments of a call are no object")
    return ToolUse(
        id=name(call.get("id")) or _made_id(response_id, number),
        name=called,
        arguments=_written(args or {}),
        signature=signature if isinstance(signature, str) else "",
    )


def _made_id(response_id: str, number: int) -> str:
    """Older models give their calls no id, and callers need one."""
    known = response_id if _PLAIN_ID.fullmatch(response_id) else uuid7()
    return f"call_{known}_{number}"


def _written(args: Mapping[str, Any]) -> str:
    try:
        return json.dumps(args, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        raise Malformed("arguments that no JSON can hold") from None


def _joined(parts: Iterable[Said]) -> Iterator[Said]:
    """Neighbours of one kind as one: Google cuts a whole answer's text where it likes."""
    last: Said | None = None
    for part in parts:
        if isinstance(part, Text) and isinstance(last, Text):
            last = Text(last.text + part.text)
        elif isinstance(part, Thinking) and isinstance(last, Thinking):
            last = Thinking(last.text + part.text)
        else:
            yield from [last] if last else []
            last = part
    yield from [last] if last else []
