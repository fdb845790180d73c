"""Jobs that call providers: which connections are asked when, and what is written down."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from typing_extensions import override

from aiconnect import clock
from aiconnect.adapters.types import Target
from aiconnect.client import Client, Models
from aiconnect.jobs import checking
from aiconnect.jobs.running import Runtime
from aiconnect.models import (
    AuditEntry,
    Check,
    Connection,
    ModelChange,
    Person,
    ServedModel,
    SignIn,
    State,
)
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import connections
from aiconnect.services.audit import SYSTEM
from aiconnect.services.connections import Draft
from aiconnect.services.jobs import Said
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing
from aiconnect.settings import Settings
from tests.fakes import Fakes, OpenPolicy

pytestmark = pytest.mark.on_both
KEY = Secret("sk-proj-abcdefghijklmnopqrstuvwxyz")
LONG = timedelta(days=2)
Function = Callable[[Session, Runtime], Said]


class Watching(Client):
    """A client that looks whether a transaction is open while it calls."""

    def __init__(self, session: Session) -> None:
        super().__init__(OpenPolicy())
        self._session = session
        self.asked: list[str] = []

    @override
    def models(self, target: Target, *, seconds: float | None = None) -> Models:
        assert not self._session.in_transaction(), "a provider is called within a transaction"
        self.asked.append(target.connection)
        return super().models(target, seconds=seconds)


@dataclass
class Desk:
    session: Session
    runtime: Runtime
    client: Watching

    def add(
        self,
        provider: str,
        state: State = State.CONNECTED,
        age: timedelta = LONG,
        *,
        name: str = "",
        private: bool = False,
        **more: Any,
    ) -> Connection:
        """A connection that was last looked at so long ago."""
        rows, vault = self.runtime.rows, self.runtime.vault
        key = KEY if "api_key" in rows[provider].needs else None
        draft = Draft(provider, name, rows[provider].base_url, secret=key, private=True)
        made = connections.add(self.session, SYSTEM, draft, rows=rows, vault=vault)
        more |= {"state": state, "checked_at": clock.now() - age, "private": private}
        with writing(self.session):
            for field, value in more.items():
                setattr(made, field, value)
        return made

    def asked(self, job: Function, **more: Any) -> list[str]:
        """Whom the job called."""
        self.client.asked.clear()
        job(self.session, replace(self.runtime, **more))
        return self.client.asked

    def again(self, connection: Connection) -> Connection:
        self.session.commit()
        return self.session.get_one(Connection, connection.id, populate_existing=True)


@pytest.fixture
def desk(session: Session, settings: Settings, vault: Vault, rows: Mapping[str, Provider]) -> Desk:
    client = Watching(session)
    return Desk(session, Runtime(settings, rows, vault, client), client)


def look(session: Session, person: Person, ago: timedelta) -> None:
    """Somebody who is signed in was last seen so long ago."""
    now = clock.now()
    with writing(session):
        session.add(
            SignIn(
                person_id=person.id, sha256=str(ago), made_at=now, seen_at=now - ago, ends_at=now
            )
        )


def test_local_lists_are_taken_every_ten_minutes(desk: Desk) -> None:
    desk.add("ollama", age=timedelta(minutes=11))
    desk.add("lmstudio", age=timedelta(minutes=5))
    assert desk.asked(checking.local_models) == ["ollama"]


def test_local_lists_are_taken_every_minute_while_someone_looks(desk: Desk, alice: Person) -> None:
    desk.add("ollama", age=timedelta(minutes=2))
    desk.add("lmstudio", age=timedelta(seconds=20))
    look(desk.session, alice, timedelta(hours=1))
    assert desk.asked(checking.local_models) == []
    look(desk.session, alice, timedelta(minutes=1))
    assert desk.asked(checking.local_models) == ["ollama"]


def test_a_server_of_ones_own_behind_any_address_is_local(desk: Desk) -> None:
    desk.add("compatible", private=True)
    assert desk.asked(checking.local_models) == ["compatible"]
    desk.add("compatible", name="far")
    assert desk.asked(checking.cloud_models) == ["far"]


def test_cloud_lists_are_taken_once_a_day_the_oldest_first(desk: Desk) -> None:
    for hours in (23, 25, 49, 30):
        desk.add("openai", name=f"after-{hours}", age=timedelta(hours=hours))
    assert desk.asked(checking.cloud_models) == ["after-49", "after-30", "after-25"]


def test_only_a_few_in_the_cloud_are_asked_at_once_unless_somebody_wants_it(desk: Desk) -> None:
    for number in range(7):
        desk.add("openai", name=f"one-{number}", age=timedelta(hours=30))
    assert len(desk.asked(checking.cloud_models)) == checking.MOST_AT_ONCE
    assert len(desk.asked(checking.cloud_models, asked=True)) == 7


@pytest.mark.parametrize("job", [checking.local_models, checking.cloud_models, checking.recheck])
def test_what_is_off_is_left_alone(desk: Desk, job: Function) -> None:
    for provider in ("ollama", "openai"):
        desk.add(provider, enabled=False, doubted_at=clock.now())
    assert desk.asked(job, asked=True) == []


@pytest.mark.parametrize("job", [checking.local_models, checking.cloud_models, checking.recheck])
def test_the_key_of_somebody_whose_account_is_closed_is_not_used(
    desk: Desk, member: Person, job: Function
) -> None:
    for provider in ("ollama", "openai"):
        desk.add(provider, owner_id=member.id, doubted_at=clock.now())
    assert desk.asked(job, asked=True)
    with writing(desk.session):
        member.disabled_at = clock.now()
        for one in desk.session.scalars(select(Connection)):
            one.doubted_at = clock.now()
    assert desk.asked(job, asked=True) == []
    assert not checking.is_doubted(desk.session), "nothing wakes the job again and again"


def test_a_key_that_was_refused_is_not_tried_again_and_again(desk: Desk) -> None:
    desk.add("openai", State.NEEDS_ATTENTION, finding="key_refused")
    assert desk.asked(checking.recheck, asked=True) == []


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 1), (1, 2), (2, 4), (3, 8), (5, 32), (6, 60), (50, 60)]
)
def test_the_wait_doubles_up_to_an_hour(desk: Desk, failures: int, minutes: int) -> None:
    assert checking.wait(failures) == timedelta(minutes=minutes)
    for name, age in (("soon", minutes * 60 - 9), ("due", minutes * 60 + 9)):
        desk.add(
            "ollama", State.UNREACHABLE, name=name, failures=failures, age=timedelta(seconds=age)
        )
    assert desk.asked(checking.recheck) == ["due"]


def test_a_server_that_is_back_is_connected_again_by_itself(desk: Desk) -> None:
    one = desk.add("ollama", State.UNREACHABLE, finding="refused")
    desk.asked(checking.recheck)
    assert desk.again(one).state == State.CONNECTED
    assert desk.again(one).finding is None


def test_doubt_is_settled_at_once(desk: Desk) -> None:
    one = desk.add("openai", age=timedelta(seconds=5), doubted_at=clock.now())
    assert checking.is_doubted(desk.session)
    assert desk.asked(checking.recheck) == ["openai"]
    assert not checking.is_doubted(desk.session)
    assert desk.again(one).state == State.CONNECTED


def test_one_failure_does_not_turn_a_connected_one_red(desk: Desk, fakes: Fakes) -> None:
    one = desk.add("ollama")
    fakes["ollama"].hang_up()
    desk.asked(checking.local_models)
    assert desk.again(one).state == State.CONNECTED
    desk.asked(checking.local_models, asked=True)
    assert desk.again(one).state != State.CONNECTED


def test_the_last_good_list_is_kept_with_its_age(desk: Desk, fakes: Fakes) -> None:
    one = desk.add("ollama")
    desk.asked(checking.local_models)
    listed = desk.again(one).listed_at
    count = len(models(desk, one))
    fakes["ollama"].hang_up()
    for _ in range(2):
        desk.asked(checking.local_models, asked=True)
    assert (desk.again(one).listed_at, len(models(desk, one))) == (listed, count)


def test_what_is_new_and_what_is_gone_is_recorded_and_said(desk: Desk) -> None:
    one = desk.add("ollama")
    desk.asked(checking.local_models)
    with writing(desk.session):
        known = models(desk, one)
        desk.session.delete(known[0])
        moment = clock.now()
        desk.session.add(
            ServedModel(connection_id=one.id, model_id="left", first_seen=moment, last_seen=moment)
        )
    said = checking.local_models(desk.session, replace(desk.runtime, asked=True))
    assert said.facts == {"asked": "1", "failed": "0", "added": "1", "gone": "1"}
    assert {row.what for row in desk.session.scalars(select(ModelChange))} == {"added", "gone"}


def models(desk: Desk, connection: Connection) -> list[ServedModel]:
    rows = select(ServedModel).where(ServedModel.connection_id == connection.id)
    return list(desk.session.scalars(rows.order_by(ServedModel.model_id)))


def test_quiet_checks_leave_no_page_and_no_audit_entry(desk: Desk) -> None:
    desk.add("ollama")
    entries = select(AuditEntry.id).where(AuditEntry.action.endswith(".connection"))
    before = list(desk.session.scalars(entries))
    desk.asked(checking.local_models)
    assert list(desk.session.scalars(select(Check.id))) == []
    assert list(desk.session.scalars(entries)) == before


def test_a_job_ends_early_when_the_server_stops(desk: Desk) -> None:
    desk.add("ollama")
    stopping = threading.Event()
    stopping.set()
    assert desk.asked(checking.local_models, stopping=stopping) == []


def test_a_connection_of_another_version_is_left_alone(desk: Desk) -> None:
    one = desk.add("ollama")
    with writing(desk.session):
        one.provider = "of-tomorrow"
    assert desk.asked(checking.local_models, asked=True) == []
