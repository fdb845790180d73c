"""A test as a thing that runs: in time, left, repeated, overtaken by changes."""

from __future__ import annotations

import time

import pytest

from aiconnect import clock
from aiconnect.errors import Finding, NotFound
from aiconnect.models import State
from aiconnect.secret import Secret
from aiconnect.services import catalog, checks, connections
from aiconnect.services.connections import Changes
from aiconnect.services.states import flip
from tests.running import SOON
from tests.services.checks.reading import failed


def test_a_key_that_does_not_open_is_told(session, add, check_of, vault):
    connection = add("openai")
    connection.credentials[0].sealed = "not sealed by us"
    session.commit()
    check = check_of(connection)
    assert (check.finding, failed(check)) == ("key_unreadable", "key")


def test_a_test_ends_in_time_and_keeps_what_it_has(
    session, add, owner, rows, vault, client, ollama_fake
):
    """Each call is in time; there are too many of them."""
    ollama_fake.old = True
    ollama_fake.serve_models([f"model-{n}" for n in range(150)])
    ollama_fake.slowly(0.05)
    connection = add("ollama")
    check = checks.start(session, owner, connection.id)
    begun = time.monotonic()
    list(checks.run(session, check.id, client=client, rows=rows, vault=vault, seconds=1))
    assert time.monotonic() - begun < SOON
    assert check.finding == "ok"
    assert len(catalog.served(session, connection.id)) == 150


def test_a_finished_test_gives_its_stored_steps(session, add, check_of, rows, vault, client, fakes):
    check = check_of(add("ollama"))
    fakes.reset()
    again = list(checks.run(session, check.id, client=client, rows=rows, vault=vault))
    assert [step.state for step in again] == [step["state"] for step in check.steps]
    assert fakes["ollama"].requests == []


def test_a_test_that_was_left_is_finished_by_whoever_asks_next(
    session, add, owner, rows, vault, client
):
    check = checks.start(session, owner, add("ollama").id)
    left = checks.run(session, check.id, client=client, rows=rows, vault=vault)
    next(left)
    left.close()
    assert check.finished_at is None
    assert [step["step"] for step in check.steps] == ["name"]
    assert len(list(checks.run(session, check.id, client=client, rows=rows, vault=vault))) == 6
    assert check.finding == "ok"


def test_a_test_of_an_address_that_was_changed_meanwhile_leaves_the_connection_alone(
    session, add, owner, rows, vault, client, fakes
):
    connection = add("ollama")
    check = checks.start(session, owner, connection.id)
    run = checks.run(session, check.id, client=client, rows=rows, vault=vault)
    next(run)
    changes = Changes(base_url="http://127.0.0.1:9/")
    connections.edit(session, owner, connection.id, changes, rows=rows, vault=vault)
    list(run)
    assert (check.finding, connection.state) == ("ok", State.UNTESTED)
    assert catalog.served(session, connection.id) == []


def test_a_test_of_a_key_that_was_replaced_meanwhile_leaves_the_connection_alone(
    session, add, owner, rows, vault, client, openai_fake
):
    connection = add("openai")
    openai_fake.refuse_key()
    check = checks.start(session, owner, connection.id)
    run = checks.run(session, check.id, client=client, rows=rows, vault=vault)
    next(run)
    secret = Secret("sk-the-new-one-0123456789")
    connections.rotate(session, owner, connection.id, secret, vault=vault, rows=rows)
    list(run)
    assert (check.finding, connection.state) == ("key_refused", State.UNTESTED)


def test_a_test_of_a_connection_that_was_removed_meanwhile_just_ends(
    session, add, owner, rows, vault, client
):
    connection = add("ollama")
    check = checks.start(session, owner, connection.id)
    run = checks.run(session, check.id, client=client, rows=rows, vault=vault)
    next(run)
    connections.remove(session, owner, connection.id)
    assert [step.state for step in run][-1] == "ok"


def test_a_test_belongs_to_its_connection(session, add, check_of):
    check = check_of(add("ollama"))
    assert checks.get(session, check.connection_id, check.id) is check
    with pytest.raises(NotFound):
        checks.get(session, check.connection_id + 1, check.id)
    with pytest.raises(NotFound):
        checks.get(session, check.connection_id, "nothing")


def test_a_test_that_is_not_there_cannot_be_run(session, client, rows, vault):
    with pytest.raises(NotFound):
        next(checks.run(session, "nothing", client=client, rows=rows, vault=vault))


def test_the_state_stays_where_this_server_had_no_descriptor_left(session, add):
    connection = add("ollama")
    connection.state = State.CONNECTED
    flip(connection, Finding("no_capacity"), clock.now())
    assert (connection.state, connection.finding) == (State.CONNECTED, None)


def test_the_latest_tests_come_first(session, add, check_of):
    connection = add("ollama")
    made = [check_of(connection).id for _ in range(3)]
    assert [check.id for check in checks.recent(session, connection.id, limit=2)] == made[:0:-1]


def test_a_state_is_kept_since_when_it_began(add, check_of, ollama_fake):
    connection = add("ollama")
    check_of(connection)
    since = connection.state_since
    check_of(connection)
    assert connection.state_since == since
    ollama_fake.overload()
    check_of(connection)
    assert connection.state == State.UNREACHABLE
    assert connection.state_since > since
