"""`python -m bench.pages`: how fast pages are made for a team with very many models."""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from sqlalchemy import insert
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from aiconnect import clock, create_app
from aiconnect.models import Collection, CollectionModel, ServedModel
from aiconnect.services import rollups
from aiconnect.services.writing import writing
from bench import ledger_rows, machine
from bench.places import RESULTS
from tests.pages.browse import Browse
from tests.running import OWNER, PASSWORD, Instance

MODELS, CONNECTIONS, COLLECTIONS, IN_COLLECTION, CALLS = 3000, 10, 50, 60, 100_000
MAKERS = ("meta-llama", "qwen", "mistralai", "openai", "google", "deepseek", "nousresearch")
SLOWEST, LARGEST = 200.0, 100.0
"""What was promised of each page: milliseconds, and thousands of bytes."""
TIMES = 7
EACH = 3
"""Pages of one kind that are measured: with other filters, of other things."""
LINK = re.compile(r'(?:href|action)="(/[^"#]*)')


@dataclass(frozen=True, slots=True)
class Seen:
    """A page: which kind, where, how long it took (milliseconds) and how long it is (bytes)."""

    kind: str
    path: str
    ms: float
    size: int

    @property
    def is_met(self) -> bool:
        return self.ms <= SLOWEST and self.size <= LARGEST * 1000

    @property
    def verdict(self) -> str:
        return "" if self.is_met else "**missed**"


def main() -> None:
    """Make the team, walk through its pages, write down what they took."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    with TemporaryDirectory(prefix="aic-pages-") as folder:
        instance = Instance(Path(folder) / "instance")
        fill(instance)
        site = create_app(instance.settings)
        browse = Browse.of(site, [])
        browse.sign_in(OWNER, PASSWORD)
        found = sorted(walk(site, browse), key=lambda one: -one.ms)
        instance.close()
    (parser.parse_args().out / "pages.md").write_text(report(found), encoding="utf-8")
    for one in found[:10]:
        print(f"{one.ms:6.1f} ms {one.size / 1000:6.1f} kB  {one.path}")
    sys.exit(not all(one.is_met for one in found))


def fill(instance: Instance) -> None:
    """One large team."""
    instance.add_owner()
    for number in range(CONNECTIONS):
        instance.add_connection(
            "compatible", f"http://127.0.0.1:{number + 1}/v1", name=f"c{number}"
        )
    for number in range(20):
        instance.add_token(f"program {number}")
    with instance.session() as session, writing(session):
        session.execute(insert(ServedModel), list(_models()))
        session.execute(insert(Collection), list(_collections()))
        session.execute(insert(CollectionModel), list(_entries()))
    with instance.session() as session:
        _call(session)


def _call(session: Session) -> None:
    ledger_rows.make(session.get_bind(), CALLS, clock.now())  # type: ignore[arg-type]
    while rollups.roll(session):
        pass  # as the job of every fifteen seconds does


def _models() -> Iterator[Mapping[str, Any]]:
    now = clock.now()
    for number in range(MODELS):
        maker = MAKERS[number % len(MAKERS)]
        yield {
            "connection_id": number % CONNECTIONS + 1, "model_id": _model(number), "listed": True,
            "by_hand": False, "hidden": False, "type": "embedding" if number % 50 == 0 else "chat",
            "name": f"{maker.title()} Writer {number}", "context_tokens": 8192 << number % 5,
            "capabilities": ["tools", "vision"] if number % 3 else [], "first_seen": now,
            "last_seen": now,
        }  # fmt: skip


def _model(number: int) -> str:
    return f"{MAKERS[number % len(MAKERS)]}/writer-{number}-instruct"


def _collections() -> Iterator[Mapping[str, Any]]:
    for number in range(COLLECTIONS):
        yield {
            "id": 100 + number, "name": f"set-{number}", "description": "For the night shift",
            "version": 1, "position": number, "made_at": clock.now(), "made_by": "ada",
            "changed_by": "",
        }  # fmt: skip


def _entries() -> Iterator[Mapping[str, Any]]:
    for number in range(COLLECTIONS):
        for place in range(IN_COLLECTION):
            model = (number * 7 + place * 10) % MODELS
            yield {
                "collection_id": 100 + number, "connection_id": model % CONNECTIONS + 1,
                "model_id": _model(model), "position": place, "note": "Slow, but good",
                "parameters": {"temperature": 0.7},
            }  # fmt: skip


def walk(site: Flask, browse: Browse) -> Iterator[Seen]:
    """Every page that a link leads to from the first one, a few of each kind."""
    waiting, known, kinds = deque(["/"]), {"/"}, Counter[str]()
    while waiting:
        path = waiting.popleft()
        kind = _kind(site, path)
        if not kind or kinds[kind] >= EACH:
            continue
        answer = browse.client.get(path, buffered=True)
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        kinds[kind] += 1
        yield Seen(kind, path, _median(browse, path), len(answer.data))
        links = dict.fromkeys(unescape(one) for one in LINK.findall(answer.text))
        waiting += [one for one in links if one not in known]
        known |= links.keys()


def _kind(site: Flask, path: str) -> str:
    """The endpoint that answers; none for files, and for signing out."""
    try:
        endpoint, _ = site.url_map.bind("localhost").match(path.partition("?")[0], method="GET")
    except HTTPException:
        return ""
    return "" if endpoint == "static" else str(endpoint)


def _median(browse: Browse, path: str) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        browse.client.get(path, buffered=True)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def report(found: Sequence[Seen]) -> str:
    """The slowest page of each kind, and what all took together."""
    slowest: dict[str, Seen] = {}
    for one in found:
        slowest.setdefault(one.kind, one)
    middle = statistics.median(one.ms for one in found)
    team = (
        f"A team with {MODELS:,} models at {CONNECTIONS} connections, {COLLECTIONS} collections of"
        f" {IN_COLLECTION} and {CALLS:,} calls, on SQLite. {len(found)} pages of {len(slowest)}"
        f" kinds, each {TIMES} times; its median counts. The median of all is {middle:.0f} ms."
        f" Promised: {SLOWEST:.0f} ms and {LARGEST:.0f} kB."
    )
    heads = ["# Pages", "", f"{machine.described(1)} {team}", ""]
    heads += ["| slowest of its kind | ms | kB |  |", "| --- | --- | --- | --- |"]
    rows = (
        f"| `{one.path}` | {one.ms:.1f} | {one.size / 1000:.1f} | {one.verdict} |"
        for one in slowest.values()
    )
    return "\n".join([*heads, *rows, ""])


if __name__ == "__main__":
    main()
