"""The page of jobs: what ran, what came of it, and one now."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from aiconnect.jobs.table import ABOUT, JOBS, SAID, TITLES
from aiconnect.models import JobRun, Person
from aiconnect.services import jobs, leases
from aiconnect.services.jobs import Said
from aiconnect.services.writing import writing
from tests.pages.browse import Page
from tests.pages.conftest import Browsers


def runs(session: Session) -> JobRun:
    session.commit()
    return jobs.every_run(session)["tidy"]


def refreshes(page: Page) -> bool:
    return any(one.get("http-equiv") == "refresh" for one in page.all("meta"))


def test_every_job_has_words() -> None:
    assert set(TITLES) == set(ABOUT) == set(JOBS)


def test_before_anything_ran_every_job_is_there(browse: Browsers, admin: Person) -> None:
    page = browse.as_(admin).get("/jobs")
    assert all(title in page.text for title in TITLES.values())
    assert page.text.count("Has not run yet") == len(JOBS)
    assert not refreshes(page)


def test_a_result_is_told_in_words(browse: Browsers, admin: Person, session: Session) -> None:
    jobs.plan(session, {"tidy": timedelta()})
    claim = jobs.claim(session, "tidy", timedelta(days=1), "ada")
    assert claim is not None
    jobs.finish(session, claim, jobs.OK, Said("removed", {"rows": "12"}))
    page = browse.as_(admin).get("/jobs")
    assert "12 rows removed" in page.text
    assert "0.0 s" in page.text


def test_a_failure_shows_what_to_do_and_no_exception(
    browse: Browsers, admin: Person, session: Session
) -> None:
    jobs.plan(session, {"tidy": timedelta()})
    claim = jobs.claim(session, "tidy", timedelta(days=1), "ada")
    assert claim is not None
    jobs.finish(session, claim, jobs.FAILED, Said("failed_inside"))
    page = browse.as_(admin).get("/jobs")
    assert "Failed" in page.text
    assert SAID["failed_inside"] in page.text


def test_run_now_asks_for_a_run_and_comes_back_by_itself(
    browse: Browsers, admin: Person, session: Session
) -> None:
    hers = browse.as_(admin)
    asked = hers.get("/jobs").press(f"Run now {TITLES['tidy']}").follow()
    assert "begins within 2 seconds" in asked.text
    assert refreshes(asked)
    assert runs(session).wanted_at is not None
    claim = jobs.claim(session, "tidy", timedelta(days=1), "ada")
    assert claim is not None
    going = hers.get("/jobs")
    assert "Runs now" in going.text
    assert refreshes(going)
    jobs.finish(session, claim, jobs.OK, Said("nothing"))
    over = hers.get("/jobs")
    assert "Nothing to do" in over.text
    assert not refreshes(over)


def test_a_page_does_not_come_back_for_good_where_nobody_runs_jobs(
    browse: Browsers, admin: Person, session: Session
) -> None:
    jobs.plan(session, {"tidy": timedelta()})
    with writing(session):
        runs_at = leases.now(session) - timedelta(minutes=1)
        session.get_one(JobRun, "tidy").wanted_at = runs_at
    page = browse.as_(admin).get("/jobs")
    assert "nothing runs jobs" in page.text
    assert not refreshes(page)


def test_a_job_that_is_not_there_is_not_found(browse: Browsers, admin: Person) -> None:
    assert browse.as_(admin).post("/jobs/unheard-of/run").status == 404


def test_jobs_are_in_the_contents_of_those_who_may_see_them(
    browse: Browsers, admin: Person, bob: Person
) -> None:
    assert "/jobs" in browse.as_(admin).get("/account").links
    assert "/jobs" not in browse.as_(bob).get("/account").links
