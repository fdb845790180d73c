"""The fakes as provider rows: everything above them works as if they were the real ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider, Reach
from tests.fakes.dialects import FAKES, OpenAI


class Fakes:
    """One fake for each provider row; a row without one is a KeyError that names it."""

    def __init__(self, kinds: Mapping[str, type[OpenAI]] = FAKES) -> None:
        chosen = {slug: kinds[slug] for slug in PROVIDERS}
        self._by_slug = {slug: kind() for slug, kind in chosen.items()}

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
        """Close all at once: each takes a moment to notice."""
        with ThreadPoolExecutor(len(self._by_slug)) as closers:
            list(closers.map(OpenAI.close, self))

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
    return pointed({slug: fakes[slug].url for slug in PROVIDERS})


def pointed(urls: Mapping[str, str]) -> Mapping[str, Provider]:
    """PROVIDERS, with the rows of these slugs on loopback; a row that may be public stays one."""
    moved = {slug: _moved(PROVIDERS[slug], url) for slug, url in urls.items()}
    return {**PROVIDERS, **moved}


def _moved(row: Provider, url: str) -> Provider:
    """A proof on the provider's other host is on the fake's own; so are its regions, by name."""
    proof = row.proof
    if proof is not None and "://" in proof.path:
        parts = urlsplit(url)
        path = urlsplit(proof.path).path
        proof = replace(proof, path=f"{parts.scheme}://{parts.netloc}{path}")
    regions = (url.replace("127.0.0.1", "localhost"),) if row.other_urls else ()
    reach = Reach.LOCAL if row.reach is Reach.PUBLIC else row.reach
    return replace(row, base_url=url, reach=reach, proof=proof, other_urls=regions)


class OpenPolicy:
    """Allows loopback whatever the connection says, and nothing else."""

    def allows(self, ip: str, port: int, *, private: bool) -> str | None:
        return None if ip_address(ip).is_loopback else "private"
