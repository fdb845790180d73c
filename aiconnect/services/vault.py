"""Seals secrets at rest, each bound to the record that it belongs to."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy.orm import Session

from aiconnect.errors import AiconnectError, StartRefused
from aiconnect.models import Setting
from aiconnect.models.installation import CANARY
from aiconnect.secret import Secret
from aiconnect.settings import Settings

KEY_FILE: Final = "master.key"
SONG: Final = Secret("the canary sings")
UNOPENED: Final = "A stored secret does not open with this master key."

log = logging.getLogger("aiconnect.vault")


class CannotOpen(AiconnectError):
    """A sealed value does not open: another master key, or it was sealed for another record."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A key file as it was seen: another one in its place differs in one of these."""

    path: Path
    seen: tuple[int, int, int] | None

    @classmethod
    def now(cls, path: Path) -> Watched:
        try:
            stat = path.stat()
        except OSError:
            return cls(path, None)
        return cls(path, (stat.st_ino, stat.st_mtime_ns, stat.st_size))


class Vault:
    """Seals with the newest master key, opens with any of them.

    A vault whose keys come from a key file knows when they were replaced there (`key rotate`, while
    the server runs): it reads them again before it seals, and when a value does not open.
    """

    def __init__(self, keys: Sequence[Secret], watched: Watched | None = None) -> None:
        self._watched, self._loading = watched, threading.Lock()
        self.keys = tuple(keys)
        self._fernet = _fernet(keys)

    @classmethod
    def from_settings(cls, settings: Settings) -> Vault:
        """The vault of this installation; raises StartRefused, which says what to do."""
        if settings.master_keys:
            return cls(settings.master_keys)
        # Looked at before it is read: a change in between is not missed.
        watched = Watched.now(settings.instance / KEY_FILE)
        return cls(read_keys(settings), watched)

    @property
    def source(self) -> str:
        """Where its keys are from: file or environment."""
        return "file" if self._watched else "environment"

    def seal(self, kind: str, record_id: int | str, field: str, secret: Secret) -> str:
        """The secret as text that only this field of this record opens."""
        self._reload()
        plain = _binding(kind, record_id, field) + secret.reveal().encode()
        return self._fernet.encrypt(plain).decode()

    def open(self, kind: str, record_id: int | str, field: str, sealed: str) -> Secret:
        """The secret again; raises CannotOpen."""
        plain = self._decrypt(sealed)
        binding = _binding(kind, record_id, field)
        if not plain.startswith(binding):
            raise CannotOpen("A stored secret was sealed for another record.")
        return Secret(plain[len(binding) :].decode())

    def opens(self, sealed: str) -> bool:
        """Whether it was sealed with one of the keys, for whatever record."""
        try:
            self._fernet.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def reseal(self, sealed: str) -> str:
        """The same, sealed with the newest key and bound as before; raises CannotOpen."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise CannotOpen(UNOPENED) from None

    def _decrypt(self, sealed: str) -> bytes:
        fernet = self._fernet
        try:
            return fernet.decrypt(sealed.encode())
        except InvalidToken:
            self._reload()
            if self._fernet is fernet:
                raise CannotOpen(UNOPENED) from None
        return self._decrypt(sealed)

    def _reload(self) -> None:
        """Read the keys again where their file has changed.

        Those known before still open what this process has read from the database already.
        """
        with self._loading:
            watched = self._watched and Watched.now(self._watched.path)
            if watched is None or watched == self._watched:
                return
            try:
                found = keys_in(watched.path)
                keys = (*found, *(key for key in self.keys if key not in found))
                self._fernet = _fernet(keys)
            except StartRefused as error:
                log.warning("the master key cannot be read again", extra={"reason": str(error)})
                return
            self.keys, self._watched = keys, watched


def _fernet(keys: Sequence[Secret]) -> MultiFernet:
    if not keys:
        raise StartRefused("There is no master key. Run `aiconnect init`.")
    try:
        return MultiFernet([Fernet(key.reveal().encode()) for key in keys])
    except ValueError:
        raise StartRefused(
            "A master key is malformed: each is 44 characters as `aiconnect init` makes them."
        ) from None


def _binding(kind: str, record_id: int | str, field: str) -> bytes:
    return f"{kind}:{record_id}:{field}\0".encode()


def new_key() -> Secret:
    """A fresh master key."""
    return Secret(Fernet.generate_key().decode())


def fingerprint(key: Secret) -> str:
    """A name for a key that does not tell the key."""
    return hashlib.sha256(b"aiconnect master key:" + key.reveal().encode()).hexdigest()[:12]


def read_keys(settings: Settings) -> tuple[Secret, ...]:
    """The keys in the instance's key file, newest first."""
    return keys_in(settings.instance / KEY_FILE)


def keys_in(path: Path) -> tuple[Secret, ...]:
    """The keys in a key file, newest first."""
    try:
        too_open = path.stat().st_mode & 0o077
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise StartRefused(f"There is no master key at {path}. Run `aiconnect init`.") from None
    except (OSError, UnicodeError) as error:
        raise StartRefused(f"The master key cannot be read: {path}.") from error
    if too_open:
        raise StartRefused(f"Others can read the master key. Run `chmod 600 {path}`.")
    return tuple(Secret(key) for key in text.replace(",", "\n").split())


def write_keys(path: Path, keys: Sequence[Secret]) -> None:
    """Put the keys, newest first, in the place of the file: as a whole or not at all.

    It stays its owner's: a file that root has replaced would be closed to the server.
    """
    path = path.resolve()  # a link stays a link
    owner = path.stat()
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)  # left by one that was stopped
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        if os.geteuid() == 0:
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        file.write("".join(f"{key.reveal()}\n" for key in keys))
        file.flush()
        os.fsync(descriptor)
    draft.rename(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """A rename lasts once its folder is written: no value is sealed with a key that may vanish."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def plant_canary(session: Session, vault: Vault) -> None:
    """Seal a known value, by which a wrong key shows at the start; commits nothing."""
    sealed = vault.seal("setting", CANARY, "value", SONG)
    session.add(Setting(name=CANARY, value=sealed))


def check_canary(session: Session, vault: Vault) -> None:
    """Raise StartRefused unless the vault opens what this database holds."""
    row = session.get(Setting, CANARY)
    if row is None:
        raise StartRefused("The database has not been set up to its end. Run `aiconnect init`.")
    try:
        vault.open("setting", CANARY, "value", row.value)
    except CannotOpen:
        raise StartRefused(
            "The master key does not open this database. Put back the key that it was made with: "
            f"AICONNECT_MASTER_KEY, or {KEY_FILE} in the instance folder."
        ) from None
