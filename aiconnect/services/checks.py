"""Tests of a connection: begun by a button, run step by step, kept for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock, ids
from aiconnect.client import Client
from aiconnect.errors import N_, Finding, NotFound, Refused
from aiconnect.models import Check, Connection
from aiconnect.providers.spec import Provider
from aiconnect.services import audit, catalog, collections, connections, findings, states
from aiconnect.services.audit import Actor
from aiconnect.services.trials import SECONDS, STEPS, TOKEN, Outcome, StepDone, Trial
from aiconnect.services.vault import CannotOpen, Vault
from aiconnect.services.writing import writing

__all__ = ["SECONDS", "STEPS", "StepDone", "get", "names", "recent", "recheck", "run", "start"]

LONGEST_MODEL = 300


@dataclass(frozen=True, slots=True)
class Means:
    """What a test needs besides the database."""

    client: Client
    rows: Mapping[str, Provider]
    vault: Vault
    seconds: float = SECONDS


def start(session: Session, actor: Actor, connection_id: int, *, model: str = "") -> Check:
    """Begin a test; `run` performs it. A model is asked for one token at its end."""
    asked = model.strip()
    if len(asked) > LONGEST_MODEL or not asked.isprintable():
        raise Refused(N_("That is not the name of a model."), field="model")
    with writing(session):
        connection = connections.own(session, actor, connection_id)
        check = Check(
            id=ids.uuid7(),
            connection_id=connection.id,
            base_url=connection.base_url,
            started_at=clock.now(),
            started_by=actor.name,
            steps=[],
            facts={"model": asked} if asked else {},
        )
        session.add(check)
        audit.record(session, actor, "test.connection", connection.name)
    return check


def get(session: Session, connection_id: int, check_id: str) -> Check:
    """A test of this connection; raises NotFound."""
    check = session.get(Check, check_id)
    if check is None or check.connection_id != connection_id:
        raise NotFound(N_("There is no such test."))
    return check


def recent(session: Session, connection_id: int, limit: int = 5) -> list[Check]:
    """The latest tests of a connection, newest first; those that were left before the end too."""
    rows = select(Check).where(Check.connection_id == connection_id)
    return list(session.scalars(rows.order_by(Check.id.desc()).limit(limit)))


def names(check: Check) -> tuple[str, ...]:
    """The steps that this test has."""
    return (*STEPS, TOKEN) if check.facts.get("model") else STEPS


def run(
    session: Session,
    check_id: str,
    *,
    client: Client,
    rows: Mapping[str, Provider],
    vault: Vault,
    seconds: float = SECONDS,
) -> Iterator[StepDone]:
    """Perform a test, giving each step as it ends; one that has finished gives its stored steps.

    One that nobody ran to its end is run anew by whoever asks next. A failed test is a result,
    never an exception.
    """
    check = session.get(Check, check_id)
    if check is None:
        raise NotFound(N_("There is no such test."))
    if check.finished_at is not None:
        yield from (_stored(step) for step in check.steps)
        return
    connection = connections.get(session, check.connection_id)
    means = Means(client, rows, vault, seconds)
    asked = connections.identity(connection)
    trial = _trial(connection, means, model=check.facts.get("model", ""))
    session.commit()  # no transaction stays open while the provider is waited for
    done: list[StepDone] = []
    steps = trial.steps()
    for step in steps:
        done.append(step)
        if trial.outcome is not None:  # nothing is waited for any more
            done.extend(steps)
            _finish(session, check, done, trial.outcome, rows=rows, asked=asked)
            yield from done[done.index(step) :]
            return
        _note(session, check, done)
        yield step


def recheck(
    session: Session,
    connection_id: int,
    *,
    client: Client,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> Finding | None:
    """Test a connection that nobody asked about: no page is kept, and one failure is forgiven.

    Gives what was found; None where the connection is off, gone, or changed meanwhile.
    """
    found = session.get(Connection, connection_id)
    if found is None or not found.enabled or found.provider not in rows:
        return None
    connection = connections.get(session, connection_id)
    asked = connections.identity(connection)
    trial = _trial(connection, Means(client, rows, vault))
    session.commit()
    outcome = trial.finish()
    with writing(session):
        now = session.get(Connection, connection_id, populate_existing=True)
        if now is None or not now.enabled or connections.identity(now) != asked:
            return None
        return _apply(session, now, outcome, rows=rows, asked=False)


def _trial(connection: Connection, means: Means, *, model: str = "") -> Trial:
    """Everything is read now: what is changed meanwhile does not mix with what was tested."""
    row, ways = connections.row_of(means.rows, connection.provider), means.client.ways
    opens = True
    try:
        target = connections.opened(connection, row, vault=means.vault, ways=ways)
    except CannotOpen:
        target, opens = connections.closed(connection, row, ways=ways), False
    return Trial(means.client, target, opens, means.seconds, model)


def _note(session: Session, check: Check, done: Sequence[StepDone]) -> None:
    """Keep the steps so far, so that the page shows them to whoever asks meanwhile."""
    with writing(session):
        if _is_open(session, check):
            check.steps = [_line(step) for step in done]


def _finish(
    session: Session,
    check: Check,
    done: Sequence[StepDone],
    outcome: Outcome,
    *,
    rows: Mapping[str, Provider],
    asked: tuple[object, ...],
) -> None:
    """Write down what was found; the connection's state follows, unless it has changed since."""
    with writing(session):
        if not _is_open(session, check):
            return
        connection = connections.get(session, check.connection_id)
        row = connections.row_of(rows, connection.provider)
        finding = states.with_common(connection, row, outcome.code, outcome.facts)
        check.steps = [_line(step) for step in done]
        check.state = findings.state_of(finding.code, finding.facts)
        check.finding, check.facts = finding.code, dict(finding.facts)
        check.finished_at = clock.now()
        is_same = connections.identity(connection) == asked
        if is_same and connection.base_url == check.base_url:
            _apply(session, connection, outcome, rows=rows)


def _is_open(session: Session, check: Check) -> bool:
    """Whether the test is still there, and nobody else has run it to its end meanwhile."""
    now = session.get(Check, check.id, populate_existing=True)
    return now is not None and now.finished_at is None


def _apply(
    session: Session,
    connection: Connection,
    outcome: Outcome,
    *,
    rows: Mapping[str, Provider],
    asked: bool = True,
) -> Finding:
    now = clock.now()
    row = connections.row_of(rows, connection.provider)
    finding = states.with_common(connection, row, *outcome.of_connection)
    states.flip(connection, finding, now, asked=asked)
    if outcome.cards is not None:
        catalog.store_models(session, connection, outcome.cards, now, asked=asked)
        collections.begin(session)
    return finding


def _line(step: StepDone) -> dict[str, object]:
    return {"step": step.name, "state": step.state, "ms": step.ms, "facts": dict(step.facts)}


def _stored(line: Mapping[str, object]) -> StepDone:
    ms, facts = line.get("ms"), line.get("facts")
    return StepDone(
        str(line["step"]),
        str(line["state"]),
        ms if isinstance(ms, int) else None,
        facts if isinstance(facts, dict) else {},
    )
