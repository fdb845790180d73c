"""What is known of a model's filters: rules by the model's name, the team's own before them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.errors import N_
from aiconnect.models import ModelTag

NSFW, FILTERED, UNFILTERED, NONE = "nsfw", "filtered", "unfiltered", "none"
WORDS: Mapping[str, str] = {
    NSFW: N_("NSFW capable"),
    FILTERED: N_("Filtered"),
    UNFILTERED: N_("Unfiltered"),
}
MEANINGS: Mapping[str, str] = {
    NSFW: N_("It is known to write mature scenes. It may still refuse some."),
    FILTERED: N_("Its provider, its router or the model itself refuses some mature scenes."),
    UNFILTERED: N_("Its refusals were taken out, and no check before it is known."),
}
CHOICES: Mapping[str, str] = {**WORDS, NONE: N_("No tag: a shipped rule is wrong here")}
MATURE = {NSFW, UNFILTERED}
"""Models with these wait for a person's mature mode."""

SHIPPED: tuple[tuple[str, str], ...] = (
    *((one, UNFILTERED) for one in ("*uncensored*", "*abliterated*", "*unfiltered*")),
    *(
        (one, NSFW)
        for one in (
            "*rocinante*", "*cydonia*", "*lunaris*", "*euryale*", "*magnum-v*", "*mythomax*",
            "*cydrion*", "lucid-v*",
        )
    ),
    *(
        (one, FILTERED)
        for one in (
            "gpt-*", "chatgpt-*", "o1", "o1-*", "o3", "o3-*", "o4-*", "claude-*", "gemini-*",
        )
    ),
)  # fmt: skip
"""Fine-tunes that are made for such fiction, and the families whose vendors moderate.

Models for everything (Mistral Nemo, DeepSeek) have no tag: what they write, nobody has shown.
"""
SHIPPED_ON = "2026-11"


@dataclass(frozen=True, slots=True)
class Matcher:
    """Which of many patterns fits first; all are asked in one go."""

    pattern: re.Pattern[str] | None
    tags: Sequence[str]

    @classmethod
    def of(cls, rules: Iterable[tuple[str, str]]) -> Self:
        """In the order of the rules."""
        found = tuple(rules)
        parts = (
            f"(?P<p{place}>{_expression(pattern)})" for place, (pattern, _) in enumerate(found)
        )
        compiled = re.compile("|".join(parts)) if found else None
        return cls(compiled, tuple(tag for _, tag in found))

    def tag(self, name: str) -> str | None:
        """The tag of the first rule that fits; None where none does."""
        found = self.pattern.match(name) if self.pattern else None
        return self.tags[int(found.lastgroup[1:])] if found and found.lastgroup else None


@dataclass(frozen=True, slots=True)
class Rules:
    """Patterns with a slash are about `connection/model` or a whole id, others about its last part.

    Those with a slash go first, and of each kind the longer, which says more.
    """

    whole: Matcher
    last: Matcher

    @classmethod
    def of(cls, rules: Iterable[tuple[str, str]]) -> Self:
        """From pairs of pattern and tag."""
        ordered = sorted(rules, key=lambda rule: -len(rule[0]))
        whole = Matcher.of(rule for rule in ordered if "/" in rule[0])
        return cls(whole, Matcher.of(rule for rule in ordered if "/" not in rule[0]))

    def tag(self, connection: str, model_id: str) -> str | None:
        """Both in small letters."""
        for name in (f"{connection}/{model_id}", model_id):
            found = self.whole.tag(name)
            if found is not None:
                return found
        return self.last.tag(model_id.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class Tags:
    """Every rule, read once for a whole list of models."""

    team: Rules

    @classmethod
    def of(cls, session: Session) -> Self:
        """The team's rules as they are now, before those that are shipped."""
        rows = session.execute(select(ModelTag.pattern, ModelTag.tag)).all()
        return cls(_compiled(tuple((pattern, tag) for pattern, tag in rows)))

    def tag(self, connection: str, model_id: str, moderated: bool | None) -> str:  # noqa: FBT001 (a column's value)
        """One of WORDS or ""; `moderated` is what OpenRouter states of the model."""
        names = connection.lower(), model_id.lower()
        own = self.team.tag(*names)
        if own is not None:
            return "" if own == NONE else own
        return FILTERED if moderated else _compiled(SHIPPED).tag(*names) or ""


@lru_cache(maxsize=16)
def _compiled(rules: tuple[tuple[str, str], ...]) -> Rules:
    return Rules.of(rules)


def _expression(pattern: str) -> str:
    """Only `*` stands for anything."""
    return translate(pattern.lower().replace("[", "[[]").replace("?", "[?]"))
