"""Seals secrets at rest, each bound to the record that it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
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


class CannotOpen(AiconnectError):
    """A sealed value does not open: another master key, or it was sealed for another record."""


class Vault:
    """Seals with the newest master key, opens with any of them."""

    def __init__(self, keys: Sequence[Secret]) -> None:
        if not keys:
            raise StartRefused("There is no master key. Run `aiconnect init`.")
        try:
            self._fernet = MultiFernet([Fernet(key.reveal().encode()) for key in keys])
        except ValueError:
            raise StartRefused(
                "A master key is malformed: each is 44 characters as `aiconnect init` makes them."
            ) from None

    @classmethod
    def from_settings(cls, settings: Settings) -> Vault:
        """The vault of this installation; raises StartRefused, which says what to do."""
        return cls(settings.master_keys or read_keys(settings))

    def seal(self, kind: str, record_id: int | str, field: str, secret: Secret) -> str:
        """The secret as text that only this field of this record opens."""
        plain = _binding(kind, record_id, field) + secret.reveal().encode()
        return self._fernet.encrypt(plain).decode()

    def open(self, kind: str, record_id: int | str, field: str, sealed: str) -> Secret:
        """The secret again; raises CannotOpen."""
        try:
            plain = self._fernet.decrypt(sealed.encode())
        except InvalidToken:
            raise CannotOpen("A stored secret does not open with this master key.") from None
        binding = _binding(kind, record_id, field)
        if not plain.startswith(binding):
            raise CannotOpen("A stored secret was sealed for another record.")
        return Secret(plain[len(binding) :].decode())


def _binding(kind: str, record_id: int | str, field: str) -> bytes:
    return f"{kind}:{record_id}:{field}\0".encode()


def new_key() -> Secret:
    """A fresh master key."""
    return Secret(Fernet.generate_key().decode())


def read_keys(settings: Settings) -> tuple[Secret, ...]:
    """The keys in the instance's key file, newest first."""
    path = settings.instance / KEY_FILE
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
