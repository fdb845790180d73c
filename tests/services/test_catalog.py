"""Models: stored as listed, listed anew, shown with a reason where they cannot be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.client import Client, Models
from aiconnect.models import AuditEntry, Connection, ServedModel, State
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import catalog, connections, installation
from aiconnect.services.audit import SYSTEM, Actor
from aiconnect.services.connections import Changes, Draft
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing
from aiconnect.wire.types import Timeout
from tests.fakes import OpenPolicy

CLIENT = Client(OpenPolicy(), patience=Timeout(2, 0.5, 0.5, 3))


@pytest.fixture
def connection(
    session: Session, owner: Actor, rows: Mapping[str, Provider], vault: Vault
) -> Connection:
    url = rows["compatible"].base_url
    draft = Draft("compatible", base_url=url, private=True, models=("by-hand",))
    return connections.add(session, owner, draft, rows=rows, vault=vault)


@pytest.fixture
def refresh(session: Session, owner: Actor, connection: Connection, rows: Any, vault: Vault) -> Any:
    return lambda: catalog.refresh(
        session, owner, connection.id, client=CLIENT, rows=rows, vault=vault
    )


def ids(session: Session) -> list[str]:
    return [model.model_id for model in catalog.served(session)]


def test_models_are_stored_with_all_that_is_known(session, connection):
    card = ModelCard(
        "m", "M", "chat", 4096, 512, "llama", "8B", "Q4", 5_000_000_000, True, ("tools",)
    )
    with writing(session):
        catalog.store_models(session, connection, [card], clock.now())
    row = session.scalar(select(ServedModel).where(ServedModel.model_id == "m"))
    assert row is not None
    assert (row.name, row.context, row.output_limit, row.family) == ("M", 4096, 512, "llama")
    assert (row.parameters, row.quantization, row.size) == ("8B", "Q4", 5_000_000_000)
    assert (row.loaded, row.capabilities, row.listed, row.by_hand) == (True, ["tools"], True, False)


def test_a_listing_says_what_is_new_and_what_is_gone(session, refresh, compatible_fake):
    compatible_fake.serve_models(["a", "b"])
    assert (refresh().found, refresh().added) == (2, 0)
    compatible_fake.serve_models(["b", "c", "d"])
    found = refresh()
    assert (found.found, found.added, found.gone, found.finding) == (3, 2, 1, None)
    assert ids(session) == ["b", "by-hand", "c", "d"]


def test_a_model_entered_by_hand_stays_when_it_is_not_listed(session, refresh, compatible_fake):
    compatible_fake.serve_models(["by-hand"])
    refresh()
    compatible_fake.empty_list()
    refresh()
    assert ids(session) == ["by-hand"]
    assert catalog.available(catalog.served(session)[0]) == (True, "")


def test_a_model_that_is_gone_and_comes_back_is_the_same_row(session, refresh, compatible_fake):
    for listed in (["a"], ["b"], ["a"]):
        compatible_fake.serve_models(listed)
        refresh()
    rows = session.scalars(select(ServedModel).where(ServedModel.model_id == "a")).all()
    assert [row.listed for row in rows] == [True]
    assert rows[0].last_seen > rows[0].first_seen


def test_a_listing_sets_the_state_and_counts_as_a_change(session, connection, refresh):
    before = installation.revision(session)
    refresh()
    assert (connection.state, connection.listed_at) == (State.CONNECTED, connection.checked_at)
    assert installation.revision(session) > before
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "refresh.models")).one()
    assert entry.subject == connection.name


def test_an_empty_list_is_a_caution_and_no_failure(connection, refresh, compatible_fake):
    compatible_fake.empty_list()
    assert refresh().finding is None
    assert (connection.state, connection.finding) == (State.WARNING, "no_models")


@pytest.mark.parametrize(
    ("mood", "code", "state"),
    [("refuse_key", "key_missing", State.NEEDS_ATTENTION),
     ("limit", "rate_limited", State.WARNING),
     ("overload", "provider_down", State.UNREACHABLE),
     ("stall", "silent", State.UNREACHABLE)],
)  # fmt: skip
def test_a_listing_that_fails_keeps_the_models(
    session, connection, refresh, compatible_fake, mood, code, state
):
    refresh()
    kept = ids(session)
    getattr(compatible_fake, mood)()
    found = refresh()
    assert found.finding is not None
    assert (found.finding.code, connection.finding, connection.state) == (code, code, state)
    assert found.finding.facts["provider"] == "127.0.0.1"  # any address is named by its host
    assert ids(session) == kept


def test_a_model_of_a_connection_that_does_not_work_is_not_available(session, connection, refresh):
    refresh()
    model = catalog.served(session, connection.id)[0]
    for state, reason in (
        (State.UNREACHABLE, "unreachable"), (State.NEEDS_ATTENTION, "needs_attention"),
        (State.WARNING, ""), (State.UNTESTED, ""), (State.CONNECTED, ""),
    ):  # fmt: skip
        connection.state = state
        assert catalog.available(model) == (not reason, reason)
    connection.enabled = False
    assert catalog.available(model) == (False, "connection_off")


def test_a_model_that_is_gone_is_not_available(session, refresh, compatible_fake):
    compatible_fake.serve_models(["a"])
    refresh()
    model = next(one for one in catalog.served(session) if one.model_id == "a")
    compatible_fake.serve_models(["b"])
    refresh()
    assert catalog.available(model) == (False, "not_listed")


def test_only_one_connections_models_are_shown_where_asked(session, connection, refresh):
    refresh()
    assert len(catalog.served(session, connection.id)) == 2
    assert catalog.served(session, connection.id + 1) == []


def test_a_key_that_does_not_open_is_said_instead_of_listing(
    session, owner, rows, vault, compatible_fake
):
    draft = Draft(
        "compatible", "sealed", rows["compatible"].base_url, Secret("sk-0123456789"), private=True
    )
    made = connections.add(session, owner, draft, rows=rows, vault=vault)
    made.credentials[0].sealed = "not sealed by us"
    session.commit()
    found = catalog.refresh(session, owner, made.id, client=CLIENT, rows=rows, vault=vault)
    assert found.finding is not None
    assert (found.finding.code, made.finding) == ("key_unreadable", "key_unreadable")
    assert compatible_fake.requests == []


@pytest.mark.parametrize("slug", ["openrouter", "xai", "deepinfra", "huggingface", "openai"])
def test_a_list_that_anyone_may_read_proves_no_key(session, owner, rows, vault, fakes, slug):
    key = Secret("sk-or-v1-0123456789abcdef")
    draft = Draft(slug, secret=key, private=True)
    made = connections.add(session, owner, draft, rows=rows, vault=vault)
    fakes[slug].refuse_key()
    found = catalog.refresh(session, owner, made.id, client=CLIENT, rows=rows, vault=vault)
    assert found.finding is not None
    assert (found.finding.code, made.state) == ("key_refused", State.NEEDS_ATTENTION)


def test_what_runs_on_the_clock_is_written_down_where_something_changed(
    session, connection, rows, vault, compatible_fake
):
    def entries() -> int:
        rows_ = select(AuditEntry).where(AuditEntry.action == "refresh.models")
        return len(session.scalars(rows_).all())

    told = []
    for listed in (["a"], ["a"], ["b"], ["b"]):
        compatible_fake.serve_models(listed)
        catalog.refresh(session, SYSTEM, connection.id, client=CLIENT, rows=rows, vault=vault)
        told.append(entries())
    assert told == [1, 1, 2, 2]


def test_one_failure_that_nobody_asked_for_turns_nothing_red(
    session, connection, refresh, rows, vault, compatible_fake
):
    refresh()
    compatible_fake.overload()
    for state in (State.CONNECTED, State.UNREACHABLE):
        catalog.refresh(session, SYSTEM, connection.id, client=CLIENT, rows=rows, vault=vault)
        assert connection.state == state


class Moving(Client):
    """Moves the connection elsewhere while it is being listed."""

    def __init__(self, move: Callable[[], object]) -> None:
        super().__init__(OpenPolicy())
        self._move = move

    def models(self, target: Target, *, seconds: float | None = None) -> Models:
        found = super().models(target, seconds=seconds)
        self._move()
        return found


def test_a_listing_of_an_address_that_was_changed_meanwhile_is_dropped(
    session, owner, connection, rows, vault
):
    changes = Changes(base_url="http://127.0.0.1:9/v1")
    client = Moving(
        lambda: connections.edit(session, owner, connection.id, changes, rows=rows, vault=vault)
    )
    catalog.refresh(session, owner, connection.id, client=client, rows=rows, vault=vault)
    assert (connection.state, connection.listed_at) == (State.UNTESTED, None)
    assert ids(session) == ["by-hand"]


def test_a_listing_with_a_key_that_was_replaced_meanwhile_is_dropped(
    session, owner, connection, rows, vault
):
    secret = Secret("sk-the-new-one-0123456789")
    client = Moving(
        lambda: connections.rotate(session, owner, connection.id, secret, vault=vault, rows=rows)
    )
    catalog.refresh(session, owner, connection.id, client=client, rows=rows, vault=vault)
    assert (connection.state, connection.listed_at) == (State.UNTESTED, None)
