"""Leases: one owner at a time, followed within a term when it is gone."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Lease
from aiconnect.models.base import sessions
from aiconnect.services import leases
from aiconnect.services.writing import writing

OVER = timedelta(seconds=-1)


def test_a_lease_has_one_owner(session: Session) -> None:
    assert leases.take(session, "clock", "ada")
    assert not leases.take(session, "clock", "bob")
    assert leases.take(session, "clock", "ada")


def test_a_lease_that_has_ended_is_taken_over(session: Session) -> None:
    leases.take(session, "clock", "ada", term=OVER)
    assert leases.take(session, "clock", "bob")
    assert not leases.renew(session, "clock", "ada")


def test_a_lease_that_nobody_took_meanwhile_is_renewed(session: Session) -> None:
    leases.take(session, "clock", "ada", term=OVER)
    assert leases.renew(session, "clock", "ada")
    assert not leases.take(session, "clock", "bob")


def test_a_lease_that_was_given_back_is_free_at_once(session: Session) -> None:
    leases.take(session, "clock", "ada")
    leases.release(session, "clock", "ada")
    assert leases.is_free(session, "clock")
    assert leases.take(session, "clock", "bob")


def test_only_the_owner_gives_a_lease_back(session: Session) -> None:
    leases.take(session, "clock", "ada")
    leases.release(session, "clock", "bob")
    assert not leases.is_free(session, "clock")


def test_a_lease_that_never_was_is_free(session: Session) -> None:
    assert leases.is_free(session, "unheard of")
    assert not leases.renew(session, "unheard of", "ada")


def test_a_clock_that_was_set_back_locks_nobody_out(session: Session) -> None:
    leases.take(session, "clock", "ada", term=timedelta(days=365))
    assert leases.is_free(session, "clock")
    assert leases.take(session, "clock", "bob")


def test_leases_with_other_names_are_other_leases(session: Session) -> None:
    leases.take(session, "clock", "ada")
    assert leases.take(session, "job tidy", "bob")


def test_of_many_that_ask_at_once_one_gets_it(engine: Engine) -> None:
    ready, won = threading.Barrier(8), []

    def ask(name: str) -> None:
        with sessions(engine)() as session:
            ready.wait()
            if leases.take(session, "clock", name):
                won.append(name)

    threads = [threading.Thread(target=ask, args=(f"owner{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions(engine)() as session:
        assert [session.get_one(Lease, "clock").owner] == won


def test_the_time_is_aware_and_near_ours(session: Session) -> None:
    moment = leases.now(session)
    assert moment.utcoffset() == timedelta()
    assert abs(moment - clock.now()) < timedelta(minutes=1)


def test_whoever_only_waits_leaves_the_write_lock_alone(engine: Engine) -> None:
    with sessions(engine)() as writer, sessions(engine)() as waiting:
        leases.take(writer, "clock", "ada")
        with writing(writer):
            assert not leases.take(waiting, "clock", "bob")
