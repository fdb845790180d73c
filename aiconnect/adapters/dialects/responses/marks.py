"""What we put into a caller's answer so that it comes back to us, and how it is told again.

A signature of thoughts travels as the `encrypted_content` of a reasoning item, as OpenAI's own
does, behind a mark of ours: content that OpenAI encrypted means nothing to another provider, and
ours means nothing to OpenAI. A signature of a call stands beside it, where Google's own
OpenAI-shaped API has it: `extra_content.google.thought_signature`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect.adapters.chat import Thinking
from aiconnect.adapters.values import mapping

SIGNATURE = "aiconnect.signature."
REDACTED = "aiconnect.redacted."
EXTRA = "extra_content"

Item = Mapping[str, Any]


def sealed(signature: str, redacted: str) -> str | None:
    """The `encrypted_content` for thoughts; None where they have neither."""
    if redacted:
        return REDACTED + redacted
    return SIGNATURE + signature if signature else None


def opened(text: str, content: object) -> Thinking:
    """Thoughts of an earlier turn, with what `sealed` made; other content is left away."""
    if not isinstance(content, str):
        return Thinking(text)
    if content.startswith(REDACTED):
        return Thinking(text, redacted=content.removeprefix(REDACTED))
    is_ours = content.startswith(SIGNATURE)
    return Thinking(text, signature=content.removeprefix(SIGNATURE) if is_ours else "")


def is_sealed(content: object) -> bool:
    """Whether `sealed` made it."""
    return isinstance(content, str) and content.startswith((SIGNATURE, REDACTED))


def beside(signature: str) -> dict[str, Any]:
    """What a call with a signature has beside its usual fields."""
    return {EXTRA: {"google": {"thought_signature": signature}}} if signature else {}


def signature_of(item: Item) -> str:
    """The signature of a call that `beside` wrote."""
    found = mapping(mapping(item.get(EXTRA)).get("google")).get("thought_signature")
    return found if isinstance(found, str) else ""


def without(items: object) -> object:
    """An `input` without what only we understand, for a provider that speaks this wire itself."""
    if not isinstance(items, list) or not any(_is_marked(item) for item in items):
        return items
    kept = [item for item in items if not is_sealed(mapping(item).get("encrypted_content"))]
    return [_plain(item) for item in kept]


def _is_marked(item: object) -> bool:
    fields = mapping(item)
    return is_sealed(fields.get("encrypted_content")) or bool(signature_of(fields))


def _plain(item: object) -> object:
    if not isinstance(item, dict) or not signature_of(item):
        return item
    return {key: value for key, value in item.items() if key != EXTRA}
