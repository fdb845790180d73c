"""The plan of the jobs: claimed once per period, whoever asks and however many."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from aiconnect.errors import NotFound
from aiconnect.models import AuditEntry, JobRun
from aiconnect.models.base import sessions
from aiconnect.services import jobs, leases
from aiconnect.services.audit import SYSTEM
from aiconnect.services.jobs import Said
from aiconnect.services.writing import writing

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LATER = timedelta(hours=1)
DONE = Said("nothing")


def planned(session: Session, name: str = "sweep", first: timedelta = -MINUTE / 2) -> JobRun:
    jobs.plan(session, {name: first})
    return session.get_one(JobRun, name)


def now_of(session: Session, name: str = "sweep") -> JobRun:
    session.commit()  # what others have done meanwhile is seen
    return jobs.every_run(session)[name]


def died(session: Session, name: str = "sweep") -> None:
    """The process that ran it is gone, and its lease has ended."""
    leases.take(session, jobs.lease_of(name), "ada", term=timedelta(seconds=-1))


def test_a_due_job_is_claimed_once_per_period(session: Session) -> None:
    planned(session)
    claim = jobs.claim(session, "sweep", MINUTE, "ada")
    assert claim is not None
    jobs.finish(session, claim, jobs.OK, DONE)
    assert jobs.claim(session, "sweep", MINUTE, "bob") is None


def test_a_job_that_is_not_due_is_nobodys(session: Session) -> None:
    planned(session, first=LATER)
    assert jobs.claim(session, "sweep", DAY, "ada") is None
    assert jobs.claim(session, "sweep", DAY, "ada", early=True) is not None


def test_a_job_that_was_never_planned_is_nobodys(session: Session) -> None:
    assert jobs.claim(session, "unheard of", MINUTE, "ada") is None


def test_of_many_that_claim_at_once_one_gets_it(engine: Engine, session: Session) -> None:
    planned(session)
    ready, won = threading.Barrier(8), []

    def ask(name: str) -> None:
        with sessions(engine)() as own:
            ready.wait()
            if jobs.claim(own, "sweep", MINUTE, name):
                won.append(name)

    threads = [threading.Thread(target=ask, args=(f"owner{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), now_of(session).runs) == (1, 1)


def test_times_that_were_missed_are_not_made_up_for(session: Session) -> None:
    first = planned(session, first=-timedelta(minutes=7.5)).due_at
    claim = jobs.claim(session, "sweep", MINUTE, "ada")
    assert claim is not None
    assert first is not None
    assert now_of(session).due_at == first + 8 * MINUTE


def test_a_clock_that_was_set_back_keeps_no_job_waiting(session: Session) -> None:
    """Planned before, by a clock that was a year ahead."""
    planned(session, first=timedelta(days=365))
    assert jobs.claim(session, "sweep", MINUTE, "ada") is not None
    assert now_of(session).due_at <= leases.now(session) + MINUTE


def test_a_run_on_demand_leaves_the_plan_as_it_is(session: Session) -> None:
    due = planned(session, first=LATER).due_at
    jobs.want(session, SYSTEM, "sweep")
    claim = jobs.claim(session, "sweep", DAY, "ada")
    assert claim is not None
    assert claim.asked
    assert (now_of(session).due_at, now_of(session).wanted_at) == (due, None)


def test_a_run_on_demand_is_recorded(session: Session) -> None:
    planned(session)
    jobs.want(session, SYSTEM, "sweep")
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.subject) == ("run.job", "sweep")


def test_nobody_wants_a_job_that_is_not_there(session: Session) -> None:
    with pytest.raises(NotFound):
        jobs.want(session, SYSTEM, "unheard of")


def test_a_job_that_runs_is_not_run_beside_itself(session: Session) -> None:
    planned(session)
    jobs.claim(session, "sweep", MINUTE, "ada")
    jobs.want(session, SYSTEM, "sweep")
    assert jobs.claim(session, "sweep", MINUTE, "bob", early=True) is None
    assert jobs.claim(session, "sweep", MINUTE, "bob") is None


def test_a_run_whose_process_died_is_run_again(session: Session) -> None:
    planned(session)
    jobs.claim(session, "sweep", MINUTE, "ada")
    died(session)
    claim = jobs.claim(session, "sweep", MINUTE, "bob")
    assert claim is not None
    assert now_of(session).runs == 2


def test_who_comes_back_late_writes_nothing_over_the_run_of_another(session: Session) -> None:
    planned(session)
    mine = jobs.claim(session, "sweep", MINUTE, "ada")
    died(session)
    jobs.claim(session, "sweep", MINUTE, "bob")
    assert mine is not None
    jobs.finish(session, mine, jobs.FAILED, DONE)
    assert now_of(session).result == jobs.RUNNING


def test_a_result_is_kept_with_its_times(session: Session) -> None:
    planned(session)
    claim = jobs.claim(session, "sweep", MINUTE, "ada")
    assert claim is not None
    jobs.finish(session, claim, jobs.OK, Said("removed", {"rows": "3"}))
    run = now_of(session)
    assert isinstance(run.ended_at, datetime)
    assert run.took is not None
    assert Said.read(run.said) == Said("removed", {"rows": "3"})


def test_planning_again_moves_nothing(session: Session) -> None:
    due = planned(session, first=LATER).due_at
    jobs.plan(session, {"sweep": MINUTE, "other": MINUTE})
    assert now_of(session).due_at == due
    assert set(jobs.every_run(session)) >= {"sweep", "other"}


@pytest.mark.parametrize("written", ["", "nonsense", "[]", '["a"]', '{"a": 1}', '["a", []]', "7"])
def test_what_cannot_be_read_says_nothing(written: str) -> None:
    assert Said.read(written) == Said("")


def test_what_is_said_fits_its_column(session: Session) -> None:
    said = Said("removed", {"rows": "é" * 400})
    planned(session)
    with writing(session):
        now_of(session).said = str(said)
    assert Said.read(now_of(session).said) == Said("removed")
