"""The shape of what is said about a finding."""

from __future__ import annotations

from dataclasses import dataclass

from aiconnect.models import State


@dataclass(frozen=True, slots=True)
class Wording:
    """What happened, the most likely cause, what to do in order; and the state it leads to.

    Sentences are marked for translation and have %(name)s places for facts. `fixes` are kinds of
    `findings.fixes`, best first: buttons and links that stand before the sentences of `next`.
    """

    state: State
    title: str
    cause: str = ""
    next: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Worded:
    """A wording in the reader's language, with the facts filled in."""

    title: str
    cause: str
    next: tuple[str, ...]
