"""What a process and its children cost, read from /proc, and how they are started and stopped."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
QUIET_WINDOW = 0.6  # longer than the ledger's writer rests between two looks at the journal
QUIET_CPU = 0.02


class NotReady(Exception):
    """A program ended or did not answer in time."""


def tree(pid: int) -> list[int]:
    """The process and everything below it."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children[int(fields[1])].append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += children[one]
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time of the tree so far, in user and kernel."""
    ticks = 0
    for one in tree(pid):
        fields = _stat(one)
        ticks += int(fields[11]) + int(fields[12]) if fields else 0
    return ticks / TICK


def memory_mb(pid: int) -> float:
    """Memory of the tree in MB (10^6 bytes); a page that several share counts once (PSS)."""
    return sum(_pss_kb(one) for one in tree(pid)) * 1024 / 1e6


def quiet_cpu_seconds(pid: int, patience: float = 15.0) -> float:
    """CPU time of the tree once its work is done: the ledger is written after the calls."""
    deadline = time.monotonic() + patience
    last = cpu_seconds(pid)
    while time.monotonic() < deadline:
        time.sleep(QUIET_WINDOW)
        now = cpu_seconds(pid)
        if now - last <= QUIET_CPU:
            return now
        last = now
    return last


def seconds_elsewhere() -> float:
    """CPU time since the machine's start that neither we nor our programs have used.

    The difference of two looks is the disturbance by others, of another virtual machine too.
    """
    now = os.times()
    ours = cpu_seconds(os.getpid()) + now.children_user + now.children_system
    return _busy_seconds() - ours


@contextmanager
def program(
    command: Sequence[str | Path],
    log: Path,
    *,
    environ: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program while the block lasts; its whole tree is gone afterwards."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command], env=environ, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        _stop(process)


def await_ready(
    process: subprocess.Popen[bytes],
    is_ready: Callable[[], bool],
    log: Path,
    seconds: float = 30,
) -> None:
    """Wait until the program answers. Raises NotReady."""
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None:
            raise NotReady(f"it ended at once; {log} says why")
        if time.monotonic() > deadline:
            raise NotReady(f"it did not answer in {seconds:g} s; {log} may say why")
        time.sleep(0.005)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name (it may hold blanks); none once it is gone."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    return text[text.rindex(")") + 2 :].split()


def _busy_seconds() -> float:
    """CPU time of the whole machine, all but idle and waiting for disks."""
    first = (PROC / "stat").read_text().partition("\n")[0]
    ticks = [int(part) for part in first.split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / TICK


def _pss_kb(pid: int) -> int:
    try:
        found = PSS.search((PROC / str(pid) / "smaps_rollup").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the program to end; kill what is left of its session after a while."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()
