"""How many tokens a call may come to: never fewer than a provider counts, as far as one can say.

A tokenizer makes a token of two bytes at least, but for rare text; a picture is counted by what
it shows, a recording by how long it is; a document may be all text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiconnect.adapters.wires import EMBEDDINGS_IN, INBOUND, OUTBOUND
from aiconnect.calls.budgets.contents import LISTS, contents, is_disguised
from aiconnect.calls.plan import Attempt
from aiconnect.calls.request import Request

BYTES_PER_TOKEN = 2
PER_MESSAGE = 16
PER_PICTURE = 8_192
BYTES_PER_SOUND_TOKEN = 64
"""The densest recordings have a token in some eighty bytes."""
REMEMBERED = 200_000
"""The input that is assumed where a provider reads more than it is sent, and nobody knows more."""
MOST = 2**40

LIMITS: Mapping[str, tuple[str, ...]] = {
    "openai.chat": ("max_completion_tokens", "max_tokens"),
    "openai.completions": ("max_tokens",),
    "openai.responses": ("max_output_tokens",),
    "anthropic.messages": ("max_tokens",),
    "ollama.chat": ("num_predict",),
    "ollama.generate": ("num_predict",),
}
"""The fields that bound an answer, by the caller's wire: any other is a word that nobody reads."""

ANSWERS = ("n", "best_of")
_FORM_ANSWERS = re.compile(
    rb'(?i)\bname\s{0,9}=\s{0,9}"?n"?[^\r\n]{0,200}(?:\r\n[^\r\n]{1,200}){0,5}\r\n\r\n\s*(\d{1,6})\b'
)
_NAMES = re.compile(rb'"(?:n|best_of|options|num_predict|max_(?:completion_|output_)?tokens)"')

Pair = tuple[str, Any]


def inward(request: Request, attempt: Attempt, sent: int) -> int:
    """Tokens that it may read; `sent` is how many bytes go to the provider."""
    size = max(len(request.raw), sent)
    if not request.body:
        return PER_PICTURE + size // BYTES_PER_SOUND_TOKEN
    found = contents(request.body, request.raw)
    text = max(size - found.media, 0)
    return min(
        -(-text // BYTES_PER_TOKEN)
        + PER_MESSAGE * (1 + _messages(request.body))
        + PER_PICTURE * found.pictures
        + found.bytes_of_sound // BYTES_PER_SOUND_TOKEN
        + (_context(attempt) if found.is_open else 0),
        MOST,
    )


def outward(request: Request, attempt: Attempt, cap: int) -> int:
    """Tokens that it may write: as it says, else the model's most, else `cap`; for each answer."""
    if request.wire in EMBEDDINGS_IN:
        return 0
    fields, own = _fields(request), attempt.parameters.get("max_tokens")
    each = own if isinstance(own, int) else _each(request, fields, attempt, cap)
    return min(each * _answers(request, fields), MOST)


def _each(request: Request, fields: Sequence[Pair], attempt: Attempt, cap: int) -> int:
    """A limit that is no whole number may be read as one, or not at all: the larger counts."""
    if request.wire not in INBOUND:
        return cap
    stated = _limits(request.wire, fields)
    exact = [one for one in stated if type(one) is int and one > 0]
    if exact and len(exact) == len(stated):
        return max(exact)
    return max([_usual(request, attempt, cap), *_counts(stated)])


def _usual(request: Request, attempt: Attempt, cap: int) -> int:
    """Where the call says nothing; a request that we write ourselves may have to say something."""
    known = attempt.card.output_limit if attempt.card is not None else None
    wire = attempt.opened.adapter.chat_wire
    own = OUTBOUND[wire].usual_limit if wire != request.wire and wire in OUTBOUND else 0
    return known or max(cap, own)


def _limits(wire: str, fields: Sequence[Pair]) -> list[object]:
    if wire.startswith("ollama."):
        inner = (one for name, one in fields if name == "options")
        fields = [pair for one in inner for pair in _pairs(one)]
    names = LIMITS[wire]
    return [one for name, one in fields if name in names and one is not None]


def _fields(request: Request) -> Sequence[Pair]:
    """The fields of the body; of two of the same name both, as providers may take either."""
    if not request.body:
        return ()
    raw, told = request.raw, _NAMES.findall(request.raw)
    if len(told) > len(set(told)) or is_disguised(raw):
        return _pairs(json.loads(raw, object_pairs_hook=list))
    return list(request.body.items())


def _pairs(found: object) -> Sequence[Pair]:
    if isinstance(found, dict):
        return list(found.items())
    whole = isinstance(found, list) and all(isinstance(one, tuple) for one in found)
    return found if whole and isinstance(found, list) else ()


def _answers(request: Request, fields: Sequence[Pair]) -> int:
    """How many answers are asked for; old completions answer each of several prompts."""
    body = request.body
    if not body:
        return max(map(int, _FORM_ANSWERS.findall(request.raw)), default=1) or 1
    asked = max(_counts(one for name, one in fields if name in ANSWERS), default=1)
    prompts = body.get("prompt")
    if not isinstance(prompts, list) or not any(isinstance(one, str | list) for one in prompts):
        return asked
    return asked * len(prompts)


def _counts(found: Iterable[object]) -> list[int]:
    return [n for one in found if (n := _read(one)) > 0]


def _read(value: object) -> int:
    """A number as a lenient server reads it: 1e6, 5.0 and "5" too; 0 for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0
    try:
        return int(float(value)) if not isinstance(value, int) else value
    except (ValueError, OverflowError):
        return 0


def _messages(body: Mapping[str, Any]) -> int:
    found = (body.get(name) for name in LISTS)
    return sum(len(one) for one in found if isinstance(one, list))


def _context(attempt: Attempt) -> int:
    return (attempt.card.context if attempt.card else None) or REMEMBERED
