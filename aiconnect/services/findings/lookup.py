"""Finds the words for a code and its facts, and fills the facts in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from aiconnect.errors import N_
from aiconnect.models import State
from aiconnect.services.findings.answering import ANSWERING
from aiconnect.services.findings.carrying import CARRYING
from aiconnect.services.findings.keys import KEYS_AND_RIGHTS
from aiconnect.services.findings.models import MODELS
from aiconnect.services.findings.money import MONEY
from aiconnect.services.findings.reaching import REACHING
from aiconnect.services.findings.wording import Worded, Wording

FINDINGS: Mapping[str, Wording] = {
    **REACHING, **CARRYING, **ANSWERING, **MODELS, **KEYS_AND_RIGHTS, **MONEY,
}  # fmt: skip
"""By code, or by code and a case of it: `refused.ollama`."""

UNKNOWN = "unknown_answer"
BY_FACT = {
    "retry_after": "wait",
    "token_ms": "token",
    "looks_like": "looks_like",
    "title": "page",
    "model": "model",
}
"""Cases that a fact by itself makes."""
MISSING = {
    "provider": N_("The provider"),
    "host": N_("The server"),
    "detail": N_("without a word"),
    "title": N_("no title"),
    "issuer": N_("it does not say which"),
    "names": N_("it does not say which"),
    "model": N_("that name"),
}


def word(code: str, facts: Mapping[str, str], *, translate: Callable[[str], str] = str) -> Worded:
    """The words for a code, in the language of `translate`, with the facts filled in."""
    return word_case(case_of(code, facts), facts, translate=translate)


def word_case(
    name: str, facts: Mapping[str, str], *, translate: Callable[[str], str] = str
) -> Worded:
    """The same for a wording by its name."""
    wording = FINDINGS[name]
    filled = Filled(facts, translate)

    def say(sentence: str) -> str:
        return translate(sentence) % filled if sentence else ""

    return Worded(say(wording.title), say(wording.cause), tuple(say(one) for one in wording.next))


def state_of(code: str, facts: Mapping[str, str]) -> State:
    """The state that a connection is in when this was found."""
    return FINDINGS[case_of(code, facts)].state


def kinds_of_fix(code: str, facts: Mapping[str, str]) -> tuple[str, ...]:
    """What may mend it, best first; see `fixes`."""
    return FINDINGS[case_of(code, facts)].fixes


def case_of(code: str, facts: Mapping[str, str]) -> str:
    """The name of the most particular wording there is: by reason, by provider, or the code."""
    names = [f"{code}.{case}" for case in _cases(facts)]
    return next((name for name in [*names, code] if name in FINDINGS), UNKNOWN)


def _cases(facts: Mapping[str, str]) -> Iterator[str]:
    reason, slug = facts.get("reason"), facts.get("slug")
    if "try" in facts:
        yield "try"
    if reason and "resets_at" in facts:
        yield f"{reason}_until"
    if reason and slug:
        yield f"{reason}.{slug}"
    yield from (case for case in (reason, slug) if case)
    yield from (case for fact, case in BY_FACT.items() if facts.get(fact))


class Filled(dict[str, str]):
    """Facts with a word for each that is missing: a finding is worded even with none."""

    def __init__(self, facts: Mapping[str, str], translate: Callable[[str], str]) -> None:
        super().__init__(facts)
        self._translate = translate

    def __missing__(self, name: str) -> str:
        return self._translate(MISSING[name]) if name in MISSING else "?"
