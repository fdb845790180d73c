"""Jobs: how often, the latest run and what came of it, the next one, and one now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import format_decimal
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.showing import Shown
from aiconnect.errors import N_
from aiconnect.extensions import db
from aiconnect.jobs.table import ABOUT, JOBS, TITLES, worded
from aiconnect.models.job import JobRun
from aiconnect.services import jobs, leases

bp = Blueprint("jobs", __name__)

SECONDS = 2
SHOWN: Mapping[str, tuple[str, str]] = {
    "new": ("untested", N_("Has not run yet")),
    "wanted": ("running", N_("Begins within 2 seconds")),
    "late": ("warn", N_("Waits: nothing runs jobs at the moment")),
    jobs.RUNNING: ("running", N_("Runs now")),
    jobs.OK: ("ok", N_("Done")),
    jobs.FAILED: ("bad", N_("Failed")),
}
LATE = timedelta(seconds=20)
"""After this long nobody has taken up what was asked for: the page stops coming back by itself."""


@dataclass(frozen=True, slots=True)
class Line:
    """A job as the page shows it; a busy one changes within seconds."""

    name: str
    title: str
    about: str
    run: JobRun
    state: str
    shown: Shown
    said: str

    @property
    def is_busy(self) -> bool:
        return self.state in {"wanted", jobs.RUNNING}


@bp.get("/jobs")
def index() -> str:
    """Every job; the page comes back by itself while one is busy."""
    runs = jobs.every_run(db.session())
    lines = [_line(name, runs.get(name) or JobRun(name=name, said="")) for name in JOBS]
    refresh = SECONDS if any(line.is_busy for line in lines) else 0
    return render_template("jobs/index.html", lines=lines, refresh=refresh, took=took)


@bp.post("/jobs/<job>/run")
def run(job: str) -> Response:
    """Ask for a run now."""
    if job not in JOBS:
        abort(404)
    jobs.plan(db.session(), {job: JOBS[job].first})  # a server that has just begun has no plan yet
    jobs.want(db.session(), actor(), job)
    flash(
        _("%(job)s: it begins within 2 seconds. This page shows how it goes.", job=_(TITLES[job]))
    )
    return redirect(url_for(".index"), 303)


def took(run: JobRun) -> str:
    """How long the latest run took: 0.4 s, 3 min."""
    if run.took is None:
        return ""
    seconds = run.took.total_seconds()
    if seconds < 90:
        return _(
            "%(count)s s", count=format_decimal(seconds, format="0.0" if seconds < 10 else "0")
        )
    return _("%(count)s min", count=format_decimal(seconds / 60, format="0"))


def _line(name: str, run: JobRun) -> Line:
    state = _state(run)
    shape, word = SHOWN.get(state, SHOWN["new"])
    return Line(
        name=name,
        title=_(TITLES[name]),
        about=_(ABOUT[name]),
        run=run,
        state=state,
        shown=Shown(shape, _(word)),
        said=worded(run.said, _),
    )


def _state(run: JobRun) -> str:
    if run.result != jobs.RUNNING and run.wanted_at is not None:
        is_late = leases.now(db.session()) - run.wanted_at > LATE
        return "late" if is_late else "wanted"
    return run.result or "new"
