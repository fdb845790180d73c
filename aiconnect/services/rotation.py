"""A new master key: every sealed value is sealed anew, while the server goes on.

With a key file: the new key is put before the old one, all values are sealed with the new one, and
only then the old one leaves the file. At every moment the keys in the file open every value, so it
can be interrupted anywhere; running it again goes on. The server reads the file again as soon as it
meets a value that it cannot open, or seals one (`vault.py`).

With keys from the environment nothing is written but the values: whoever set them removes the old.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from aiconnect.errors import Refused
from aiconnect.models import AlertChannel, CallText, Connection, Credential, OAuthAttempt, Setting
from aiconnect.models.base import sessions
from aiconnect.secret import Secret
from aiconnect.services import audit, first_steps, installation, leases, serving
from aiconnect.services import vault as vaults
from aiconnect.services.audit import Actor
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing
from aiconnect.settings import Settings

BATCH = 100
PATIENCE = 12.0
"""Seconds between the last value and the end of the old key. A value that was sealed with the old
one, just before the new one came, is in the database by then: nobody waits longer for its lock."""

SEALED_BEGINS = "gAAAA"
CLOCK = "clock"
KNOWN_KEYS, ENVIRONMENT = "known_keys", "environment"
COMMANDS = (
    "restart the server with it, and run `aiconnect key rotate` with the same setting. "
    "`aiconnect key new` prints a new key."
)


@dataclass(frozen=True, slots=True)
class Place:
    """A column that holds sealed values, and what its rows are found by."""

    id: InstrumentedAttribute[Any]
    sealed: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


PLACES = (
    Place(Setting.name, Setting.value),  # the canary, the key of cookies
    Place(Credential.id, Credential.sealed),
    Place(OAuthAttempt.id, OAuthAttempt.verifier),
    Place(AlertChannel.id, AlertChannel.sealed),
    Place(CallText.id, CallText.asked),
    Place(CallText.id, CallText.answered),
)


def rotate(
    settings: Settings,
    actor: Actor,
    *,
    skip_broken: bool = False,
    batch: int = BATCH,
    patience: float = PATIENCE,
) -> Iterator[str]:
    """Do all of it, with a sentence after each step; raises Refused before anything has changed."""
    with ExitStack() as open_now:
        open_now.enter_context(first_steps.alone(settings))
        installation.check_start(settings)
        engine = installation.open_database(settings)
        open_now.callback(engine.dispose)
        session = open_now.enter_context(sessions(engine)())
        keys = settings.master_keys or vaults.read_keys(settings)
        yield from _check_broken(session, keys, skip=skip_broken)
        if settings.master_keys:
            _check_given(session, settings)
            yield from _seal_all(session, keys, batch)
            _finish(session, actor)
            yield (
                "Every value is sealed with the first key of AICONNECT_MASTER_KEY. "
                f"Remove the others from it ({len(keys) - 1}), and restart the server."
            )
        else:
            yield from _with_file(session, actor, settings, keys, batch, patience)


def note_keys(session: Session, vault: Vault) -> None:
    """Write down which keys the server knows, by fingerprint: rotation asks before it relies on it.

    Called when a server starts.
    """
    known = " ".join([vault.source, *(vaults.fingerprint(key) for key in vault.keys)])
    row = session.get(Setting, KNOWN_KEYS)
    if row is None or row.value != known:
        with writing(session):
            session.merge(Setting(name=KNOWN_KEYS, value=known))


def _with_file(
    session: Session,
    actor: Actor,
    settings: Settings,
    keys: tuple[Secret, ...],
    batch: int,
    patience: float,
) -> Iterator[str]:
    _check_alone(session, settings)
    path = settings.instance / vaults.KEY_FILE
    keys, said = _two_keys(path, keys)
    yield said
    yield from _seal_all(session, keys, batch)
    with writing(session):
        installation.bump_revision(session)  # the server opens everything anew, and shows it can
    if _is_served(session, settings):
        yield f"The old key stays for {patience:.0f} seconds: values may be under way with it."
        time.sleep(patience)
        yield from _seal_all(session, keys, batch)
    vaults.write_keys(path, keys[:1])
    yield f"The old key has left {path}."
    yield from _seal_all(session, keys, batch)
    _finish(session, actor)
    yield (
        "Every value is sealed with the new key. Keep a copy of it in another place, and keep the "
        "old one as long as you keep backups from before: they open with the old one alone."
    )


def _two_keys(path: Path, keys: tuple[Secret, ...]) -> tuple[tuple[Secret, ...], str]:
    """New and old key, both in the file; those of a rotation that was interrupted are taken up."""
    if len(keys) > 1:
        return keys, "Going on with a rotation that was interrupted."
    both = (vaults.new_key(), *keys)
    vaults.write_keys(path, both)
    return both, f"Made a new master key in {path}, before the old one."


def _seal_all(session: Session, keys: tuple[Secret, ...], batch: int) -> Iterator[str]:
    """Seal with the first key whatever is not; a sentence for each small transaction."""
    vault, newest = Vault(keys), Vault(keys[:1])
    for place in PLACES:
        for rows in _rows(session, place, batch):
            old = [(row_id, sealed) for row_id, sealed in rows if not newest.opens(sealed)]
            changed = [(one, was, vault.reseal(was)) for one, was in old if vault.opens(was)]
            if changed:
                _store(session, place, changed)
                yield f"Sealed anew: {len(changed)} of {place.sealed.class_.__tablename__}."


def _rows(session: Session, place: Place, batch: int) -> Iterator[list[tuple[Any, str]]]:
    """Rows with a sealed value, so many at a time, in the order of their ids."""
    rows = select(place.id, place.sealed).where(place.sealed.startswith(SEALED_BEGINS))
    rows = rows.order_by(place.id).limit(batch)
    found = [(row[0], row[1]) for row in session.execute(rows)]
    while found:
        session.commit()
        yield found
        found = [(row[0], row[1]) for row in session.execute(rows.where(place.id > found[-1][0]))]
    session.commit()


def _store(session: Session, place: Place, changed: list[tuple[Any, str, str]]) -> None:
    """Only where the value is still the one that was read: a key may be replaced meanwhile."""
    with writing(session):
        for row_id, was, now in changed:
            session.execute(
                update(place.sealed.class_)
                .where(place.id == row_id, place.sealed == was)
                .values({place.sealed: now}),
                execution_options={"synchronize_session": False},
            )


def _check_broken(session: Session, keys: tuple[Secret, ...], *, skip: bool) -> Iterator[str]:
    """Values that no key opens are lost; that is said before their last chance is gone."""
    vault = Vault(keys)
    rows = select(Connection.name, Credential.sealed).join(Credential.connection)
    found = session.execute(rows.order_by(Connection.name)).all()
    session.commit()
    names = sorted({name for name, sealed in found if not vault.opens(sealed)})
    if not names:
        return
    broken = f"No master key opens a secret of {', '.join(names)}."
    if not skip:
        raise Refused(
            f"{broken} Enter it again (`aiconnect connection rotate NAME --key-stdin`), or leave "
            "it as it is with --skip-broken. Nothing was changed."
        )
    yield f"{broken} It is left as it is."


def _check_given(session: Session, settings: Settings) -> None:
    """Keys from the environment: there must be a new one, and the server must know it."""
    keys = settings.master_keys
    if len(keys) < 2:
        raise Refused(
            "AICONNECT_MASTER_KEY holds one key. Put a new one before it, separated by a comma, "
            + COMMANDS
        )
    if _is_served(session, settings) and vaults.fingerprint(keys[0]) not in _known(session):
        raise Refused(
            "The server that runs does not know the first key of AICONNECT_MASTER_KEY. First "
            + COMMANDS
        )


def _check_alone(session: Session, settings: Settings) -> None:
    """A key file is changed for the server beside it that reads it, and for no other."""
    is_beside = serving.server_pid(settings) is not None or leases.dialect(session) == "sqlite"
    reads_file = ENVIRONMENT not in _known(session)
    if _is_served(session, settings) and not (is_beside and reads_file):
        raise Refused(
            "The server that works with this database has its master key in another place. Stop "
            "it, or give it and this command both keys in AICONNECT_MASTER_KEY."
        )


def _known(session: Session) -> list[str]:
    """Where the server's keys are from, and their fingerprints."""
    row = session.get(Setting, KNOWN_KEYS, populate_existing=True)
    return row.value.split() if row else []


def _is_served(session: Session, settings: Settings) -> bool:
    running = serving.server_pid(settings) is not None or not leases.is_free(session, CLOCK)
    session.commit()
    return running


def _finish(session: Session, actor: Actor) -> None:
    with writing(session):
        audit.record(session, actor, "rotate.master_key", "master key")
