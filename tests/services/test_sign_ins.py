"""Signing in and out: constant answers, limits, absolute ends."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import NotFound, Refused
from aiconnect.models import Person, Role, SignIn, SignInAttempt
from aiconnect.models.base import sessions
from aiconnect.secret import Secret
from aiconnect.services import accounts
from aiconnect.services.accounts import Passwords, SignInRefused, TooManyAttempts
from aiconnect.services.audit import SYSTEM, Actor
from tests.locks import hurry, write_lock
from tests.people import PASSWORD

WRONG = Secret("not the password")


class Door:
    """Signs in from one address."""

    def __init__(self, session: Session, passwords: Passwords, address: str = "192.0.2.1") -> None:
        self.session, self.passwords, self.address = session, passwords, address

    def enter(self, email: str, password: Secret = PASSWORD) -> Secret:
        return accounts.sign_in(
            self.session, email, password,
            address=self.address, browser="Lynx", passwords=self.passwords,
        )  # fmt: skip

    def fail(self, email: str, times: int = 1) -> list[str]:
        said = []
        for _ in range(times):
            with pytest.raises(SignInRefused) as refused:
                self.enter(email, WRONG)
            said.append(str(refused.value))
        return said


@pytest.fixture
def door(session: Session, passwords: Passwords) -> Door:
    return Door(session, passwords)


def age(session: Session, **values: object) -> None:
    session.execute(update(SignIn).values(**values))
    session.commit()


def test_the_right_password_signs_in(session: Session, alice: Person, door: Door) -> None:
    found = accounts.find_sign_in(session, door.enter(" ALICE@example.org "))
    assert found is not None
    assert found.person == alice
    assert (found.address, found.browser) == ("192.0.2.1", "Lynx")


def test_a_sign_in_is_stored_as_its_hash(session: Session, alice: Person, door: Door) -> None:
    secret = door.enter(alice.email)
    assert secret.reveal() not in session.scalars(select(SignIn)).one().sha256


def test_every_refusal_is_the_same_sentence(
    session: Session, alice: Person, bob: Person, charlie: str, door: Door
) -> None:
    accounts.add_person(session, SYSTEM, "new@example.org", Role.MEMBER, None)
    accounts.disable_person(session, SYSTEM, bob.email)
    emails = [alice.email, charlie, bob.email, "new@example.org", "no address at all"]
    assert len({sentence for email in emails for sentence in door.fail(email)}) == 1


def test_a_closed_account_does_not_open_with_its_password(
    session: Session, alice: Person, bob: Person, door: Door
) -> None:
    accounts.disable_person(session, SYSTEM, bob.email)
    with pytest.raises(SignInRefused):
        door.enter(bob.email)


def test_an_unknown_address_costs_as_much_hashing_as_a_known_one(
    alice: Person, charlie: str, session: Session
) -> None:
    counting = CountingPasswords()
    door = Door(session, counting)
    door.fail(alice.email)
    known, counting.compared = counting.compared, 0
    door.fail(charlie)
    assert counting.compared == known == 1


class CountingPasswords(Passwords):
    """Counts the comparisons that are made."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_kib=8, parallelism=1)
        self.compared = 0

    def fits(self, hashed: str | None, password: Secret) -> bool:
        fits = super().fits(hashed, password)
        self.compared += 1
        return fits


def test_five_failures_close_an_account_for_a_while(
    session: Session, alice: Person, door: Door, passwords: Passwords
) -> None:
    door.fail(alice.email, 5)
    elsewhere = Door(session, passwords, "198.51.100.7")
    with pytest.raises(TooManyAttempts):
        elsewhere.enter(alice.email)


def test_an_unknown_account_closes_just_the_same(charlie: str, door: Door) -> None:
    door.fail(charlie, 5)
    with pytest.raises(TooManyAttempts):
        door.enter(charlie)


def test_twenty_failures_close_an_address(alice: Person, bob: Person, door: Door) -> None:
    for number in range(20):
        door.fail(f"guess-{number}@example.org")
    with pytest.raises(TooManyAttempts):
        door.enter(alice.email)


def test_another_address_stays_open(
    session: Session, alice: Person, door: Door, passwords: Passwords
) -> None:
    for number in range(20):
        door.fail(f"guess-{number}@example.org")
    Door(session, passwords, "198.51.100.7").enter(alice.email)


def test_one_subscriber_s_ipv6_addresses_count_as_one(
    session: Session, alice: Person, passwords: Passwords
) -> None:
    for number in range(20):
        Door(session, passwords, f"2001:db8::{number:x}").fail(f"guess-{number}@example.org")
    with pytest.raises(TooManyAttempts):
        Door(session, passwords, "2001:db8::ffff").enter(alice.email)
    Door(session, passwords, "2001:db8:0:1::1").enter(alice.email)


def test_an_ipv4_address_counts_the_same_in_ipv6_dress(
    session: Session, alice: Person, passwords: Passwords
) -> None:
    for number in range(20):
        Door(session, passwords, "192.0.2.1").fail(f"guess-{number}@example.org")
    with pytest.raises(TooManyAttempts):
        Door(session, passwords, "::ffff:192.0.2.1").enter(alice.email)


def test_success_forgets_the_account_s_failures(alice: Person, door: Door) -> None:
    for _ in range(3):
        door.fail(alice.email, 4)
        door.enter(alice.email)


def test_success_does_not_forget_the_address_s_failures(
    alice: Person, bob: Person, door: Door
) -> None:
    for number in range(19):
        door.fail(f"guess-{number}@example.org")
    door.enter(bob.email)
    door.fail("guess@example.org")
    with pytest.raises(TooManyAttempts):
        door.enter(alice.email)


def test_failures_are_forgotten_after_a_quarter_of_an_hour(
    session: Session, alice: Person, door: Door
) -> None:
    door.fail(alice.email, 5)
    session.execute(update(SignInAttempt).values(at=clock.now() - timedelta(minutes=15)))
    session.commit()
    door.enter(alice.email)


def test_failures_are_kept_without_the_address_s_name(
    session: Session, charlie: str, door: Door
) -> None:
    door.fail(charlie)
    assert all("charlie" not in row.subject for row in session.scalars(select(SignInAttempt)))


def test_an_outdated_hash_is_renewed_on_the_way_in(
    session: Session, alice: Person, passwords: Passwords
) -> None:
    stronger = Passwords(time_cost=2, memory_kib=16, parallelism=1)
    Door(session, stronger).enter(alice.email)
    session.refresh(alice)
    assert alice.password_hash is not None
    assert not stronger.is_outdated(alice.password_hash)
    Door(session, stronger).enter(alice.email)


def test_a_sign_in_ends_after_thirty_days_however_often_it_is_used(
    session: Session, alice: Person, door: Door
) -> None:
    secret = door.enter(alice.email)
    row = session.scalars(select(SignIn)).one()
    assert row.ends_at - row.made_at == timedelta(days=30)
    age(session, seen_at=clock.now(), ends_at=clock.now() - timedelta(seconds=1))
    assert accounts.find_sign_in(session, secret) is None
    assert accounts.sign_ins(session, alice.id) == []


def test_being_seen_does_not_move_the_end(session: Session, alice: Person, door: Door) -> None:
    secret = door.enter(alice.email)
    ends_at = session.scalars(select(SignIn.ends_at)).one()
    age(session, seen_at=clock.now() - timedelta(hours=1))
    accounts.find_sign_in(session, secret)
    assert session.scalars(select(SignIn.ends_at)).one() == ends_at


def test_being_seen_is_noted_once_a_minute(session: Session, alice: Person, door: Door) -> None:
    secret = door.enter(alice.email)
    for minutes, is_noted in ((0.5, False), (2, True)):
        before = clock.now() - timedelta(minutes=minutes)
        age(session, seen_at=before)
        found = accounts.find_sign_in(session, secret)
        assert found is not None
        assert (found.seen_at > before) is is_noted


def test_a_database_that_cannot_be_written_keeps_nobody_out(
    session: Session, alice: Person, door: Door, engine: Engine
) -> None:
    secret = door.enter(alice.email)
    age(session, seen_at=clock.now() - timedelta(hours=1))
    hurry(session)
    with write_lock(engine):
        assert accounts.find_sign_in(session, secret) is not None


def test_signing_out_ends_this_sign_in_only(session: Session, alice: Person, door: Door) -> None:
    here, there = door.enter(alice.email), door.enter(alice.email)
    accounts.sign_out(session, here)
    assert accounts.find_sign_in(session, here) is None
    assert accounts.find_sign_in(session, there) is not None


def test_an_unknown_secret_is_no_sign_in(session: Session) -> None:
    assert accounts.find_sign_in(session, Secret("made up")) is None
    accounts.sign_out(session, Secret("made up"))


def revoke_first(session: Session, actor: Actor) -> None:
    accounts.revoke_sign_in(session, actor, session.scalars(select(SignIn)).one().id)


def test_one_s_own_sign_in_can_be_ended(session: Session, bob: Person, door: Door) -> None:
    secret = door.enter(bob.email)
    revoke_first(session, Actor(bob.email, role=Role.VIEWER, person_id=bob.id))
    assert accounts.find_sign_in(session, secret) is None


def test_another_s_sign_in_is_not_found(
    session: Session, alice: Person, bob: Person, door: Door
) -> None:
    secret = door.enter(alice.email)
    with pytest.raises(NotFound):
        revoke_first(session, Actor(bob.email, role=Role.VIEWER, person_id=bob.id))
    assert accounts.find_sign_in(session, secret) is not None


def test_an_admin_ends_a_member_s_sign_in_but_not_an_owner_s(
    session: Session, alice: Person, admin: Person, member: Person, door: Door
) -> None:
    actor = Actor(admin.email, role=Role.ADMIN, person_id=admin.id)
    secrets = [door.enter(member.email), door.enter(alice.email)]
    found = [accounts.find_sign_in(session, secret) for secret in secrets]
    assert found[0] is not None
    assert found[1] is not None
    accounts.revoke_sign_in(session, actor, found[0].id)
    with pytest.raises(NotFound):
        accounts.revoke_sign_in(session, actor, found[1].id)


def test_guesses_made_at_the_same_moment_count_as_well(
    engine: Engine, alice: Person, passwords: Passwords
) -> None:
    said: list[type[Exception]] = []
    ready = threading.Barrier(12)

    def guess() -> None:
        with sessions(engine)() as session:
            ready.wait()
            try:
                Door(session, passwords).enter(alice.email, WRONG)
            except Refused as refused:
                said.append(type(refused))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (said.count(SignInRefused), said.count(TooManyAttempts)) == (5, 7)


def test_a_peer_without_an_ip_address_counts_too(
    session: Session, alice: Person, passwords: Passwords
) -> None:
    for number in range(20):
        Door(session, passwords, "unix socket").fail(f"guess-{number}@example.org")
    with pytest.raises(TooManyAttempts):
        Door(session, passwords, "unix socket").enter(alice.email)


def test_a_link_made_before_the_account_was_closed_does_not_open_it(
    session: Session, bob: Person
) -> None:
    code = accounts.make_link(session, SYSTEM, bob.email)
    bob.disabled_at = clock.now()
    session.commit()
    with pytest.raises(SignInRefused):
        accounts.sign_in_by_link(session, code, address="192.0.2.1", browser="")
