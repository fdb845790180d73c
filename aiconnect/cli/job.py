"""`aiconnect job`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from aiconnect.cli import output
from aiconnect.cli.base import Group, Sorry
from aiconnect.cli.desk import open_desk
from aiconnect.errors import NotFound
from aiconnect.ids import uuid7
from aiconnect.models import JobRun
from aiconnect.providers import PROVIDERS
from aiconnect.services import jobs

TERM = timedelta(minutes=10)
"""Nobody renews what a command holds, so it holds it for longer than any job takes."""

COLUMNS = ("name", "every", "began_at", "seconds", "result", "said", "due_at")


@click.group(cls=Group)
def job() -> None:
    """What runs on a clock, in the server."""


@job.command("list")
@output.as_json
def list_(*, as_json: bool) -> None:
    """List the jobs: how often, the latest run, the next one."""
    from aiconnect.jobs.table import JOBS  # noqa: PLC0415 (loads what calls providers)

    with open_desk() as desk:
        runs = jobs.every_run(desk.session)
        found = (_row(one.name, int(one.every.total_seconds()), runs) for one in JOBS.values())
        output.rows(found, COLUMNS, as_json=as_json)


@job.command()
@click.argument("name")
def run(name: str) -> None:
    """Run a job here and now; exit 1 when it fails."""
    from aiconnect.jobs import running  # noqa: PLC0415 (loads what calls providers)
    from aiconnect.jobs.table import JOBS  # noqa: PLC0415

    chosen = JOBS.get(name)
    if chosen is None:
        raise NotFound("There is no job %(name)s.", field="job", name=name)
    with open_desk() as desk:
        runtime = running.Runtime(desk.settings, PROVIDERS, desk.vault, desk.client, asked=True)
        jobs.plan(desk.session, {chosen.name: chosen.first})
        done = running.run(desk.session, chosen, runtime, uuid7(), early=True, term=TERM)
    if done is None:
        raise Sorry(f"{name} is running already. See `aiconnect job list`.")
    result, said = done
    if result != jobs.OK:
        raise Sorry(f"{name} failed: {_worded(str(said))}.")
    click.echo(f"{name}: {_worded(str(said))}.")


def _row(name: str, every: int, runs: dict[str, JobRun]) -> dict[str, Any]:
    one = runs.get(name) or JobRun(name=name, said="")
    return {
        "name": name,
        "every": every,
        "began_at": one.began_at,
        "seconds": None if one.took is None else round(one.took.total_seconds(), 3),
        "result": one.result,
        "said": _worded(one.said) or None,
        "due_at": one.due_at,
    }


def _worded(written: str) -> str:
    from aiconnect.jobs.table import worded  # noqa: PLC0415

    return worded(written)
