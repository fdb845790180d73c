"""A collection's own settings for a model: what may be set, as OpenAI's chats name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from aiconnect.errors import N_, Refused

EFFORTS = ("low", "medium", "high")
MOST_STOPS, LONGEST_STOP = 4, 100
"""OpenAI takes four, the fewest of all providers."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """From which number to which a setting goes."""

    least: float
    most: float
    whole: bool = False


NUMBERS: Mapping[str, Bounds] = {
    "temperature": Bounds(0, 2),
    "top_p": Bounds(0, 1),
    "max_tokens": Bounds(1, 10_000_000, whole=True),
    "frequency_penalty": Bounds(-2, 2),
    "presence_penalty": Bounds(-2, 2),
    "seed": Bounds(0, 2**31 - 1, whole=True),
}
DECIMALS = 6
"""No provider tells finer ones apart, and a form writes all of these without an exponent."""
NAMES = (*NUMBERS, "reasoning_effort", "stop")
NOTHING: Mapping[str, Any] = MappingProxyType({})


def check(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are set, in a fixed order; None, "" and [] are not. Raises Refused."""
    for name in wanted:
        if name not in NAMES:
            sentence = N_("A collection has no setting %(setting)s.")
            raise Refused(sentence, field="parameters", setting=_short(name))
    found = {name: wanted[name] for name in NAMES if wanted.get(name) not in (None, "", [])}
    return {name: _checked(name, value) for name, value in found.items()}


def _checked(name: str, value: Any) -> Any:
    match name:
        case "stop":
            return _stops(value)
        case "reasoning_effort":
            return _effort(value)
    return _number(name, value)


def _number(name: str, value: Any) -> float | int:
    bounds = NUMBERS[name]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not bounds.least <= value <= bounds.most:
        raise _outside(name, bounds)
    if bounds.whole and value != int(value):
        raise _outside(name, bounds)
    return int(value) if bounds.whole else round(value, DECIMALS)


def _outside(name: str, bounds: Bounds) -> Refused:
    facts = {"setting": name, "least": f"{bounds.least:g}", "most": f"{bounds.most:.12g}"}
    if bounds.whole:
        sentence = N_("%(setting)s is a whole number from %(least)s to %(most)s.")
    else:
        sentence = N_("%(setting)s is a number from %(least)s to %(most)s.")
    return Refused(sentence, field=name, **facts)


def _effort(value: Any) -> str:
    if value not in EFFORTS:
        sentence = N_("reasoning_effort is low, medium or high.")
        raise Refused(sentence, field="reasoning_effort")
    return str(value)


def _stops(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MOST_STOPS or not _fit(value):
        sentence = N_("%(most)s stop sequences at most, each of 1 to %(longest)s characters.")
        raise Refused(sentence, field="stop", most=MOST_STOPS, longest=LONGEST_STOP)
    return list(dict.fromkeys(value))


def _fit(values: list[Any]) -> bool:
    """Whether each is a text that every database and provider takes; breaks of lines are fine."""
    return all(
        isinstance(one, str)
        and 1 <= len(one) <= LONGEST_STOP
        and one.replace("\n", "").replace("\t", "").isprintable()
        for one in values
    )


def _short(name: object) -> str:
    text = str(name)[:40]
    return text if text.isprintable() else "?"
