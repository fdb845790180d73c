"""Tests and refreshes of a connection, told as they go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from aiconnect.cli.base import Sorry
from aiconnect.cli.desk import Desk
from aiconnect.models import Check, Connection, State
from aiconnect.providers import PROVIDERS
from aiconnect.services import catalog, checks, connections, findings
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.findings import Fix

WORKING = {State.CONNECTED, State.WARNING}
STEPS = {
    "name": "Find the host's address",
    "connect": "Connect",
    "tls": "Encrypt (TLS)",
    "kind": "Right kind of server",
    "key": "Key accepted",
    "models": "List models",
}

COMMANDS = {
    "patience": "connection edit {name} --first-byte 300",
    "edit": "connection edit {name} --url URL",
    "new_key": "connection rotate {name} --key-stdin",
    "enter_key": "connection rotate {name} --key-stdin",
    "enter_models": "connection edit {name} --model ID",
    "certificate": "connection edit {name} --ca-file FILE",
    "models": "model list",
}
"""What does here what a button of the page does; one that changes the address is `--url`."""


def run(desk: Desk, connection: Connection, *, as_json: bool) -> bool:
    """Run a check to its end, print it, and say whether the connection works."""
    check = checks.start(desk.session, COMMAND_LINE, connection.id)
    steps = checks.run(desk.session, check.id, client=desk.client, rows=PROVIDERS, vault=desk.vault)
    for step in steps:
        if not as_json:
            label = STEPS.get(step.name, step.name)
            click.echo(f"{step.state:8}{label:28}{_time(step.ms)}".rstrip())
    desk.session.refresh(check)
    (_print_json if as_json else _print_end)(check, connection)
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
        steps = _next(connection, found.finding.code, found.finding.facts)
        raise Sorry(" ".join([worded.title, *steps]))
    click.echo(f"{connection.name}: {found.found} models, {found.added} new, {found.gone} gone.")


def _time(ms: int | None) -> str:
    return "" if ms is None else f"{ms} ms"


def _print_end(check: Check, connection: Connection) -> None:
    code = check.finding or "ok"
    worded = findings.word(code, check.facts)
    click.echo(f"{check.state}: {worded.title}")
    for line in filter(None, (worded.cause, *_next(connection, code, check.facts))):
        click.echo(f"  {line}")


def _print_json(check: Check, connection: Connection) -> None:
    code = check.finding or "ok"
    said: dict[str, Any] = {
        "state": check.state,
        "finding": check.finding,
        "steps": [_step(step) for step in check.steps],
        "cause": findings.word(code, check.facts).cause or None,
        "next": _next(connection, code, check.facts),
    }
    click.echo(json.dumps(said, indent=2, ensure_ascii=False))


def _next(connection: Connection, code: str, facts: Mapping[str, str]) -> list[str]:
    """What to do, in order: as commands and links where the page has buttons."""
    row = connections.row_of(PROVIDERS, connection.provider)
    fixes = findings.fixes(code, facts, connection.base_url, row)
    steps = (_command(fix, connection.name) for fix in fixes)
    return [*filter(None, steps), *findings.word(code, facts).next]


def _command(fix: Fix, name: str) -> str | None:
    if fix.kind in COMMANDS:
        return f"{fix.label}: aiconnect {COMMANDS[fix.kind].format(name=name)}"
    if fix.is_change and fix.url:
        return f"{fix.label}: aiconnect connection edit {name} --url {fix.url}"
    return f"{fix.label}: {fix.url}" if fix.url else None


def _step(step: dict[str, Any]) -> dict[str, Any]:
    ok = {"ok": True, "skipped": True, "failed": False}.get(step["state"])  # null: not reached
    return {"step": step["step"], "ok": ok, "ms": step["ms"]}
