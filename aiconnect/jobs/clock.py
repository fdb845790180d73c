"""The clock: APScheduler ticks, and the process that holds the lease runs what is due."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from typing_extensions import override

from aiconnect.ids import uuid7
from aiconnect.jobs import running
from aiconnect.jobs.running import Job, Runtime
from aiconnect.services import jobs, leases
from aiconnect.services.jobs import RUNNING

log = logging.getLogger("aiconnect.clock")

TICK = 1.0
STOP_SECONDS = 3.0
WAKE_PAUSE = timedelta(seconds=5)
LEASE = "clock"
Work = tuple[Runtime, Mapping[str, Job]]
"""The jobs, and what they work with."""
FOR_GOOD: dict[str, Any] = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


class Threads(BaseExecutor):  # type: ignore[misc]  # APScheduler ships no types
    """Runs each job in a thread of its own with the job's name.

    They are daemons: APScheduler's own pool would keep a process from ending until its last call
    to a silent provider has timed out.
    """

    @override
    def _do_submit_job(self, job: Any, run_times: Any) -> None:
        thread = threading.Thread(
            target=self._work, args=(job, run_times), name=f"job {job.id}", daemon=True
        )
        thread.start()

    def _work(self, job: Any, run_times: Any) -> None:
        events = run_job(job, job._jobstore_alias, run_times, self._logger.name)  # noqa: SLF001
        self._run_job_success(job.id, events)


class Clock:
    """Ticks once a second from `start` to `stop`; both belong to the worker process.

    `load` is asked at the first tick: what jobs import is a quarter of what a server imports, and
    no call waits for a job. `beat` is when the last tick ended. A database that cannot be reached
    stops nothing: the next tick tries again.
    """

    name = "clock"

    def __init__(
        self,
        sessions: sessionmaker[Session],
        load: Callable[[], Work],
        *,
        lease: str = LEASE,
    ) -> None:
        self._sessions, self._load, self._lease = sessions, load, lease
        self._work: Work | None = None
        self._stopping = threading.Event()
        self._me = uuid7()
        self._renewed = float("-inf")
        self._is_planned = self._fails = False
        self._running: set[str] = set()
        self._scheduler: Any = None
        self.beat = time.monotonic()

    def start(self) -> None:
        """Begin to tick."""
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # what matters is logged here
        self._scheduler = BackgroundScheduler(timezone=UTC, executors={"default": Threads()})
        self._scheduler.add_job(self._tick, "interval", seconds=TICK, id=self.name, **FOR_GOOD)
        self._scheduler.start()

    def stop(self) -> None:
        """End within seconds. A job that does not end by then is run again by the next owner."""
        self._stopping.set()
        if not self.is_alive():
            return
        self._scheduler.shutdown(wait=False)
        ends = time.monotonic() + STOP_SECONDS
        while self._running and time.monotonic() < ends:
            time.sleep(0.02)
        try:
            with self._sessions() as session:
                leases.release(session, self._lease, self._me)
        except SQLAlchemyError as error:
            log.warning("the lease ends by itself", extra={"reason": type(error).__name__})

    def is_alive(self) -> bool:
        """Whether it ticks; that its thread still lives shows in `beat`."""
        return self._scheduler is not None and bool(self._scheduler.running)

    def _tick(self) -> None:
        try:
            with self._sessions() as session:
                if self._owns(session):
                    self._begin_due(session)
            self._fails = False
        except Exception as error:  # noqa: BLE001 (whatever it is, the clock must not stand still)
            self._say_failing(error)
        self.beat = time.monotonic()

    def _owns(self, session: Session) -> bool:
        """Whether this process runs the jobs; the lease is taken or renewed on the way."""
        begun = time.monotonic()
        if begun - self._renewed < leases.RENEW_SECONDS:
            return True
        is_mine = leases.take(session, self._lease, self._me)
        for name in tuple(self._running):
            leases.renew(session, jobs.lease_of(name), self._me)
        self._renewed = begun if is_mine else float("-inf")
        return is_mine

    def _begin_due(self, session: Session) -> None:
        table = self._loaded()[1]
        if not self._is_planned:
            jobs.plan(session, {job.name: job.first for job in table.values()})
            self._is_planned = True
        moment, rows = leases.now(session), jobs.every_run(session)
        for job in table.values():
            run = rows.get(job.name)
            if run is None or job.name in self._running or self._stopping.is_set():
                continue
            if jobs.is_due(session, run, job.every, moment):
                self._begin(job, early=False)
            elif job.wakes is not None and run.result != RUNNING:
                has_rested = run.began_at is None or moment - run.began_at > WAKE_PAUSE
                if has_rested and job.wakes(session):
                    self._begin(job, early=True)

    def _loaded(self) -> Work:
        if self._work is None:
            runtime, table = self._load()
            self._work = replace(runtime, stopping=self._stopping), table
        return self._work

    def _begin(self, job: Job, *, early: bool) -> None:
        self._running.add(job.name)
        self._scheduler.add_job(
            self._run, args=(job, early), id=job.name, replace_existing=True, **FOR_GOOD
        )

    def _run(self, job: Job, early: bool) -> None:  # noqa: FBT001 (APScheduler passes it on)
        try:
            with self._sessions() as session:
                running.run(session, job, self._loaded()[0], self._me, early=early)
        except SQLAlchemyError as error:  # not written down: the row's lease ends, it is run again
            reason = {"job": job.name, "reason": type(error).__name__}
            log.warning("a job cannot be written down", extra=reason)
        finally:
            self._running.discard(job.name)

    def _say_failing(self, error: Exception) -> None:
        """Once for each time that it begins to fail."""
        if not self._fails:
            self._fails = True
            is_known = isinstance(error, SQLAlchemyError)
            reason = {"reason": type(error).__name__}
            log.warning("the plan of jobs cannot be read", extra=reason, exc_info=not is_known)
