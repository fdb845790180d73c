"""The installation as a whole: its folder, keys and database, and what counts its changes."""

from __future__ import annotations

import secrets
from contextlib import suppress

from sqlalchemy import Integer, String, cast, select, update
from sqlalchemy.orm import Session

from aiconnect.models import Setting
from aiconnect.models.base import sessions
from aiconnect.models.installation import CANARY, COOKIE_KEY, REVISION
from aiconnect.secret import Secret
from aiconnect.services import database, first_steps, schema
from aiconnect.services import vault as vaults
from aiconnect.services.vault import CannotOpen, Vault
from aiconnect.services.writing import writing
from aiconnect.settings import Settings

open_database = database.open_database
database_file = database.database_file
server_name = database.server_name
upgrade = schema.upgrade
downgrade = schema.downgrade


def initialise(settings: Settings) -> list[str]:
    """Make what is missing, bring the schema up to date; a sentence for each thing done."""
    said = first_steps.make_folder(settings.instance)
    with first_steps.alone(settings):
        said += first_steps.make_key(settings)
        vault = Vault.from_settings(settings)
        said += first_steps.make_database(settings, vault)
        _plant(settings, vault)
    return said


def check_start(settings: Settings) -> Vault:
    """The vault, once master key and schema are known to fit; raises StartRefused."""
    vault = Vault.from_settings(settings)
    engine = open_database(settings)
    try:
        schema.check(engine)
        with sessions(engine)() as session:
            vaults.check_canary(session, vault)
    finally:
        engine.dispose()
    return vault


def revision(session: Session) -> int:
    """How often something that the gateway reads has changed."""
    value = session.scalar(select(Setting.value).where(Setting.name == REVISION))
    return int(value or 0)


def bump_revision(session: Session) -> None:
    """Count a change that the gateway must learn of, within the running unit of work."""
    counted = session.scalar(
        update(Setting)
        .where(Setting.name == REVISION)
        .values(value=cast(cast(Setting.value, Integer) + 1, String))
        .returning(Setting.value),
        execution_options={"synchronize_session": False},
    )
    if counted is None:
        session.add(Setting(name=REVISION, value="1"))
        session.flush()


def cookie_key(session: Session, vault: Vault, settings: Settings) -> Secret:
    """The key that signs cookies: from the environment, or made once and kept sealed.

    One that does not open any more is made anew: all that costs is signing in again.
    """
    if settings.secret_key is not None:
        return settings.secret_key
    row = session.get(Setting, COOKIE_KEY)
    with suppress(CannotOpen):
        if row is not None:
            return vault.open("setting", COOKIE_KEY, "value", row.value)
    key = Secret(secrets.token_urlsafe(32))
    with writing(session):
        sealed = vault.seal("setting", COOKIE_KEY, "value", key)
        session.merge(Setting(name=COOKIE_KEY, value=sealed))
    return key


def _plant(settings: Settings, vault: Vault) -> None:
    """The canary and the cookie key, where they are not there yet."""
    engine = open_database(settings)
    try:
        with sessions(engine)() as session:
            with writing(session):
                if session.get(Setting, CANARY) is None:
                    vaults.plant_canary(session, vault)
            vaults.check_canary(session, vault)
            cookie_key(session, vault, settings)
    finally:
        engine.dispose()
