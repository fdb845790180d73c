"""Who refused the content of a call that was answered: the provider's filter, or the model.

Codes of errors.KINDS. A router's moderation answers with an error instead (`adapters.reasons`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aiconnect.adapters.chat import Completion, Finish, Refusal
from aiconnect.adapters.values import entries, mapping

ROUTER, FILTER, MODEL = "content_moderated", "content_filtered", "model_refused"

ENDED_BY_FILTER = {"content_filter", "refusal"}
"""Finish reasons; with `refusal` Anthropic says that its classifiers stopped the answer."""


def by_finish(finish: object) -> str:
    """By any wire's word for why an answer ended; "" where nobody refused."""
    return FILTER if isinstance(finish, str) and finish in ENDED_BY_FILTER else ""


def in_completion(completion: Completion) -> str:
    """Of an answer as values."""
    return of(completion.finish, says_no=any(isinstance(p, Refusal) for p in completion.parts))


def of(finish: Finish | None, *, says_no: bool) -> str:
    """A filter explains itself in the place of a model's refusal, so the finish decides first."""
    return by_finish(finish) or (MODEL if says_no else "")


def in_choice(choice: Mapping[str, Any]) -> str:
    """Of one choice of a completion, whole or a piece of a stream."""
    said = mapping(choice.get("message")) or mapping(choice.get("delta"))
    return by_finish(choice.get("finish_reason")) or (MODEL if said.get("refusal") else "")


def in_answer(answer: Mapping[str, Any]) -> str:
    """Of a whole answer in any wire's words: completions, messages, responses."""
    ended = (answer.get("stop_reason"), mapping(answer.get("incomplete_details")).get("reason"))
    found = {*map(by_finish, ended), *map(in_choice, entries(answer.get("choices")))}
    if FILTER in found:
        return FILTER
    return MODEL if MODEL in found or _in_output(answer) else ""


def _in_output(answer: Mapping[str, Any]) -> bool:
    parts = (part for item in entries(answer.get("output")) for part in _parts(item))
    return any(part.get("type") == "refusal" for part in parts)


def _parts(item: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return entries(item.get("content"))
