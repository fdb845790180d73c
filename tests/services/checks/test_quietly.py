"""Checks that nobody asked for: quiet, forgiving once, and quick to see a recovery."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from aiconnect import clock
from aiconnect.client import Client
from aiconnect.errors import Finding
from aiconnect.models import Check, State
from aiconnect.models.base import sessions
from aiconnect.secret import Secret
from aiconnect.services import catalog, checks, connections
from aiconnect.services.connections import Changes
from aiconnect.services.states import flip
from tests.fakes import OpenPolicy
from tests.services.checks.conftest import KEY


@pytest.fixture
def recheck(session, rows, vault, client):
    def recheck(connection):
        return checks.recheck(session, connection.id, client=client, rows=rows, vault=vault)

    return recheck


def test_one_failure_does_not_turn_a_connection_that_worked(
    add, check_of, recheck, compatible_fake
):
    connection = add("compatible", key=KEY)
    check_of(connection)
    since = connection.state_since
    compatible_fake.refuse_key()
    assert recheck(connection).code == "key_refused"
    assert (connection.state, connection.finding) == (State.CONNECTED, None)
    assert connection.state_since == since
    assert recheck(connection).code == "key_refused"
    assert (connection.state, connection.finding) == (State.NEEDS_ATTENTION, "key_refused")


def test_a_success_between_two_failures_forgives_the_first(add, check_of, recheck, compatible_fake):
    connection = add("compatible")
    check_of(connection)
    for _ in range(3):
        compatible_fake.hang_up()
        recheck(connection)
        compatible_fake.calm()
        recheck(connection)
    assert (connection.state, connection.failures) == (State.CONNECTED, 0)


def test_what_a_person_asked_for_counts_at_once(add, check_of, compatible_fake):
    connection = add("compatible")
    check_of(connection)
    compatible_fake.hang_up()
    check_of(connection)
    assert (connection.state, connection.finding) == (State.UNREACHABLE, "reset")


def test_a_recovery_counts_at_once_and_brings_the_models(
    session, add, check_of, recheck, compatible_fake
):
    connection = add("compatible")
    compatible_fake.hang_up()
    check_of(connection)
    assert connection.state == State.UNREACHABLE
    compatible_fake.calm()
    assert recheck(connection).code == "ok"
    assert (connection.state, connection.finding) == (State.CONNECTED, None)
    assert catalog.served(session, connection.id)


def test_a_caution_counts_at_once(add, check_of, recheck, compatible_fake):
    connection = add("compatible")
    check_of(connection)
    compatible_fake.limit()
    recheck(connection)
    assert (connection.state, connection.finding) == (State.WARNING, "rate_limited")


def test_a_quiet_check_leaves_no_page_and_no_doubt(session, add, recheck):
    connection = add("ollama")
    connection.doubted_at = clock.now()
    session.commit()
    recheck(connection)
    assert connection.doubted_at is None
    assert session.scalars(select(Check)).all() == []


def test_nobody_rechecks_what_is_off_or_gone(session, add, owner, recheck, ollama_fake):
    connection = add("ollama")
    connections.disable(session, owner, connection.id)
    assert recheck(connection) is None
    connections.remove(session, owner, connection.id)
    assert recheck(connection) is None
    assert ollama_fake.requests == []


def test_an_address_that_changes_meanwhile_is_not_judged_by_the_one_before(
    session, add, owner, rows, vault, recheck, compatible_fake
):
    connection = add("compatible")
    compatible_fake.refuse_key()

    class Changing:
        """Another person saves while the provider is asked."""

        def __init__(self, client):
            self._client, self.ways = client, client.ways

        def __getattr__(self, name):
            return getattr(self._client, name)

        def models(self, *arguments, **named):
            changes = Changes(base_url=compatible_fake.root + "/other")
            connections.edit(session, owner, connection.id, changes, rows=rows, vault=vault)
            return self._client.models(*arguments, **named)

    client = Changing(Client(OpenPolicy()))
    assert checks.recheck(session, connection.id, client=client, rows=rows, vault=vault) is None
    assert connection.state == State.UNTESTED


def test_a_connection_that_was_never_well_gets_no_second_chance(add, recheck, compatible_fake):
    connection = add("compatible")
    compatible_fake.hang_up()
    recheck(connection)
    assert connection.state == State.UNREACHABLE


@pytest.mark.parametrize("asked", [True, False])
def test_failures_in_a_row_are_counted(add, asked):
    connection = add("ollama")
    for count in (1, 2, 3):
        flip(connection, Finding("refused"), clock.now(), asked=asked)
        assert connection.failures == count
    flip(connection, Finding("rate_limited"), clock.now(), asked=asked)
    assert connection.failures == 0


def test_a_key_that_another_process_replaces_meanwhile_is_not_judged_by_the_one_before(
    session, engine, add, owner, rows, vault, openai_fake
):
    connection = add("openai")
    openai_fake.refuse_key()
    secret = Secret("sk-the-new-one-0123456789")

    class Changing(Client):
        """Another process saves while the provider is asked."""

        def kind(self, target, *, seconds=None):
            with sessions(engine)() as other:
                connections.rotate(other, owner, connection.id, secret, vault=vault, rows=rows)
            return super().kind(target, seconds=seconds)

    client = Changing(OpenPolicy())
    assert checks.recheck(session, connection.id, client=client, rows=rows, vault=vault) is None
    session.refresh(connection)
    assert connection.state == State.UNTESTED
