"""Tests and refreshes of a connection, told as they go."""

from __future__ import annotations

import json
from typing import Any

import click

from aiconnect.cli.base import Sorry
from aiconnect.cli.desk import Desk
from aiconnect.models import Check, Connection, State
from aiconnect.providers import PROVIDERS
from aiconnect.services import catalog, checks, findings
from aiconnect.services.audit import COMMAND_LINE

WORKING = {State.CONNECTED, State.WARNING}
STEPS = {
    "name": "Find the host's address",
    "connect": "Connect",
    "tls": "Encrypt (TLS)",
    "kind": "Right kind of server",
    "key": "Key accepted",
    "models": "List models",
}


def run(desk: Desk, connection: Connection, *, as_json: bool) -> bool:
    """Run a check to its end, print it, and say whether the connection works."""
    check = checks.start(desk.session, COMMAND_LINE, connection.id)
    steps = checks.run(desk.session, check.id, client=desk.client, rows=PROVIDERS, vault=desk.vault)
    for step in steps:
        if not as_json:
            label = STEPS.get(step.name, step.name)
            click.echo(f"{step.state:8}{label:28}{_time(step.ms)}".rstrip())
    desk.session.refresh(check)
    (_print_json if as_json else _print_end)(check)
    return check.state in WORKING


def refresh(desk: Desk, connection: Connection) -> None:
    """List the models anew and print what is new and gone; raises Sorry where that failed."""
    found = catalog.refresh(
        desk.session,
        COMMAND_LINE,
        connection.id,
        client=desk.client,
        rows=PROVIDERS,
        vault=desk.vault,
    )
    if found.finding is not None:
        worded = findings.word(found.finding.code, found.finding.facts)
        raise Sorry(" ".join([worded.title, *worded.next]))
    click.echo(f"{connection.name}: {found.found} models, {found.added} new, {found.gone} gone.")


def _time(ms: int | None) -> str:
    return "" if ms is None else f"{ms} ms"


def _print_end(check: Check) -> None:
    worded = findings.word(check.finding or "ok", check.facts)
    click.echo(f"{check.state}: {worded.title}")
    for line in filter(None, (worded.cause, *worded.next)):
        click.echo(f"  {line}")


def _print_json(check: Check) -> None:
    worded = findings.word(check.finding or "ok", check.facts)
    said: dict[str, Any] = {
        "state": check.state,
        "finding": check.finding,
        "steps": [_step(step) for step in check.steps],
        "cause": worded.cause or None,
        "next": list(worded.next),
    }
    click.echo(json.dumps(said, indent=2, ensure_ascii=False))


def _step(step: dict[str, Any]) -> dict[str, Any]:
    ok = {"ok": True, "skipped": True, "failed": False}.get(step["state"])  # null: not reached
    return {"step": step["step"], "ok": ok, "ms": step["ms"]}
