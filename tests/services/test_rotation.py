"""A new master key: everything opens before, during and after; nothing needs the old one then."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Text, select
from sqlalchemy.orm import Session
from sqlalchemy.types import String

from aiconnect import clock
from aiconnect.errors import Refused
from aiconnect.models import AuditEntry, Base, Connection, Credential, OAuthAttempt, Setting, SignIn
from aiconnect.models.account import Person
from aiconnect.models.installation import CANARY, COOKIE_KEY
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from aiconnect.services import connections, installation, leases, rotation
from aiconnect.services import vault as vaults
from aiconnect.services.audit import SYSTEM
from aiconnect.services.connections import Draft
from aiconnect.services.vault import CannotOpen, Vault, new_key
from aiconnect.services.writing import writing
from aiconnect.settings import Settings
from aiconnect.wire.types import Ways

KEY = Secret("sk-proj-abcdefghijklmnopqrstuvwxyz")


def add(session: Session, vault: Vault, name: str) -> Connection:
    return connections.add(
        session, SYSTEM, Draft("openai", name, secret=KEY), rows=PROVIDERS, vault=vault
    )


@pytest.fixture
def furnished(session: Session, vault: Vault, alice: Person) -> Connection:
    """A connection with a key and a header, and somebody on the way to another."""
    one = add(session, vault, "first")
    moment = clock.now()
    sign_in = SignIn(person_id=alice.id, sha256="s", made_at=moment, seen_at=moment, ends_at=moment)
    with writing(session):
        session.add(sign_in)
        session.flush()
        header = Credential(connection_id=one.id, field="header:X-Org", sealed="", made_at=moment)
        session.add(header)
        session.flush()
        field = f"{header.field}@{one.id}"
        header.sealed = vault.seal("credential", header.id, field, Secret("org"))
        session.add(
            OAuthAttempt(
                id="attempt",
                provider="openrouter",
                sign_in_id=sign_in.id,
                mode="paste",
                sha256="a",
                made_at=moment,
                ends_at=moment + timedelta(minutes=5),
                verifier=vault.seal("oauth", "attempt", "verifier", Secret("v")),
            )
        )
    return one


def rotate(settings: Settings, **more: object) -> list[str]:
    return list(rotation.rotate(settings, SYSTEM, patience=0.0, **more))  # type: ignore[arg-type]


def anew(session: Session) -> None:
    """See what others have written meanwhile."""
    session.commit()
    session.expire_all()


def sealed_values(session: Session) -> Iterator[tuple[str, str]]:
    """Every text anywhere in the database that looks like a sealed one."""
    anew(session)
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String | Text):
                rows = session.scalars(select(column).where(column.startswith("gAAAA")))
                yield from ((f"{table.name}.{column.name}", value) for value in rows)
    session.commit()


def newest(settings: Settings) -> Vault:
    return Vault(vaults.read_keys(settings)[:1])


def test_everything_is_sealed_with_the_new_key_alone(
    session: Session, settings: Settings, furnished: Connection
) -> None:
    before = vaults.read_keys(settings)
    rotate(settings)
    (key,) = vaults.read_keys(settings)
    assert key not in before
    values = dict(sealed_values(session))
    assert set(values) == {"settings.value", "credentials.sealed", "oauth_attempts.verifier"}
    assert all(Vault([key]).opens(value) for _, value in sealed_values(session))
    assert not any(Vault(before).opens(value) for _, value in sealed_values(session))


def test_what_is_sealed_opens_for_its_record_alone_as_before(
    session: Session, settings: Settings, furnished: Connection
) -> None:
    rotate(settings)
    anew(session)
    opened = newest(settings)
    one = connections.get(session, furnished.id)
    target = connections.target(one, rows=PROVIDERS, vault=opened, ways=Ways())
    assert target.secret == KEY
    assert {name: value.reveal() for name, value in target.headers.items()} == {"X-Org": "org"}
    attempt = session.get_one(OAuthAttempt, "attempt")
    assert opened.open("oauth", "attempt", "verifier", attempt.verifier).reveal() == "v"
    with pytest.raises(CannotOpen):
        opened.open("oauth", "other", "verifier", attempt.verifier)


def test_canary_and_cookie_key_stay_what_they_were(
    session: Session, settings: Settings, vault: Vault
) -> None:
    cookie = installation.cookie_key(session, vault, settings)
    rotate(settings)
    anew(session)
    opened = newest(settings)
    vaults.check_canary(session, opened)
    assert installation.cookie_key(session, opened, settings) == cookie


def test_a_vault_that_was_open_before_opens_and_seals_all_the_way(
    session: Session, settings: Settings, vault: Vault, furnished: Connection
) -> None:
    """As the server: it never starts anew, and the next start has the new key alone."""
    for number, _ in enumerate(rotation.rotate(settings, SYSTEM, batch=1, patience=0.0)):
        anew(session)
        made = add(session, vault, f"meanwhile-{number}")
        for one in (furnished, made):
            again = connections.get(session, one.id)
            assert (
                connections.opened(again, PROVIDERS["openai"], vault=vault, ways=Ways()).secret
                == KEY
            )
    anew(session)
    opened = newest(settings)
    for one in connections.all(session):
        assert connections.opened(one, PROVIDERS["openai"], vault=opened, ways=Ways()).secret == KEY


@pytest.mark.parametrize("steps", range(9))
def test_a_rotation_that_was_left_anywhere_is_finished_by_the_next(
    session: Session, settings: Settings, furnished: Connection, steps: int
) -> None:
    under_way = rotation.rotate(settings, SYSTEM, batch=1, patience=0.0)
    for _ in range(steps):
        next(under_way, None)
    under_way.close()
    left = Vault(vaults.read_keys(settings))
    assert all(left.opens(value) for _, value in sealed_values(session))
    rotate(settings)
    assert len(vaults.read_keys(settings)) == 1
    assert all(newest(settings).opens(value) for _, value in sealed_values(session))


def test_a_rotation_that_was_interrupted_makes_no_third_key(settings: Settings) -> None:
    both = (new_key(), *vaults.read_keys(settings))
    vaults.write_keys(settings.instance / vaults.KEY_FILE, both)
    assert "Going on" in rotate(settings)[0]
    assert vaults.read_keys(settings) == both[:1]


def test_a_secret_that_no_key_opens_stops_it_before_anything_is_changed(
    session: Session, settings: Settings, furnished: Connection
) -> None:
    before = vaults.read_keys(settings)
    lose(session, furnished)
    with pytest.raises(Refused, match="first") as refused:
        rotate(settings)
    assert "--skip-broken" in str(refused.value)
    assert vaults.read_keys(settings) == before
    assert all(
        Vault(before).opens(value)
        for name, value in sealed_values(session)
        if "credentials" not in name
    )


def test_it_goes_on_without_the_broken_ones_where_that_is_asked_for(
    session: Session, settings: Settings, furnished: Connection
) -> None:
    lost = lose(session, furnished)
    assert "first" in rotate(settings, skip_broken=True)[0]
    anew(session)
    key = connections.get(session, furnished.id).key
    assert key is not None
    assert key.sealed == lost
    vaults.check_canary(session, newest(settings))


def lose(session: Session, connection: Connection) -> str:
    """Put a key in place that some other installation has sealed."""
    lost = Vault([new_key()]).seal("credential", 1, "api_key", KEY)
    with writing(session):
        key = connections.get(session, connection.id).key
        assert key is not None
        key.sealed = lost
    return lost


def test_a_key_that_is_replaced_meanwhile_is_not_put_back(
    session: Session, settings: Settings, vault: Vault, furnished: Connection
) -> None:
    under_way = rotation.rotate(settings, SYSTEM, batch=1, patience=0.0)
    next(under_way)
    connections.rotate(
        session,
        SYSTEM,
        furnished.id,
        Secret("sk-proj-another-key-altogether0"),
        rows=PROVIDERS,
        vault=vault,
    )
    list(under_way)
    anew(session)
    one = connections.get(session, furnished.id)
    opened = connections.opened(one, PROVIDERS["openai"], vault=newest(settings), ways=Ways())
    assert opened.secret == Secret("sk-proj-another-key-altogether0")


def test_the_key_file_stays_closed_to_others_and_nothing_is_left_beside_it(
    settings: Settings,
) -> None:
    before = {path.name for path in settings.instance.iterdir()}
    rotate(settings)
    assert (settings.instance / vaults.KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert {path.name for path in settings.instance.iterdir()} - before <= {
        "aiconnect.db-wal",
        "aiconnect.db-shm",
    }


def test_a_key_file_behind_a_link_is_changed_where_it_is(
    settings: Settings, tmp_path: Path
) -> None:
    path, real = settings.instance / vaults.KEY_FILE, tmp_path / "elsewhere.key"
    path.rename(real)
    path.symlink_to(real)
    rotate(settings)
    assert path.is_symlink()
    assert vaults.keys_in(real) == vaults.read_keys(settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to another")
def test_the_key_file_stays_its_owners(settings: Settings) -> None:
    path = settings.instance / vaults.KEY_FILE
    os.chown(path, 65534, 65534)
    rotate(settings)
    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)


def test_it_is_recorded(session: Session, settings: Settings) -> None:
    rotate(settings)
    actions = session.scalars(select(AuditEntry.action))
    assert "rotate.master_key" in list(actions)


def test_no_sentence_shows_a_key(settings: Settings) -> None:
    keys = vaults.read_keys(settings)
    said = " ".join(rotate(settings))
    assert not any(key.reveal() in said for key in (*keys, *vaults.read_keys(settings)))


def given(settings: Settings, *keys: Secret) -> Settings:
    """The same instance with these keys in the environment."""
    return replace(settings, master_keys=keys)


def test_keys_from_the_environment_are_the_operators_to_remove(
    session: Session, settings: Settings, furnished: Connection
) -> None:
    key, old = new_key(), vaults.read_keys(settings)[0]
    assert "Remove the others" in rotate(given(settings, key, old))[-1]
    assert all(Vault([key]).opens(value) for _, value in sealed_values(session))
    assert vaults.read_keys(settings) == (old,)


def test_with_one_key_in_the_environment_there_is_nothing_to_seal_with(settings: Settings) -> None:
    with pytest.raises(Refused, match="holds one key"):
        rotate(given(settings, *vaults.read_keys(settings)))


def test_a_server_that_does_not_know_the_new_key_is_asked_to_restart_first(
    session: Session, settings: Settings
) -> None:
    key, old = new_key(), vaults.read_keys(settings)[0]
    leases.take(session, rotation.CLOCK, "the server")
    rotation.note_keys(session, Vault([old]))
    with pytest.raises(Refused, match="does not know"):
        rotate(given(settings, key, old))
    rotation.note_keys(session, Vault([key, old]))
    rotate(given(settings, key, old))


def test_what_the_server_notes_tells_no_key(session: Session, vault: Vault) -> None:
    rotation.note_keys(session, vault)
    noted = session.get_one(Setting, rotation.KNOWN_KEYS).value
    assert noted
    assert not any(key.reveal()[:12] in noted for key in vault.keys)


def test_a_server_with_its_key_in_the_environment_is_not_left_behind(
    session: Session, settings: Settings
) -> None:
    """The file beside it may hold the same key, and nobody would read it."""
    before = vaults.read_keys(settings)
    leases.take(session, rotation.CLOCK, "the server")
    rotation.note_keys(session, Vault.from_settings(given(settings, *before)))
    with pytest.raises(Refused, match="in another place"):
        rotate(settings)
    assert vaults.read_keys(settings) == before


@pytest.mark.on_postgresql
def test_a_server_with_its_key_on_another_machine_is_not_left_behind(
    session: Session, settings: Settings
) -> None:
    leases.take(session, rotation.CLOCK, "a server elsewhere")
    with pytest.raises(Refused, match="in another place"):
        rotate(settings)


def test_settings_that_are_not_sealed_stay(session: Session, settings: Settings) -> None:
    rotate(settings)
    names = set(session.scalars(select(Setting.name)))
    assert {CANARY, COOKIE_KEY} <= names
