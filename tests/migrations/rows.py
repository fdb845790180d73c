"""One row of every table, children of each other: what a migration must not lose."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import (
    AccessToken,
    AuditEntry,
    Check,
    Connection,
    Credential,
    OneTimeLink,
    Person,
    ServedModel,
    Setting,
    SignIn,
    SignInAttempt,
)
from tests.ledger import record


def load(engine: Engine) -> None:
    """Rows for the first schema. A later one that adds columns without defaults adds them here."""
    now = clock.now()
    with Session(engine) as session:
        person = Person(email="a@example.org", role="owner", made_at=now)
        connection = Connection(
            name="c", provider="openai", base_url="https://x.example", state_since=now, made_at=now
        )
        session.add_all([person, connection])
        session.flush()
        session.add_all(
            [
                SignIn(person=person, sha256="s", made_at=now, seen_at=now, ends_at=now),
                OneTimeLink(sha256="l", purpose="sign_in", person_id=person.id, ends_at=now),
                AccessToken(name="t", person=person, sha256="t", last4="abcd", made_at=now),
                Credential(connection=connection, field="api_key", sealed="x", made_at=now),
                ServedModel(
                    connection_id=connection.id, model_id="m", first_seen=now, last_seen=now
                ),
                Check(id="1", connection_id=connection.id, base_url="x", started_at=now),
                SignInAttempt(subject="a", at=now),
                AuditEntry(id="1", at=now, actor="a", via="page", action="x", subject="s"),
                Setting(name="n", value="v"),
                record(),
            ]
        )
        session.commit()
