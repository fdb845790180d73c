"""Processes that run the clock on one database: each job runs once per period, whoever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from aiconnect.services import leases
from tests.running import ROOT, until

FOLLOWED = leases.TERM.total_seconds() + 4.0
"""A term, a tick of whoever follows, and the time that a busy machine takes for it."""


@dataclass(frozen=True)
class Run:
    """A line of the notes."""

    what: str
    job: str
    period: str
    pid: int


Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes"
    path.touch()
    return path


@pytest.fixture
def start(environ: dict[str, str], notes: Path) -> Iterator[Start]:
    """Starts processes with a clock; those that are left are killed."""
    started: list[subprocess.Popen[bytes]] = []

    def one(lease: str = "clock") -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "tests.jobs.ticking", str(notes), lease]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("AICONNECT_")}
        started.append(subprocess.Popen(words, cwd=ROOT, env=clean | environ))
        return started[-1]

    yield one
    for process in started:
        process.kill()
        process.wait()


def runs(notes: Path, what: str = "end") -> list[Run]:
    lines = (line.split() for line in notes.read_text().splitlines())
    found = [Run(one[0], one[1], one[2], int(one[3])) for one in lines]
    return [one for one in found if one.what == what]


def ran(notes: Path, count: int, pid: int | None = None) -> Callable[[], bool]:
    """Whether the quick job ran so often, in this process."""

    def is_so() -> bool:
        quick = [one for one in runs(notes) if one.job == "quick"]
        return len([one for one in quick if pid in {None, one.pid}]) >= count

    return is_so


def check_once(notes: Path, *killed: int) -> None:
    """No period twice; what was begun and not ended was begun by those who were killed."""
    ended = Counter((one.job, one.period) for one in runs(notes))
    assert max(ended.values()) == 1, ended
    open_ones = [one for one in runs(notes, "begin") if (one.job, one.period) not in ended]
    assert {one.pid for one in open_ones} <= set(killed)


def kill_owner(notes: Path, processes: list[subprocess.Popen[bytes]]) -> int:
    """kill -9 whoever ran last, in the middle of its slow job."""

    def is_midst() -> bool:
        begun, ended = runs(notes, "begin"), {(one.job, one.period) for one in runs(notes)}
        slow = [one for one in begun if one.job == "slow"]
        return bool(slow) and (slow[-1].job, slow[-1].period) not in ended

    assert until(is_midst)
    owner = runs(notes, "begin")[-1].pid
    process = next(one for one in processes if one.pid == owner)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return owner


def are_up(notes: Path, processes: Iterable[subprocess.Popen[bytes]]) -> bool:
    """Whether they all get so far: before, a signal to end would just kill them."""
    wanted = {one.pid for one in processes}
    return until(lambda: wanted <= {one.pid for one in runs(notes, "up")}, 60)


def stop(notes: Path, processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End in good order, within seconds."""
    assert are_up(notes, processes)
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert {process.wait(10) for process in processes} == {0}


def followed(start: Start, notes: Path, kills: int) -> None:
    processes = [start(), start()]
    assert are_up(notes, processes)
    assert until(ran(notes, 2))
    killed = []
    for _ in range(kills):
        killed.append(kill_owner(notes, processes))
        died = time.monotonic()
        (heir,) = [one.pid for one in processes if one.poll() is None]
        before = len([one for one in runs(notes) if one.pid == heir])
        assert until(ran(notes, before + 1, heir), FOLLOWED), time.monotonic() - died
        processes.append(start())
        assert until(ran(notes, before + 3, heir))
    stop(notes, [one for one in processes if one.poll() is None])
    check_once(notes, *killed)
    assert len({one.pid for one in runs(notes)}) == kills + 1


@pytest.mark.on_both
def test_an_owner_that_dies_is_followed_and_every_job_runs_once_per_period(
    start: Start, notes: Path
) -> None:
    followed(start, notes, 1)


@pytest.mark.soak
@pytest.mark.on_both
def test_thirty_owners_that_die_are_followed(start: Start, notes: Path) -> None:
    followed(start, notes, 30)


@pytest.mark.on_both
def test_two_that_both_believe_in_their_lease_run_each_job_once(start: Start, notes: Path) -> None:
    processes = [start("one"), start("other")]
    assert until(ran(notes, 4))
    stop(notes, processes)
    check_once(notes)


@pytest.mark.on_both
def test_an_owner_that_stops_is_followed_at_once(start: Start, notes: Path) -> None:
    first = start()
    assert until(ran(notes, 1))
    second = start()
    assert are_up(notes, [second])
    stop(notes, [first])
    assert until(ran(notes, 1, second.pid))
    stop(notes, [second])
    check_once(notes)
