"""A process with a clock and nothing else: `python -m tests.jobs.ticking NOTES LEASE`.

AICONNECT_… in the environment names the instance. It notes when it can be told to end, and each run
it begins and ends.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.client import Client
from aiconnect.jobs.clock import Clock
from aiconnect.jobs.running import Job, Runtime
from aiconnect.models import JobRun
from aiconnect.models.base import sessions
from aiconnect.services import installation
from aiconnect.services.jobs import Said
from aiconnect.settings import Settings
from tests.fakes import OpenPolicy

SECOND = timedelta(seconds=1)
NOW = timedelta()


def noting(notes: Path, name: str, seconds: float) -> Callable[[Session, Runtime], Said]:
    def work(session: Session, runtime: Runtime) -> Said:
        period = clock.iso(session.get_one(JobRun, name).due_at or clock.now())
        session.commit()
        note(notes, f"begin {name} {period}")
        runtime.stopping.wait(seconds)
        note(notes, f"end {name} {period}")
        return Said("nothing")

    return work


def note(notes: Path, line: str) -> None:
    descriptor = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, f"{line} {os.getpid()}\n".encode())
    os.close(descriptor)


def main() -> None:
    notes, lease = Path(sys.argv[1]), sys.argv[2]
    settings = Settings.from_env(os.environ)
    vault = installation.check_start(settings)
    table = {
        name: Job(name, every, noting(notes, name, seconds), first=NOW)
        for name, every, seconds in (("quick", SECOND, 0.0), ("slow", 2 * SECOND, 1.2))
    }
    runtime = Runtime(settings, {}, vault, Client(OpenPolicy()))
    made = sessions(installation.open_database(settings))
    ticking = Clock(made, lambda: (runtime, table), lease=lease)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    note(notes, "up clock -")
    ticking.start()
    over.wait()
    ticking.stop()


if __name__ == "__main__":
    main()
