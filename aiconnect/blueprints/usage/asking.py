"""What the address of a page of usage asks for, and the same as words and links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from flask import request, url_for
from flask_babel import format_date

from aiconnect import clock
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.usage import spans
from aiconnect.blueprints.usage.choices import Choices
from aiconnect.blueprints.usage.spans import SPANS, Span
from aiconnect.errors import N_
from aiconnect.extensions import parts
from aiconnect.services.rollups import By, Wanted

LONGEST = 400

BYS: Mapping[By, str] = {
    "model": N_("Model"),
    "person": N_("Person"),
    "connection": N_("Connection"),
    "token": N_("Access token"),
    "collection": N_("Collection"),
}
"""What sums may be parted by."""
OUTCOMES: Mapping[str, str] = {
    "ok": N_("Answered"),
    "failed": N_("Failed or broken off"),
    "refused": N_("Refused"),
    "left": N_("The program left"),
}
FOLDED = frozenset({"model", "token", "collection", "outcome"})
"""Filters that are out of the way until one of them is on."""
FILTERS: Mapping[str, str] = {
    "person": N_("Person: %(value)s"),
    "token": N_("Access token: %(value)s"),
    "connection": N_("Connection: %(value)s"),
    "model": N_("Model: %(value)s"),
    "collection": N_("Collection: %(value)s"),
    "outcome": N_("Outcome: %(value)s"),
}
"""The filters by their names in an address, and their words while they are on."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that is on: its words, and where the page is without it."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another span of this page."""

    words: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A span, what its sums are parted by, and filters: each a name, "" where it is off."""

    span: Span
    by: By
    filters: Mapping[str, str]
    choices: Choices

    @classmethod
    def of_request(cls) -> Self:
        """As this request says; whatever makes no sense is left out."""
        asked, choices = request.args, Choices.of_reader()
        texts = {name: asked.get(name, "").strip()[:LONGEST] for name in FILTERS}
        span = spans.chosen(
            asked.get("span", ""),
            asked.get("since", ""),
            asked.get("until", ""),
            now=clock.now(),
            zone=parts().settings.timezone,
        )
        by: By = next((one for one in BYS if one == asked.get("by")), "model")
        return cls(span, by, choices.known(texts), choices)

    @property
    def query(self) -> dict[str, str]:
        """All of it, as an address carries it; what is usual is left out."""
        return {**self._span, **({"by": self.by} if self.by != "model" else {}), **self.active}

    @property
    def active(self) -> dict[str, str]:
        """The filters that are on."""
        return {name: value for name, value in self.filters.items() if value}

    @property
    def chips(self) -> list[Filter]:
        """The filters that are on, each with the way out of it."""
        return [Filter(self._words(name), self._url(**{name: None})) for name in self.active]

    @property
    def is_unfolded(self) -> bool:
        return bool(FOLDED & self.active.keys())

    @property
    def spans(self) -> list[Link]:
        """The spans that have a name, each with where this page is of it."""
        out = {"since": None, "until": None}
        return [
            Link(
                _(word),
                self._url(**out, span=None if name == "month" else name),
                name == self.span.name,
            )
            for name, word in SPANS.items()
        ]

    @property
    def outcomes(self) -> Mapping[str, str]:
        return OUTCOMES

    @property
    def wanted(self) -> Wanted:
        """The filters as the ledger takes them: by ids, where there are ids."""
        on, choices = self.filters, self.choices
        return Wanted(
            person_id=choices.people.get(on["person"]),
            access_token_id=choices.tokens.get(on["token"]),
            connection_id=choices.connections.get(on["connection"]),
            model=on["model"] or None,
            collection=on["collection"] or None,
            outcome=on["outcome"] or None,
        )

    @property
    def bare_url(self) -> str:
        """This page without filters."""
        return self._url(**dict.fromkeys(FILTERS))

    @property
    def words(self) -> str:
        """The days, as a heading says them."""
        first, last = self.span.first, self.span.last
        if first == last:
            return str(format_date(first, "d MMMM y"))
        if self.span.runs:
            last = self.span.today
        if (first.year, first.month) == (last.year, last.month):
            return _("%(first)s to %(last)s", first=first.day, last=format_date(last, "d MMMM y"))
        pattern = "d MMMM" if first.year == last.year else "d MMMM y"
        return _(
            "%(first)s to %(last)s",
            first=format_date(first, pattern),
            last=format_date(last, "d MMMM y"),
        )

    def url(self, endpoint: str = "usage.show", /, **changes: Any) -> str:
        """A page of usage with some of it changed; None leaves it out."""
        return url_for(endpoint, **(self.query | changes))

    def _url(self, **changes: Any) -> str:
        """This page with some of it changed."""
        return self.url(request.endpoint or "usage.show", **changes)

    @property
    def _span(self) -> dict[str, str]:
        match self.span.name:
            case "free":
                return {
                    "since": self.span.first.isoformat(),
                    "until": self.span.last.isoformat(),
                }
            case "month":
                return {}
        return {"span": self.span.name}

    def _words(self, name: str) -> str:
        value = self.filters[name]
        return _(FILTERS[name], value=_(OUTCOMES[value]) if name == "outcome" else value)
