"""What the address of the list of models asks for, and the same as words and links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from aiconnect.blueprints.filters import money, number
from aiconnect.blueprints.models.way import Way
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.wording import capability_words, type_word
from aiconnect.errors import N_
from aiconnect.services import choosing, tagging
from aiconnect.services.choosing import Wanted

LONGEST = 300
LARGEST = 10**9

PARAMETERS: Mapping[str, str] = {
    "q": "q", "type": "kind", "can": "can", "collection": "collection", "where": "place",
    "price": "cost", "most": "most", "context": "context", "tag": "tag",
    "moderated": "moderated", "connection": "connection", "state": "state",
}  # fmt: skip
"""The filters: the name in an address, the field of Wanted."""

FOLDED = frozenset({"can", "where", "price", "most", "context", "tag", "moderated"})
"""Filters that most people never need."""

CHOICES: Mapping[str, Mapping[str, str]] = {
    "where": choosing.PLACES,
    "price": choosing.COSTS,
    "moderated": choosing.MODERATED,
    "tag": tagging.WORDS,
    "state": choosing.STATES,
}
"""Filters of a few choices; anything else is left out."""

ACTIVE: Mapping[str, str] = {
    "q": N_("Name contains “%(value)s”"),
    "type": N_("Type: %(value)s"),
    "can": N_("Ability: %(value)s"),
    "collection": N_("In the collection %(value)s"),
    "where": N_("Where it runs: %(value)s"),
    "price": N_("Price: %(value)s"),
    "most": N_("At most %(value)s for a million tokens out"),
    "context": N_("Context of at least %(value)s tokens"),
    "tag": N_("Mature content: %(value)s"),
    "moderated": N_("Moderation: %(value)s"),
    "connection": N_("Connection: %(value)s"),
    "state": N_("State: %(value)s"),
}
VALUES: Mapping[str, Callable[[Any], str]] = {
    "type": type_word,
    "can": lambda name: capability_words([name])[0] if capability_words([name]) else str(name),
    "most": money,
    "context": number,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that is on: its words, and where the list is without it."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks of the list, and the way back to whoever sent for a model."""

    wanted: Wanted
    way: Way

    @classmethod
    def of_request(cls) -> Self:
        """As this request says; whatever makes no sense is left out."""
        way = Way.asked(request.args)
        return cls(_wanted(request.args, way.use), way)

    @property
    def query(self) -> dict[str, Any]:
        """All of it but the page, as an address carries it."""
        wanted = self.wanted
        sort = {"sort": wanted.sort} if wanted.sort != choosing.TEAM_ORDER else {}
        return {**self.filters, **sort, **self.way.query}

    @property
    def filters(self) -> dict[str, str]:
        set_ = {name: getattr(self.wanted, field) for name, field in PARAMETERS.items()}
        return {name: _written(value) for name, value in set_.items() if value}

    @property
    def active(self) -> list[Filter]:
        """The filters that are on."""
        return [Filter(self._words(name), self.url(**{name: None})) for name in self.filters]

    @property
    def is_unfolded(self) -> bool:
        return any(name in FOLDED for name in self.filters)

    @property
    def bare_url(self) -> str:
        """The list without filters."""
        return url_for("models.index", **self.way.query)

    @property
    def pin_url(self) -> str:
        """Where models are pinned; it leads back to this page of the list."""
        return url_for("models.pin", **(self.query | self._place))

    @property
    def here(self) -> str:
        """This page of the list."""
        return self.url(**self._place)

    @property
    def _place(self) -> dict[str, int]:
        return {"page": self.wanted.number} if self.wanted.number > 1 else {}

    def url(self, **changes: Any) -> str:
        """The list with some of it changed; None leaves it out."""
        return url_for("models.index", **(self.query | changes))

    def _words(self, name: str) -> str:
        value = getattr(self.wanted, PARAMETERS[name])
        if name in CHOICES:
            word = _(CHOICES[name][value])
        else:
            word = VALUES.get(name, str)(value)
        return _(ACTIVE[name], value=word)


def _wanted(asked: MultiDict[str, str], use: str) -> Wanted:
    texts = {field: asked.get(name, "").strip()[:LONGEST] for name, field in PARAMETERS.items()}
    for name, choices in CHOICES.items():
        field = PARAMETERS[name]
        texts[field] = texts[field] if texts[field] in choices else ""
    most, context = _dollars(texts.pop("most")), _whole(texts.pop("context"))
    sort = asked.get("sort", "")
    return replace(
        Wanted(**texts, use=use),  # type: ignore[arg-type]
        most=most,
        context=context,
        sort=sort if sort in choosing.SORTS else choosing.TEAM_ORDER,
        number=_whole(asked.get("page", "")) or 1,
    )


def _whole(text: str) -> int | None:
    """A number above 0, with or without marks between its thousands."""
    digits = text.replace(",", "").replace(".", "").replace(" ", "")
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= 10
    return min(int(digits), LARGEST) or None if is_number else None


def _dollars(text: str) -> Decimal | None:
    """An amount above 0, written with a point or a comma."""
    try:
        amount = Decimal(text.replace(",", ".")) if text.isascii() and len(text) <= 20 else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() and 0 < amount <= LARGEST else None


def _written(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
