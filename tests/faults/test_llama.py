"""The real llama.cpp server: with and without a key, stopped in use, started again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from aiconnect.client import Client
from aiconnect.models import Check, Connection, State
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from aiconnect.services import catalog, checks, connections
from aiconnect.services.audit import SYSTEM
from aiconnect.services.connections import Changes, Draft
from aiconnect.services.vault import Vault
from aiconnect.wire.addresses import ShippedPolicy
from tests.llama import MODEL, Llama

pytestmark = pytest.mark.llama

KEY = "the-key-of-this-llama-server"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the model is put together once."""
    return tmp_path_factory.mktemp("model")


@pytest.fixture
def llama(folder: Path) -> Iterator[Llama]:
    llama = Llama(folder)
    yield llama
    llama.stop()


class Doctor:
    """Tests one connection as a person would, and as the clock does."""

    def __init__(self, session: Session, vault: Vault, llama: Llama) -> None:
        self.session, self.vault = session, vault
        self.client = Client(ShippedPolicy())
        draft = Draft("llamacpp", base_url=llama.url)
        self.connection: Connection = connections.add(
            session, SYSTEM, draft, rows=PROVIDERS, vault=vault
        )

    def test(self, model: str = "") -> Check:
        check = checks.start(self.session, SYSTEM, self.connection.id, model=model)
        with_what = {"client": self.client, "rows": PROVIDERS, "vault": self.vault}
        list(checks.run(self.session, check.id, **with_what))
        return check

    def recheck(self) -> str:
        with_what = {"client": self.client, "rows": PROVIDERS, "vault": self.vault}
        found = checks.recheck(self.session, self.connection.id, **with_what)
        assert found is not None
        return found.code

    def give_key(self, key: str) -> None:
        changes = Changes(secret=Secret(key))
        connections.edit(
            self.session, SYSTEM, self.connection.id, changes, rows=PROVIDERS, vault=self.vault
        )

    @property
    def state(self) -> tuple[str, str | None]:
        return self.connection.state, self.connection.finding


@pytest.fixture
def doctor(session: Session, vault: Vault, llama: Llama) -> Doctor:
    return Doctor(session, vault, llama)


def test_it_is_found_listed_and_answers_one_token(llama: Llama, doctor: Doctor) -> None:
    llama.start()
    check = doctor.test(model=MODEL)
    assert (check.finding, check.state) == ("ok", State.CONNECTED), check.facts
    assert check.steps[-1]["step"] == "token"
    assert check.steps[-1]["state"] == "ok"
    [model] = catalog.served(doctor.session, doctor.connection.id)
    assert (model.model_id, model.listed) == (MODEL, True)


def test_stopped_in_use_and_started_again_its_state_follows_by_itself(
    llama: Llama, doctor: Doctor
) -> None:
    llama.start()
    doctor.test()
    assert doctor.state == (State.CONNECTED, None)
    llama.stop()
    assert doctor.recheck() == "refused"
    assert doctor.state == (State.CONNECTED, None), "one failure is forgiven"
    assert doctor.recheck() == "refused"
    assert doctor.state == (State.UNREACHABLE, "refused")
    assert catalog.served(doctor.session, doctor.connection.id), "the last good list is kept"
    llama.start()
    assert doctor.recheck() == "ok"
    assert doctor.state == (State.CONNECTED, None)


def test_a_key_is_asked_for_refused_and_accepted(llama: Llama, doctor: Doctor) -> None:
    llama.start(key=KEY)
    assert doctor.test().finding == "key_missing"
    doctor.give_key("another-key-altogether")
    assert doctor.test().finding == "key_refused"
    assert doctor.state == (State.NEEDS_ATTENTION, "key_refused")
    doctor.give_key(KEY)
    check = doctor.test(model=MODEL)
    assert (check.finding, doctor.state) == ("ok", (State.CONNECTED, None)), check.facts
    assert KEY not in str(check.facts) + str(check.steps)


def test_a_key_that_is_demanded_after_a_restart_is_missed_by_itself(
    llama: Llama, doctor: Doctor
) -> None:
    llama.start()
    doctor.test()
    llama.stop()
    llama.start(key=KEY)
    assert [doctor.recheck(), doctor.recheck()] == ["key_missing", "key_missing"]
    assert doctor.state == (State.NEEDS_ATTENTION, "key_missing")
    llama.stop()
    llama.start()
    assert doctor.recheck() == "ok"
    assert doctor.state == (State.CONNECTED, None)


def test_a_model_that_it_does_not_have_is_its_own_finding(llama: Llama, doctor: Doctor) -> None:
    """It answers for every name with the one model that it has."""
    llama.start()
    check = doctor.test(model="no-such-model")
    assert check.finding in {"ok", "model_not_found"}
    assert doctor.state == (State.CONNECTED, None)
