"""`aiconnect job`."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from aiconnect.jobs.table import JOBS
from aiconnect.services import jobs
from tests.cli.conftest import Shell

COLUMNS = ["name", "every", "began_at", "seconds", "result", "said", "due_at"]


def test_every_job_is_listed_before_it_ever_ran(shell: Shell) -> None:
    rows = shell.json("job", "list")
    assert [row["name"] for row in rows] == list(JOBS)
    assert list(rows[0]) == COLUMNS
    assert (rows[0]["began_at"], rows[0]["result"]) == (None, None)


def test_a_run_says_its_result_and_is_listed(shell: Shell) -> None:
    assert shell.ok("job", "run", "tidy") == "tidy: Nothing to do.\n"
    row = next(row for row in shell.json("job", "list") if row["name"] == "tidy")
    assert (row["result"], row["said"]) == ("ok", "Nothing to do")
    assert row["began_at"].endswith("Z")
    assert row["seconds"] >= 0
    assert "tidy" in shell.ok("job", "list")


def test_a_job_without_connections_calls_nobody(shell: Shell) -> None:
    for name in ("local-models", "cloud-models", "recheck", "absorb-left-behind"):
        assert "Nothing to do" in shell.ok("job", "run", name)


def test_an_unknown_job_is_refused(shell: Shell) -> None:
    assert "aiconnect job list" in shell.sorry("job", "run", "unheard-of")


def test_a_job_that_runs_elsewhere_is_not_run_beside_it(shell: Shell, session: Session) -> None:
    jobs.plan(session, {"tidy": timedelta()})
    jobs.claim(session, "tidy", timedelta(days=1), "a server")
    assert "is running already" in shell.sorry("job", "run", "tidy")


def test_a_job_that_fails_exits_1_with_a_kind_and_no_exception(
    shell: Shell, session: Session
) -> None:
    session.execute(text("DROP TABLE model_changes"))
    session.commit()
    line = shell.sorry("job", "run", "tidy")
    assert line.endswith("tidy failed: The database could not be used; the log says more.")
    row = next(row for row in shell.json("job", "list") if row["name"] == "tidy")
    assert row["result"] == "failed"
    assert "model_changes" not in json.dumps(row)
