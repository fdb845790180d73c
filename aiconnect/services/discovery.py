"""Looks for model servers at the addresses where they usually are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from aiconnect.adapters.types import Target
from aiconnect.client import Client
from aiconnect.errors import Finding, ProviderError
from aiconnect.providers.spec import Family, Provider
from aiconnect.services import states
from aiconnect.wire.types import Route

SECONDS = 3.0
AT_ONCE = 12


@dataclass(frozen=True, slots=True)
class Tried:
    """One address, and what answered there: `ok` with facts about the server, or why not."""

    row: Provider
    url: str
    finding: Finding

    @property
    def is_there(self) -> bool:
        return self.finding.code == "ok"


def look(rows: Mapping[str, Provider], client: Client, *, seconds: float = SECONDS) -> list[Tried]:
    """Try every usual address of the local rows at once; no key is sent anywhere."""
    places = list(_places(rows))
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="discovery") as pool:
        return list(pool.map(lambda place: _try(place[0], place[1], client, seconds), places))


def _places(rows: Mapping[str, Provider]) -> Iterator[tuple[Provider, str]]:
    for row in rows.values():
        if row.family is Family.LOCAL:
            yield from ((row, url) for url in row.usual_urls)


def _try(row: Provider, url: str, client: Client, seconds: float) -> Tried:
    route = Route(private=True, ca_file=client.ways.ca_file)
    try:
        facts = client.kind(Target("", row, url, None, route), seconds=seconds)
    except ProviderError as error:
        return Tried(row, url, states.found_at(row, url, error.code, error.finding.facts))
    return Tried(row, url, states.found_at(row, url, "ok", facts))
