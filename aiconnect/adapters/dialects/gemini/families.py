"""What differs between Gemini's models, as data: how thinking is asked for, what history needs.

Sources: https://ai.google.dev/gemini-api/docs/thinking and …/thought-signatures, read 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiconnect.adapters.chat import Chat, Effort
from aiconnect.adapters.types import ModelCard

LEVELS: Mapping[Effort, str] = {
    "none": "LOW", "minimal": "LOW", "low": "LOW", "medium": "MEDIUM", "high": "HIGH",
    "xhigh": "HIGH", "max": "HIGH",
}  # fmt: skip
"""What every model with levels takes: XHIGH is in the schema, but no model is said to have it."""

MINIMAL: Mapping[Effort, str] = {**LEVELS, "none": "MINIMAL", "minimal": "MINIMAL"}
TWO_LEVELS: Mapping[Effort, str] = {**LEVELS, "medium": "HIGH"}

BUDGETS: Mapping[Effort, int] = {
    "none": 0, "minimal": 1024, "low": 1024, "medium": 8192, "high": 24_576, "xhigh": 24_576,
    "max": 24_576,
}  # fmt: skip
"""The numbers that Google's own OpenAI layer is reported to use."""

STEPS: tuple[Effort, ...] = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Family:
    """The models whose ids fit `models`.

    An effort is one of `levels` or of `budgets`; a family with neither is not asked to think.
    A budget above 0 is from `least` to `most` tokens; 0 means `least` where thinking cannot be
    switched off. `is_third`: from Gemini 3 on, calls in history need their signatures, and
    results of tools may hold pictures.
    """

    models: re.Pattern[str]
    levels: Mapping[Effort, str] = field(default_factory=dict)
    budgets: Mapping[Effort, int] = field(default_factory=dict)
    least: int = 0
    most: int = 24_576
    can_stop: bool = True
    is_third: bool = False

    @property
    def thinks(self) -> bool:
        return bool(self.levels or self.budgets)

    def amount(self, chat: Chat) -> dict[str, Any]:
        """How much to think, in the one of the two words that this family takes."""
        if self.levels:
            level = self.levels.get(chat.effort or _nearest(chat.thinking_tokens) or "none")
            return {"thinkingLevel": level}
        stated = self.budgets.get(chat.effort) if chat.effort else chat.thinking_tokens
        return {"thinkingBudget": self._bounded(stated or 0)}

    def _bounded(self, budget: int) -> int:
        if budget <= 0 and self.can_stop:
            return 0
        return min(max(budget, self.least), self.most)


def _family(models: str, **what: Any) -> Family:
    return Family(re.compile(models), **what)


# The first that fits; ids that nobody has heard of are newer than this table.
FAMILIES = (
    _family(r"^(?:gemma|learnlm|imagen|veo|gemini-1|gemini-2\.0)|embedding|-image|-tts"),
    _family(r"^gemini-2\.5-pro", budgets=BUDGETS, least=128, most=32_768, can_stop=False),
    _family(r"^gemini-2\.5-flash-lite", budgets=BUDGETS, least=512),
    _family(r"^gemini-2\.5", budgets=BUDGETS),
    _family(r"^gemini-3-pro", levels=TWO_LEVELS, is_third=True),
    _family(r"^gemini-3(?:\.[0-6])?-flash", levels=MINIMAL, is_third=True),
    _family(r"", levels=LEVELS, is_third=True),
)


def family_of(model_id: str) -> Family:
    """The family of a model; the last one holds every id."""
    bare = model_id.removeprefix("models/")
    return next(family for family in FAMILIES if family.models.search(bare))


def thinking(chat: Chat, card: ModelCard) -> dict[str, Any]:
    """The `thinkingConfig` of a request; empty where nothing is said about thinking.

    Thoughts are asked for where the caller wants to see them, and, unless they are declined, where
    an effort is named: they are billed all the same, other hosts show them unasked, and a stream
    that shows them does not fall silent while the model thinks.
    """
    family = family_of(card.id)
    if not family.thinks or not _may_think(card):
        return {}
    is_asked = _is_asked(chat)
    config = family.amount(chat) if is_asked else {}
    if chat.shows_thinking or (chat.shows_thinking is None and is_asked and not _is_off(chat)):
        config["includeThoughts"] = True
    return config


def loses_effort(chat: Chat, card: ModelCard) -> bool:
    """Whether an effort was named that this model has no place for."""
    return _is_asked(chat) and not _is_off(chat) and not thinking(chat, card)


def _may_think(card: ModelCard) -> bool:
    """A card that says what a model can and does not name reasoning says that it cannot."""
    return not card.capabilities or "reasoning" in card.capabilities


def _is_asked(chat: Chat) -> bool:
    return chat.effort is not None or chat.thinking_tokens is not None


def _is_off(chat: Chat) -> bool:
    return chat.effort == "none" or (chat.effort is None and chat.thinking_tokens == 0)


def _nearest(budget: int | None) -> Effort | None:
    """The smallest effort whose budget covers this one."""
    if not budget:
        return None
    return next((step for step in STEPS if BUDGETS[step] >= budget), "high")
