"""Jobs that keep the house: what is past use goes, what is of use stays."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect import clock, ids
from aiconnect.calls.journal import Journal
from aiconnect.client import Client
from aiconnect.jobs import tidying
from aiconnect.jobs.running import Runtime
from aiconnect.models import (
    Base,
    Check,
    Connection,
    ModelChange,
    OAuthAttempt,
    OneTimeLink,
    Person,
    SignIn,
    SignInAttempt,
    UsageRecord,
)
from aiconnect.providers import PROVIDERS
from aiconnect.services import connections, tryouts
from aiconnect.services.audit import SYSTEM, Actor
from aiconnect.services.connections import Draft
from aiconnect.services.jobs import Said
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing
from aiconnect.settings import Settings
from tests.fakes import OpenPolicy

pytestmark = pytest.mark.on_both
DAYS = timedelta(days=1)


@pytest.fixture
def runtime(settings: Settings, vault: Vault) -> Runtime:
    return Runtime(settings, PROVIDERS, vault, Client(OpenPolicy()))


@pytest.fixture
def connection(session: Session, vault: Vault) -> Connection:
    return connections.add(session, SYSTEM, Draft("ollama"), rows=PROVIDERS, vault=vault)


def count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def keep(session: Session, *rows: Base) -> None:
    with writing(session):
        session.add_all(rows)


@pytest.mark.parametrize(("age", "left"), [(2 * DAYS, 0), (timedelta(minutes=10), 1)])
def test_failed_sign_ins_are_kept_as_long_as_they_count(
    session: Session, runtime: Runtime, age: timedelta, left: int
) -> None:
    keep(session, SignInAttempt(subject="account:x", at=clock.now() - age))
    tidying.tidy(session, runtime)
    assert count(session, SignInAttempt) == left


@pytest.mark.parametrize(("ended", "left"), [(8 * DAYS, 0), (DAYS, 1), (-DAYS, 1)])
def test_links_sign_ins_and_attempts_go_a_week_after_their_end(
    session: Session, runtime: Runtime, alice: Person, ended: timedelta, left: int
) -> None:
    now = clock.now()
    kept = SignIn(person_id=alice.id, sha256="k", made_at=now, seen_at=now, ends_at=now + DAYS)
    keep(session, kept)
    past = now - ended
    keep(
        session,
        OneTimeLink(sha256="l", purpose="sign_in", ends_at=past),
        SignIn(person_id=alice.id, sha256="s", made_at=past, seen_at=past, ends_at=past),
        OAuthAttempt(
            id="a", provider="openrouter", sign_in_id=kept.id, mode="paste", sha256="a",
            verifier="", made_at=past, ends_at=past,
        ),
    )  # fmt: skip
    tidying.tidy(session, runtime)
    assert (count(session, OneTimeLink), count(session, OAuthAttempt)) == (left, left)
    assert count(session, SignIn) == 1 + left


@pytest.mark.parametrize(("age", "left"), [(181 * DAYS, 0), (179 * DAYS, 1)])
def test_changes_of_models_are_kept_half_a_year(
    session: Session, runtime: Runtime, connection: Connection, age: timedelta, left: int
) -> None:
    at = clock.now() - age
    keep(session, ModelChange(connection_id=connection.id, model_id="m", what="gone", at=at))
    tidying.tidy(session, runtime)
    assert count(session, ModelChange) == left


def test_old_tests_go_but_the_last_ones_of_each_connection_stay(
    session: Session, runtime: Runtime, connection: Connection
) -> None:
    def check(days: int) -> Check:
        at = clock.now() - days * DAYS
        return Check(
            id=ids.uuid7(),
            connection_id=connection.id,
            base_url="",
            started_at=at,
            steps=[],
            facts={},
        )

    keep(session, *(check(100 + number) for number in range(25)), check(1))
    tidying.tidy(session, runtime)
    assert count(session, Check) == tidying.CHECKS_KEPT
    assert session.scalar(select(func.max(Check.started_at))) > clock.now() - 2 * DAYS


def test_it_says_how_many_rows_went_and_finds_none_the_second_time(
    session: Session, runtime: Runtime
) -> None:
    keep(session, SignInAttempt(subject="account:x", at=clock.now() - 2 * DAYS))
    assert tidying.tidy(session, runtime) == Said("removed", {"rows": "1"})
    assert tidying.tidy(session, runtime) == Said("nothing")


def test_it_ends_early_when_the_server_stops(session: Session, runtime: Runtime) -> None:
    keep(session, SignInAttempt(subject="account:x", at=clock.now() - 2 * DAYS))
    stopping = threading.Event()
    stopping.set()
    assert tidying.tidy(session, replace(runtime, stopping=stopping)) == Said("nothing")


def test_what_a_process_left_behind_is_taken_in(
    session: Session, runtime: Runtime, connection: Connection
) -> None:
    book = Journal(runtime.settings.journal, "gone", segment_bytes=64 * 1024)
    book.begin(begun(connection))
    assert tidying.absorb_left_behind(session, runtime) == Said("nothing")  # its process lives
    book.close()
    assert tidying.absorb_left_behind(session, runtime) == Said("absorbed", {"lines": "1"})
    assert session.scalars(select(UsageRecord.outcome)).one() == "interrupted"
    assert tidying.absorb_left_behind(session, runtime) == Said("nothing")


def begun(connection: Connection) -> dict[str, object]:
    """A begin as a call writes it."""
    facts = {"k": "b", "id": ids.uuid7(), "at": int(clock.now().timestamp() * 1000)}
    caller = {"p": None, "pn": "alice", "t": None, "tn": "laptop"}
    called = {"c": connection.id, "cn": connection.name, "m": "m", "s": False, "rb": 40, "f": True}
    return json.loads(json.dumps({**facts, **caller, **called}))


def test_try_outs_are_forgotten_after_a_day(
    session: Session, runtime: Runtime, owner: Actor
) -> None:
    asked = tryouts.Asked(("openai/gpt-x",), "Rain?")
    old, new = (tryouts.keep(session, owner, asked) for _ in range(2))
    old.made_at = clock.now() - tryouts.KEPT - timedelta(seconds=1)
    session.commit()
    assert tidying.forget_tryouts(session, runtime) == Said("removed", {"rows": "1"})
    assert tidying.forget_tryouts(session, runtime) == Said("nothing")
    assert tryouts.get(session, owner, new.id) == new
