"""How numbers, money and times are written where a sentence about an alert names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Tongue:
    """A reader's language: the sentence in it, and how what it names is written."""

    translate: Callable[[str], str]
    money: Callable[[Decimal], str]
    number: Callable[[int], str]
    moment: Callable[[datetime], str]


def plain(zone: tzinfo) -> Tongue:
    """English, with times in this zone: for mail and for programs, who have no settings."""

    def moment(at: datetime) -> str:
        here = at.astimezone(zone)
        return f"{here.day} {here:%B %Y, %H:%M} {here.tzname()}"

    return Tongue(str, dollars, lambda count: f"{count:,}", moment)


def dollars(amount: Decimal) -> str:
    """$1,234.50; below one cent with four places: $0.0039."""
    return f"${amount:,.2f}" if not amount or abs(amount) >= CENT else f"${amount:,.4f}"


def told(tongue: Tongue, sentence: str, facts: Mapping[str, str]) -> str:
    """The sentence with the facts filled in; one that is missing is a question mark."""
    places = _Places({name: _written(tongue, name, value) for name, value in facts.items()})
    return tongue.translate(sentence) % places


class _Places(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "?"


MONEY = {"spent", "limit", "usual"}
NUMBERS = {"calls", "failed", "count", "days", "pieces", "segments", "share", "free", "seconds"}
MOMENTS = {"since", "at"}


def _written(tongue: Tongue, name: str, value: str) -> str:
    """Facts are kept as text: nano-dollars, whole numbers, ISO times, names."""
    try:
        if name in MONEY:
            return tongue.money(Decimal(int(value)).scaleb(-9))
        if name in NUMBERS:
            return tongue.number(int(value))
        if name in MOMENTS:
            return tongue.moment(datetime.fromisoformat(value))
    except ValueError:  # another version wrote it differently
        return value
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())
