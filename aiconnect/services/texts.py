"""What calls asked and were answered: kept for a week where the owner has switched that on.

Both are sealed, each bound to its call. Admins read them, and everybody those of their own calls;
each reading is written down. Calls through what is somebody else's own are not for admins either.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, true
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.calls.texts import Kept, Text
from aiconnect.errors import N_, NotFound, Refused
from aiconnect.models import CallText, Connection, Role, Setting
from aiconnect.secret import Secret
from aiconnect.services import audit, installation, recorded_calls
from aiconnect.services.audit import Actor
from aiconnect.services.recorded_calls import Seen
from aiconnect.services.vault import CannotOpen, Vault
from aiconnect.services.writing import writing

SETTING = "texts"
"""The name of its setting, and of its row."""
OFF, ON = "off", "on"
DAYS = 7
AT_ONCE = 500
KIND = "call_text"


@dataclass(frozen=True, slots=True)
class Read:
    """The text of a call as somebody reads it; None: there was none, or it does not open."""

    seen: Seen
    asked: Text | None
    answered: Text | None


def is_on(session: Session) -> bool:
    """Whether what calls ask and are answered is kept."""
    return session.scalar(select(Setting.value).where(Setting.name == SETTING)) == ON


def put(session: Session, actor: Actor, text: str, *, is_told: bool = True) -> str:
    """Switch it on or off; gives which. Off, what is kept goes at once.

    `is_told`: whoever asks says that everybody knows. Raises Refused.
    """
    wanted = text.strip().lower()
    if not actor.role.covers(Role.OWNER):
        raise Refused(N_("Only the owner may decide whether texts are kept."))
    if wanted not in {OFF, ON}:
        raise Refused(N_("%(name)s is on or off."), field="value", name=SETTING)
    if wanted == ON and not is_told:
        raise Refused(N_("Say that everybody who uses this server knows"), field="told")
    with writing(session):
        was = ON if is_on(session) else OFF
        session.merge(Setting(name=SETTING, value=wanted))
        audit.record(session, actor, "set.setting", SETTING, value=wanted, was=was)
        installation.bump_revision(session)
    while wanted == OFF and forget(session):
        pass
    return wanted


def store(session: Session, vault: Vault, texts: Sequence[Kept]) -> None:
    """Seal these and keep them, if that is still wanted."""
    rows = [_row(vault, one) for one in texts]
    with writing(session):
        if is_on(session):
            session.add_all(rows)


def forget(session: Session, most: int = AT_ONCE) -> int:
    """Remove some that are past their days, or that nobody wants kept any more; gives how many."""
    is_past = CallText.at < _kept_since() if is_on(session) else true()
    past = select(CallText.id).where(is_past).limit(most)
    if session.execute(past.limit(1)).first() is None:
        session.rollback()
        return 0
    with writing(session):
        gone: Any = session.execute(
            delete(CallText).where(CallText.id.in_(past)),
            execution_options={"synchronize_session": False},
        )
    return int(gone.rowcount)


def is_kept(session: Session, actor: Actor, seen: Seen) -> bool:
    """Whether there is text of this call that they may read."""
    if not _may_read(session, actor, seen):
        return False
    kept = select(CallText.id).where(CallText.id == seen.record.id, CallText.at >= _kept_since())
    return session.execute(kept).first() is not None


def read(session: Session, actor: Actor, call_id: str, *, vault: Vault) -> Read:
    """The text of a call, and an entry that they have read it. Raises NotFound."""
    seen = recorded_calls.get(session, actor, call_id)
    if not is_kept(session, actor, seen):
        raise NotFound(N_("Nothing is kept of what this call asked and was answered."))
    with writing(session):
        row = session.get(CallText, call_id, populate_existing=True)
        if row is None:
            raise NotFound(N_("Nothing is kept of what this call asked and was answered."))
        found = Read(
            seen,
            _opened(vault, call_id, "asked", row.asked),
            _opened(vault, call_id, "answered", row.answered),
        )
        audit.record(session, actor, "read.texts", call_id, of=seen.record.person)
    return found


def _may_read(session: Session, actor: Actor, seen: Seen) -> bool:
    """Their own; admins also others', unless something personal was, or may have been, part of it.

    What was somebody's own and is gone by now has left no row that says so.
    """
    record = seen.record
    if record.person_id == actor.person_id:
        return True
    if not actor.role.covers(Role.ADMIN) or not seen.whole or seen.asked != (record.asked or ""):
        return False
    there = {row.id: row.name for row in session.execute(select(Connection.id, Connection.name))}
    named = {str(one[0]) for one in record.tries or ()}
    return record.connection_id in {None, *there} and named <= {*there.values()}


def _kept_since() -> datetime:
    return clock.now() - timedelta(days=DAYS)


def _row(vault: Vault, kept: Kept) -> CallText:
    at = datetime.fromtimestamp(kept.at / 1000, UTC)
    return CallText(
        id=kept.id,
        at=at,
        asked=_sealed(vault, kept.id, "asked", kept.asked),
        answered=_sealed(vault, kept.id, "answered", kept.answered),
    )


def _sealed(vault: Vault, call_id: str, field: str, text: Text | None) -> str | None:
    if text is None:
        return None
    plain = json.dumps(asdict(text), ensure_ascii=False)
    return vault.seal(KIND, call_id, field, Secret(plain))


def _opened(vault: Vault, call_id: str, field: str, sealed: str | None) -> Text | None:
    if sealed is None:
        return None
    try:
        return Text(**json.loads(vault.open(KIND, call_id, field, sealed).reveal()))
    except CannotOpen:
        return None
