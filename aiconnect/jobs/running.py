"""What a job is, and one run of it: claimed, performed, written down."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from aiconnect.providers.spec import Provider
from aiconnect.services import jobs, leases
from aiconnect.services.jobs import Said
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings

if TYPE_CHECKING:
    from aiconnect.client import Client

log = logging.getLogger("aiconnect.jobs")

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Runtime:
    """What jobs work with beside a session.

    `asked` is whether somebody asked for this run; a job ends early once `stopping` is set.
    `faults` names what is wrong with this process.
    """

    settings: Settings
    rows: Mapping[str, Provider]
    vault: Vault
    client: Client
    stopping: threading.Event = field(default_factory=threading.Event)
    asked: bool = False
    faults: Callable[[], Sequence[str]] = tuple


@dataclass(frozen=True, slots=True)
class Job:
    """A line of the table of jobs.

    `function` can run twice without harm, and holds no transaction while it calls somebody;
    `first` is how long after its planning it runs first, a period at most; `wakes` says that it
    is needed before its time.
    """

    name: str
    every: timedelta
    function: Callable[[Session, Runtime], Said]
    first: timedelta = MINUTE
    wakes: Callable[[Session], bool] | None = None


def run(
    session: Session,
    job: Job,
    runtime: Runtime,
    owner: str,
    *,
    early: bool = False,
    term: timedelta = leases.TERM,
) -> tuple[str, Said] | None:
    """Perform a run and give its result; None where there is none for us to perform."""
    claim = jobs.claim(session, job.name, job.every, owner, early=early, term=term)
    if claim is None:
        return None
    result, said = _perform(session, job, replace(runtime, asked=runtime.asked or claim.asked))
    jobs.finish(session, claim, result, said)
    return result, said


def _perform(session: Session, job: Job, runtime: Runtime) -> tuple[str, Said]:
    """Whatever goes wrong in a job is its result: the plan goes on."""
    try:
        said = job.function(session, runtime)
        session.commit()
    except Exception as error:
        session.rollback()
        log.exception("a job failed", extra={"job": job.name})
        return jobs.FAILED, Said(_kind(error))
    return jobs.OK, said


def _kind(error: Exception) -> str:
    """What sort of fault it was: the words of an exception are for the log."""
    if isinstance(error, SQLAlchemyError):
        return "failed_database"
    return "failed_files" if isinstance(error, OSError) else "failed_inside"
