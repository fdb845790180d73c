"""`python -m bench.ledger`: how fast a ledger of many calls is read, added up and exported."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from aiconnect import clock, create_app, ids
from aiconnect.models import Role, UsageRollup
from aiconnect.models.base import sessions
from aiconnect.services import absorbing, call_pages, installation, rollups, sizes
from aiconnect.services.audit import Actor
from aiconnect.services.rollups import By, Per, Wanted
from aiconnect.settings import Settings
from bench import ledger_plot, ledger_rows, machine
from bench.places import AICONNECT, RESULTS
from tests.cluster import Cluster
from tests.pages.browse import Browse
from tests.running import OWNER, PASSWORD, Instance

VIEWS = ("/usage", "/usage?span=latest", "/usage?by=person", "/usage?model=model-0",
         "/usage?connection=provider2", "/usage/calls",
         "/usage/statement", "/settings/ledger")  # fmt: skip
"""Pages as a browser gets them, from the server's end."""
TIMES = 7
"""How often each question is asked; the median counts."""
LATEST = 100_000
"""Records that are rolled up while that is measured."""


@dataclass(frozen=True, slots=True)
class Target:
    """What was promised: at most, or (`is_least`) at least."""

    value: float
    unit: str
    is_least: bool = False

    def is_met(self, value: float) -> bool:
        return value >= self.value if self.is_least else value <= self.value


SUM, PAGE = Target(200, "ms"), Target(100, "ms")
TARGETS = {
    "sum": SUM, "page": PAGE, "view": SUM,
    "roll": Target(500, "calls/s", is_least=True),
    "absorb": Target(500, "calls/s", is_least=True),
    "export csv": Target(20_000, "rows/s", is_least=True),
    "export jsonl": Target(20_000, "rows/s", is_least=True),
    "memory of export": Target(100, "MB"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A measurement; `kind` is a key of TARGETS, or of what was not promised."""

    database: str
    records: int
    kind: str
    case: str
    value: float


QUIET = "model-325"
"""One that a program of the busiest person calls least."""
FILTERS: Mapping[str, Wanted] = {
    "no filter": Wanted(),
    "a busy person": Wanted(person_id=1),
    "a quiet person": Wanted(person_id=ledger_rows.PEOPLE),
    "an access token": Wanted(access_token_id=5),
    "a connection": Wanted(connection_id=3),
    "a busy model": Wanted(model="model-0"),
    "a quiet model": Wanted(model=QUIET),
    "a collection": Wanted(collection="night1"),
    "failures": Wanted(outcome="failed"),
    "refusals": Wanted(outcome="refused"),
    "a person's failures": Wanted(person_id=ledger_rows.PEOPLE, outcome="failed"),
    "a person and a quiet model": Wanted(person_id=1, model=QUIET),
}
TOP = tuple(f"model-{number}" for number in (0, 37, 74, 50))
"""The page asks for as many by name as have a shade of their own, and for the others as one."""
SUMS: Sequence[tuple[By | None, Per | None]] = (
    ("model", None), ("model", "day"), ("person", "day"), ("token", None), (None, "month"),
)  # fmt: skip


def main() -> None:
    """Measure one database; its lines in the results are replaced."""
    asked = _arguments()
    found: list[Line] = []
    with (
        TemporaryDirectory(prefix="aic-ledger-", dir=asked.work) as folder,
        _database(asked.database) as url,
    ):
        for line in _measured(Path(folder), url, asked.database, asked.records):
            print(f"{line.kind}: {line.case}: {line.value:,.1f}", flush=True)
            found.append(line)
    _write(found, asked.out)
    sys.exit(not all(_is_met(line) for line in found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger", description=__doc__)
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], required=True)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument("--work", type=Path, default=None, help="where the database is made")
    return parser.parse_args()


@contextmanager
def _database(kind: str) -> Iterator[str]:
    """The address of PostgreSQL, started for this; empty for SQLite, whose file init makes."""
    if kind == "sqlite":
        yield ""
        return
    with closing(Cluster()) as cluster:
        yield cluster.url(cluster.make())


def _measured(folder: Path, url: str, kind: str, count: int) -> Iterator[Line]:
    environ = {"AICONNECT_INSTANCE": str(folder / "instance")}
    environ |= {"AICONNECT_DATABASE_URL": url} if url else {}
    settings = Settings.from_env(environ)
    installation.initialise(settings)
    engine = installation.open_database(settings)
    try:
        now = clock.now()
        for case, value in _everything(engine, environ, count, now):
            yield Line(kind, count, *case, value)
    finally:
        engine.dispose()


Case = tuple[str, str]


def _everything(
    engine: Engine, environ: Mapping[str, str], count: int, now: datetime
) -> Iterator[tuple[Case, float]]:
    began = time.monotonic()
    ledger_rows.make(engine, count, now)
    yield ("made", "seconds"), time.monotonic() - began
    with sessions(engine)() as session:
        yield from _rolling(session, count)
        yield from _reading(session, now)
        yield from _absorbing(session)
        while rollups.roll(session):
            pass  # as the job of every fifteen seconds does
        yield ("size", "MB of the database"), sizes.read(session).bytes / 1e6
        rows = session.scalar(select(func.count()).select_from(UsageRollup)) or 0
        yield ("size", "thousand rollups"), rows / 1e3
    yield from _viewing(environ)
    yield from _exporting(environ, count)


def _viewing(environ: Mapping[str, str]) -> Iterator[tuple[Case, float]]:
    """As the owner, for whom most is added up."""
    instance = Instance(Path(environ["AICONNECT_INSTANCE"]), environ)
    instance.add_owner()
    browse = Browse.of(create_app(instance.settings), [])
    browse.sign_in(OWNER, PASSWORD)
    for path in VIEWS:
        yield ("view", path), _median(lambda: browse.client.get(path, buffered=True))  # noqa: B023
    instance.close()


def _rolling(session: Session, count: int) -> Iterator[tuple[Case, float]]:
    """Everything is rolled up; the last of it counts, when the tables are at their largest."""
    left = count
    while left > LATEST:
        left -= rollups.roll(session, min(10_000, left - LATEST))
    began, rolled = time.monotonic(), 0
    while more := rollups.roll(session):
        rolled += more
    yield ("roll", "one at a time with its batches"), rolled / (time.monotonic() - began)
    _tend(session)


def _tend(session: Session) -> None:
    """What PostgreSQL does by itself, and the server once a day with SQLite."""
    engine: Any = session.get_bind()
    if engine.dialect.name == "sqlite":
        sizes.survey(session)
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE usage_rollups"))


def _reading(session: Session, now: datetime) -> Iterator[tuple[Case, float]]:
    month = (now - timedelta(days=30)).replace(hour=0, minute=0, second=0, microsecond=0)
    for by, per in SUMS:
        for name, wanted in FILTERS.items():
            if by == "model" or name == "no filter":
                asked = f"by {by or 'nothing'}{f' per {per}' if per else ''}, {name}"
                since = None if per == "month" else month
                named = TOP if by == "model" and per else None
                ask = partial(rollups.sums, session, by, since, None, wanted)
                ms = _median(partial(ask, per=per, named=named))
                yield ("sum", asked), ms
    admin = Actor("ada", role=Role.ADMIN, person_id=1)
    for name, wanted in FILTERS.items():
        ms = _median(lambda: call_pages.page(session, admin, rollups.conditions(wanted)))  # noqa: B023
        yield ("page", name), ms
    middle = now - timedelta(days=ledger_rows.DAYS / 2)
    mark = f"{middle:%Y-%m-%dT%H:%M:%S.%fZ}~x"
    for name, wanted in FILTERS.items():
        ms = _median(
            lambda: call_pages.page(session, admin, rollups.conditions(wanted), before=mark)  # noqa: B023
        )
        yield ("page", f"{name}, of three months ago"), ms


def _median(ask: Callable[[], Any]) -> float:
    """In milliseconds; the first time, which fills caches, is left out."""
    ask()
    return statistics.median(_timed(ask) for _ in range(TIMES)) * 1000


def _timed(ask: Callable[[], Any]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def _absorbing(session: Session) -> Iterator[tuple[Case, float]]:
    """Ends of calls into the full ledger, 200 to a tick."""
    lines = [_line(number) for number in range(10_000)]
    began = time.monotonic()
    for start in range(0, len(lines), 200):
        absorbing.absorb(session, lines[start : start + 200], ledger_rows.WRITER)
    yield ("absorb", "200 at a time"), len(lines) / (time.monotonic() - began)


def _line(number: int) -> dict[str, Any]:
    return {
        "k": "e", "id": ids.uuid7(), "at": time.time_ns() // 1_000_000, "p": number % 50 + 1,
        "pn": f"person{number % 50}@example.org", "t": number % 150 + 1, "tn": "program",
        "c": 3, "cn": "provider2", "m": f"model-{number % 500}", "s": True, "rb": 4000,
        "f": False, "u": [500, 100, 0, 58, 0], "es": False, "ms": 900, "o": "ok", "cd": None,
        "st": 200, "ft": 200, "n": 1, "sc": "0.0012",
    }  # fmt: skip


def _exporting(environ: Mapping[str, str], count: int) -> Iterator[tuple[Case, float]]:
    for form in ("csv", "jsonl"):
        command = [str(AICONNECT), "usage", "export", "--format", form]
        began = time.monotonic()
        process = subprocess.Popen(
            command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL
        )
        memory = _most_memory(process)
        assert process.returncode == 0, form
        yield (f"export {form}", "all"), count / (time.monotonic() - began)
        yield ("memory of export", form), memory


def _most_memory(process: subprocess.Popen[bytes]) -> float:
    """In MB, of a process until it ends: what wait4 says counts what it was forked from too."""
    most = 0.0
    while process.poll() is None:
        said = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        peaks = [line.split()[1] for line in said.splitlines() if line.startswith("VmHWM")]
        most = max([most, *(int(peak) / 1024 for peak in peaks)])
        time.sleep(0.02)
    return most


def _is_met(line: Line) -> bool:
    target = TARGETS.get(line.kind)
    return target is None or target.is_met(line.value)


def _write(found: Sequence[Line], folder: Path) -> None:
    path = folder / "ledger.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    kept = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    lines = [Line(**json.loads(one)) for one in kept]
    lines = [one for one in lines if one.database != found[0].database] + list(found)
    path.write_text("".join(f"{json.dumps(asdict(one))}\n" for one in lines), encoding="utf-8")
    ledger_plot.draw([one for one in lines if one.kind in {"sum", "page"}], folder / "ledger.png")
    (folder / "ledger.md").write_text(_report(lines), encoding="utf-8")


def _report(lines: Sequence[Line]) -> str:
    databases = sorted({line.database for line in lines})
    cells = {(line.kind, line.case, line.database): line for line in lines}
    heads = [f"{one}, {_records(lines, one):,} calls" for one in databases]
    said = [
        "# The ledger",
        "",
        f"{machine.described(1)} Milliseconds are the median of {TIMES}, the first one left out.",
        "",
        f"|  |  | {' | '.join(heads)} | target |",
        f"| --- | --- |{' --- |' * (len(databases) + 1)}",
    ]
    for kind, case in dict.fromkeys((line.kind, line.case) for line in lines):
        shown = [_cell(cells.get((kind, case, one))) for one in databases]
        said.append(f"| {kind} | {case} | {' | '.join(shown)} | {_limit(kind)} |")
    return "\n".join([*said, "", "![Milliseconds](ledger.png)", ""])


def _records(lines: Sequence[Line], database: str) -> int:
    return max(line.records for line in lines if line.database == database)


def _cell(line: Line | None) -> str:
    if line is None:
        return "-"
    value = f"{line.value:,.0f}" if line.value >= 100 else f"{line.value:,.1f}"
    return value if _is_met(line) else f"**{value} missed**"


def _limit(kind: str) -> str:
    target = TARGETS.get(kind)
    return f"{'≥' if target.is_least else '≤'} {target.value:,.0f} {target.unit}" if target else ""


if __name__ == "__main__":
    main()
