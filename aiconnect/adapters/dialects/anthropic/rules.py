"""What single models of Anthropic take, as a table (its migration guides, read 2026-11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aiconnect.adapters.chat import Effort

USUAL = ("low", "medium", "high")
ALL = (*USUAL, "xhigh", "max")

BUDGETS: Mapping[str, int] = {
    "minimal": 1024, "low": 1024, "medium": 2048, "high": 4096, "xhigh": 8192, "max": 16384,
}  # fmt: skip
"""Tokens to think with, for models that take a number and no word."""

LEAST_BUDGET = 1024


@dataclass(frozen=True, slots=True)
class Rules:
    """What a model takes.

    `samples`: takes temperature, top_p, top_k. `off` turns thinking off: the type to send, ""
    where it is always on. `budget`: thinks so many tokens, and only when told to. `forces`: takes
    a tool choice of `any` or `tool`. `prefill`: goes on with a last message of the assistant.
    `efforts`: the words it knows for how hard to think. `schemas`: can be held to a JSON schema.
    """

    samples: bool = False
    off: str = "disabled"
    budget: bool = False
    forces: bool = True
    prefill: bool = False
    efforts: tuple[str, ...] = ALL
    schemas: bool = True

    def effort(self, wanted: Effort) -> str:
        """The wanted effort, or the next lower one that this model knows."""
        reach = ALL[: ALL.index(wanted) + 1] if wanted in ALL else USUAL[:1]
        return next((one for one in reversed(reach) if one in self.efforts), USUAL[0])


OLD = Rules(samples=True, budget=True, prefill=True, efforts=(), schemas=False)
TABLE: tuple[tuple[re.Pattern[str], Rules], ...] = (
    (re.compile(r"opus-5-5|(fable|mythos)-5-[12]"), Rules(off="", forces=False)),
    (re.compile(r"sonnet-5-5"), Rules(off="between_tools", forces=False)),
    (re.compile(r"haiku-5-5"), Rules()),
    (re.compile(r"(fable|mythos)-5(-20|$)"), Rules(off="")),
    (re.compile(r"opus-4-[78]|(sonnet|opus)-5(-20|$)"), Rules()),
    (re.compile(r"(sonnet|opus)-4-6"), Rules(samples=True, efforts=(*USUAL, "max"))),
    (re.compile(r"(haiku|sonnet|opus)-4-5"),
     Rules(samples=True, budget=True, prefill=True, efforts=())),
    (re.compile(r"claude-[23]|(sonnet|opus)-4(-[01])?(-20|$)"), OLD),
)  # fmt: skip

UNKNOWN = Rules(off="")
"""A model of which nothing is known is newer than this table: it is sent least."""


def rules_of(model_id: str) -> Rules:
    """The rules of the first line that fits."""
    spelled = model_id.lower().replace(".", "-")
    return next((rules for pattern, rules in TABLE if pattern.search(spelled)), UNKNOWN)


def effort_of(tokens: int) -> Effort:
    """A budget as a word, for models that take no number; never more than `high`."""
    if tokens < 2048:
        return "low"
    return "medium" if tokens < 8192 else "high"
