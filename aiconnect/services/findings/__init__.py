"""What a check found, in words: stored as a code and facts, worded when somebody reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiconnect.errors import N_
from aiconnect.models import State
from aiconnect.services.findings.account import ACCOUNT
from aiconnect.services.findings.answering import ANSWERING
from aiconnect.services.findings.reaching import REACHING
from aiconnect.services.findings.wording import Worded, Wording

__all__ = ["FINDINGS", "Worded", "Wording", "state_of", "word"]

FINDINGS: Mapping[str, Wording] = {**REACHING, **ANSWERING, **ACCOUNT}
"""By code, or by code and a case of it: `refused.ollama`."""

UNKNOWN = "unknown_answer"
MISSING = {
    "provider": N_("The provider"),
    "host": N_("The server"),
    "detail": N_("no words"),
    "title": N_("no title"),
}


def word(code: str, facts: Mapping[str, str], *, translate: Callable[[str], str] = str) -> Worded:
    """The words for a code, in the language of `translate`, with the facts filled in."""
    wording = FINDINGS[_case(code, facts)]
    filled = _Facts(facts, translate)

    def say(sentence: str) -> str:
        return translate(sentence) % filled if sentence else ""

    return Worded(say(wording.title), say(wording.cause), tuple(say(one) for one in wording.next))


def state_of(code: str, facts: Mapping[str, str]) -> State:
    """The state that a connection is in when this was found."""
    return FINDINGS[_case(code, facts)].state


def _case(code: str, facts: Mapping[str, str]) -> str:
    """The most particular wording there is: by reason, by provider, or the code's own."""
    cases = [facts.get("reason"), facts.get("slug"), "try" if "try" in facts else None]
    names = [f"{code}.{case}" for case in cases if case]
    return next((name for name in [*names, code] if name in FINDINGS), UNKNOWN)


class _Facts(dict[str, str]):
    """Facts with a word for each that is missing: a finding is worded even with none."""

    def __init__(self, facts: Mapping[str, str], translate: Callable[[str], str]) -> None:
        super().__init__(facts)
        self._translate = translate

    def __missing__(self, name: str) -> str:
        return self._translate(MISSING[name]) if name in MISSING else "?"
