"""How many tokens a call may come to: never fewer than a provider counts, as far as one can say.

A tokenizer makes a token of two bytes at least, but for rare text; a picture or a recording is
counted by what it shows, not by its bytes; a document may be all text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aiconnect.adapters.wires import EMBEDDINGS_IN, INBOUND
from aiconnect.calls.plan import Attempt
from aiconnect.calls.request import Request

BYTES_PER_TOKEN = 2
PER_MESSAGE = 16
PER_PICTURE = 8_192
BYTES_PER_SOUND_TOKEN = 64
"""Of a form with a file in it: the densest recordings have a token in some eighty bytes."""
REMEMBERED = 200_000
"""The input that is assumed where a provider remembers the conversation, and nobody says more."""
MOST = 2**40

LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")
LISTS = ("messages", "input", "prompt")
_MEDIA = re.compile(rb'"(?:input_)?(?:image(?:s|_url)?|audio)"')
_REMEMBERS = ("previous_response_id", "conversation")
PICTURES = {"image", "image_url", "input_image", "input_audio"}


def inward(request: Request, attempt: Attempt, sent: int) -> int:
    """Tokens that it may read; `sent` is how many bytes go to the provider."""
    size = max(len(request.raw), sent)
    if not request.body:
        return PER_PICTURE + size // BYTES_PER_SOUND_TOKEN
    pictures = list(_media(request.body)) if _MEDIA.search(request.raw) else []
    text = max(size - sum(pictures), 0)
    return min(
        -(-text // BYTES_PER_TOKEN)
        + PER_MESSAGE * (1 + _messages(request.body))
        + PER_PICTURE * len(pictures)
        + _remembered(request.body, attempt),
        MOST,
    )


def outward(request: Request, attempt: Attempt, cap: int) -> int:
    """Tokens that it may write: as it says, else the model's most, else `cap`; for each answer."""
    if request.wire in EMBEDDINGS_IN:
        return 0
    own = attempt.parameters.get("max_tokens")
    stated = own if isinstance(own, int) else _stated(request.body)
    if stated is None and request.wire in INBOUND and attempt.card is not None:
        stated = attempt.card.output_limit
    return min((stated or cap) * _answers(request), MOST)


def _stated(body: Mapping[str, Any]) -> int | None:
    options = body.get("options")
    ollama = options.get("num_predict") if isinstance(options, dict) else None
    return max(_counts(*map(body.get, LIMITS), ollama), default=None)


def _answers(request: Request) -> int:
    """How many answers are asked for; old completions answer each of several prompts."""
    body = request.body
    asked = max(_counts(body.get("n"), body.get("best_of")), default=1)
    prompts = body.get("prompt")
    if not isinstance(prompts, list) or not any(isinstance(one, str | list) for one in prompts):
        return asked
    return asked * len(prompts)


def _counts(*found: object) -> list[int]:
    return [n for n in found if isinstance(n, int) and not isinstance(n, bool) and n > 0]


def _messages(body: Mapping[str, Any]) -> int:
    found = (body.get(name) for name in LISTS)
    return sum(len(one) for one in found if isinstance(one, list))


def _remembered(body: Mapping[str, Any], attempt: Attempt) -> int:
    if not any(body.get(name) for name in _REMEMBERS):
        return 0
    return (attempt.card.context if attempt.card else None) or REMEMBERED


def _media(found: object) -> Iterator[int]:
    """The bytes of each picture and recording; none of one that is only named by its address."""
    stack = [found]
    while stack:
        one = stack.pop()
        if isinstance(one, list):
            stack.extend(one)
        elif isinstance(one, dict):
            if one.get("type") in PICTURES:
                yield _largest(one)
                continue
            yield from (len(image) for image in _images(one))
            stack.extend(part for name, part in one.items() if name != "images")


def _images(message: Mapping[str, Any]) -> Iterator[str]:
    """As Ollama has them: a list of them in base64."""
    images = message.get("images")
    if isinstance(images, list):
        yield from (one for one in images if isinstance(one, str))


def _largest(part: Mapping[str, Any]) -> int:
    """The bytes of a part's data: the rest of it counts as text."""
    places = (part.get("image_url"), part.get("source"), part.get("input_audio"))
    texts = [one for one in places if isinstance(one, str)]
    for place in places:
        if isinstance(place, dict):
            texts += [text for name in ("url", "data") if isinstance(text := place.get(name), str)]
    return max((len(one) for one in texts), default=0)
