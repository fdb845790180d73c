"""The fakes as provider rows: everything above them works as if they were the real ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_address

from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider, Reach
from tests.fakes.dialects import FAKES, OpenAI


class Fakes:
    """One fake for each provider row; a row without one is a KeyError that names it."""

    def __init__(self) -> None:
        self._by_slug = {slug: FAKES[slug]() for slug in PROVIDERS}

    def __getitem__(self, slug: str) -> OpenAI:
        return self._by_slug[slug]

    def __iter__(self) -> Iterator[OpenAI]:
        return iter(self._by_slug.values())

    def for_(self, row: Provider) -> OpenAI:
        return self[row.slug]

    def reset(self) -> None:
        for fake in self:
            fake.reset()

    def close(self) -> None:
        for fake in self:
            fake.close()

    @property
    def faults(self) -> list[BaseException]:
        """What went wrong inside the fakes themselves."""
        return [fault for fake in self for fault in fake.faults]


@contextmanager
def started() -> Iterator[Fakes]:
    fakes = Fakes()
    try:
        yield fakes
    finally:
        fakes.close()


def rows_for(fakes: Fakes) -> Mapping[str, Provider]:
    """PROVIDERS whose base URLs lead to the fakes; those in the cloud may be on loopback here."""
    return {
        slug: replace(
            row,
            base_url=fakes[slug].url,
            reach=Reach.LOCAL if row.reach is Reach.PUBLIC else row.reach,
        )
        for slug, row in PROVIDERS.items()
    }


class OpenPolicy:
    """Allows loopback whatever the connection says, and nothing else."""

    def allows(self, ip: str, port: int, *, private: bool) -> str | None:
        return None if ip_address(ip).is_loopback else "private"
