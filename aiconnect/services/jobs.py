"""The plan of the jobs: when each is due, who runs it, how its latest run went.

A run is claimed by a conditional UPDATE of the job's row, so a job runs once per period even where
two processes believe that the clock is theirs. While it runs, it is held by a lease of its own: one
whose process died is run again by whoever owns the clock next.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from typing_extensions import override

from aiconnect.errors import N_, NotFound
from aiconnect.models import JobRun
from aiconnect.services import audit, leases
from aiconnect.services.audit import Actor
from aiconnect.services.writing import insert, writing

OK, FAILED, RUNNING = "ok", "failed", "running"
LONGEST_SAID = 300


@dataclass(frozen=True, slots=True)
class Said:
    """What a run has to say: a code and numbers or names, worded when somebody reads it."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @override
    def __str__(self) -> str:
        written = json.dumps([self.code, self.facts], ensure_ascii=True)
        return written if len(written) <= LONGEST_SAID else json.dumps([self.code, {}])

    @classmethod
    def read(cls, written: str) -> Said:
        """What was written; nothing for what another version wrote."""
        try:
            code, facts = json.loads(written)
            return cls(str(code), {str(name): str(fact) for name, fact in facts.items()})
        except (ValueError, TypeError, AttributeError):
            return cls("")


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that is the caller's to perform; `asked` is whether somebody asked for it."""

    name: str
    owner: str
    asked: bool


def plan(session: Session, firsts: Mapping[str, timedelta]) -> None:
    """Plan the first run of each job that has no row yet, so long from now."""
    with writing(session):
        moment = leases.now(session)
        for name, first in firsts.items():
            planned = {"name": name, "due_at": moment + first, "runs": 0, "said": ""}
            known = insert(leases.dialect(session), JobRun).values(**planned)
            session.execute(known.on_conflict_do_nothing())


def every_run(session: Session) -> dict[str, JobRun]:
    """The row of each job by its name, as it is in the database now."""
    rows = session.scalars(select(JobRun), execution_options={"populate_existing": True})
    return {row.name: row for row in rows}


def is_due(session: Session, run: JobRun, every: timedelta, moment: datetime) -> bool:
    """Whether its time has come, somebody wants it now, or its process died while it ran.

    A time further off than a period comes from a clock that has been set back since.
    """
    if run.result == RUNNING:
        return leases.is_free(session, lease_of(run.name))
    is_planned = run.due_at is not None and moment < run.due_at <= moment + every
    return run.wanted_at is not None or not is_planned


def want(session: Session, actor: Actor, name: str) -> None:
    """Ask for a run now; the process that owns the clock performs it."""
    with writing(session):
        wanted = update(JobRun).where(JobRun.name == name).values(wanted_at=leases.now(session))
        if session.execute(wanted.returning(JobRun.name)).first() is None:
            raise NotFound(N_("There is no job %(name)s."), field="job", name=name)
        audit.record(session, actor, "run.job", name)


def claim(
    session: Session,
    name: str,
    every: timedelta,
    owner: str,
    *,
    early: bool = False,
    term: timedelta = leases.TERM,
) -> Claim | None:
    """Take a run that is due (or, `early`, one that is not yet); None where it is not ours.

    Its lease is renewed within each term by the caller, who is taken for dead otherwise.
    """
    with writing(session):
        moment = leases.now(session)
        run = session.get(JobRun, name, populate_existing=True)
        if run is None or not (early or is_due(session, run, every, moment)):
            return None
        if not leases.take_within(session, lease_of(name), owner, term):
            return None
        if not _take(session, run, every, moment):
            leases.release_within(session, lease_of(name), owner)
            return None
        return Claim(name, owner, asked=run.wanted_at is not None)


def finish(session: Session, claim: Claim, result: str, said: Said) -> None:
    """Write down how a run went; one that somebody else has begun anew meanwhile is theirs."""
    with writing(session):
        if not leases.take_within(session, lease_of(claim.name), claim.owner):
            return
        session.execute(
            update(JobRun)
            .where(JobRun.name == claim.name)
            .values(result=result, said=str(said), ended_at=leases.now(session)),
            execution_options={"synchronize_session": False},
        )
        leases.release_within(session, lease_of(claim.name), claim.owner)


def lease_of(name: str) -> str:
    """The lease of whoever runs this job at the moment."""
    return f"job {name}"


def _take(session: Session, run: JobRun, every: timedelta, moment: datetime) -> bool:
    """One conditional UPDATE: true for one caller, however many have seen that it is due."""
    seen = (JobRun.runs == run.runs, JobRun.wanted_at.is_not_distinct_from(run.wanted_at))
    taken = session.execute(
        update(JobRun)
        .where(JobRun.name == run.name, *seen)
        .values(
            due_at=_next(run.due_at or moment, every, moment),
            wanted_at=None,
            began_at=moment,
            ended_at=None,
            result=RUNNING,
            said="",
            runs=run.runs + 1,
        )
        .returning(JobRun.name),
        execution_options={"synchronize_session": False},
    )
    return taken.first() is not None


def _next(due: datetime, every: timedelta, moment: datetime) -> datetime:
    """The next time of the plan; times that were missed are not made up for."""
    if due > moment:
        return min(due, moment + every)
    return due + every * ((moment - due) // every + 1)
