"""Choosing a provider: every one of them, in families, findable by name, address or key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import render_template, request

from aiconnect.blueprints import seen
from aiconnect.blueprints.connecting import must_be_personal
from aiconnect.blueprints.connections.views import bp
from aiconnect.blueprints.sentences import _
from aiconnect.extensions import parts
from aiconnect.providers.oauth import OAUTHS
from aiconnect.providers.spec import Family, Provider

ORDER = (Family.CLOUD, Family.LOCAL, Family.COMPATIBLE)
"""The families, the easiest first; signing in comes before them all."""

SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; a key is only recognised, never shown or kept."""

    text: str
    is_key: bool

    @classmethod
    def of(cls, typed: str, rows: Iterable[Provider]) -> Wanted:
        text = typed.strip()
        is_long = len(text) >= SHORTEST_KEY
        return cls(text, is_long and any(_fitting(text, row) for row in rows))

    @property
    def shown(self) -> str:
        return "" if self.is_key else self.text

    def fits(self, row: Provider) -> bool:
        """Whether this is what they look for."""
        if self.is_key:
            return bool(_fitting(self.text, row))
        if "://" in self.text:
            return _is_at(self.text, row)
        about = " ".join((row.slug, row.name, _(row.summary), row.base_url, *row.usual_urls))
        return all(word in about.lower() for word in self.text.lower().split())


@bp.get("/connections/new")
def choose() -> str:
    """Choose who runs the models."""
    rows = list(parts().rows.values())
    wanted = Wanted.of(request.args.get("q", ""), rows)
    found = _best(wanted, [row for row in rows if wanted.fits(row)])
    sorted_in = ((family, [row for row in found if row.family is family]) for family in ORDER)
    return render_template(
        "connections/choose.html",
        families=[(family, rows) for family, rows in sorted_in if rows],
        wanted=wanted,
        connections=seen.whole(),
        is_personal=must_be_personal(),
        sign_ins=[row for row in found if row.slug in OAUTHS and not wanted.is_key],
    )


def _is_at(address: str, row: Provider) -> bool:
    """Whether this is where the provider usually is: its host, or its port on any machine."""
    try:
        wanted = urlsplit(address)
        host, port = wanted.hostname, wanted.port
    except ValueError:
        return False
    places = [urlsplit(url) for url in (row.base_url, *row.other_urls, *row.usual_urls)]
    return any(one.port == port and (port is not None or one.hostname == host) for one in places)


def _best(wanted: Wanted, found: list[Provider]) -> list[Provider]:
    """Of providers whose keys begin alike, those with the longest beginning: it says most."""
    if not wanted.is_key or not found:
        return found
    longest = max(_fitting(wanted.text, row) for row in found)
    return [row for row in found if _fitting(wanted.text, row) == longest]


def _fitting(text: str, row: Provider) -> int:
    """How many characters of this beginning are those of the provider's keys."""
    return max((len(one) for one in row.key_prefixes if text.startswith(one)), default=0)
