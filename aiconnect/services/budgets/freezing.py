"""The freeze: calls that cost money are stopped, all of them, until somebody lifts it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import Role, Setting
from aiconnect.services import audit, installation
from aiconnect.services.audit import Actor
from aiconnect.services.writing import writing

NAME = "frozen"


@dataclass(frozen=True, slots=True)
class Freeze:
    """Since when spending is frozen, and by whom."""

    at: datetime
    by: str


def freeze(session: Session, actor: Actor) -> Freeze:
    """Stop every call that costs money; freezing twice changes nothing. Raises Refused."""
    with writing(session):
        _check_right(actor)
        found = is_frozen(session)
        if found is not None:
            return found
        made = Freeze(clock.now(), actor.name)
        session.merge(
            Setting(name=NAME, value=json.dumps({"at": made.at.isoformat(), "by": made.by}))
        )
        audit.record(session, actor, "freeze.spending", "all")
        installation.bump_revision(session)
    return made


def unfreeze(session: Session, actor: Actor) -> Freeze | None:
    """Let calls cost money again; gives what was lifted, None where nothing was frozen."""
    with writing(session):
        _check_right(actor)
        found = is_frozen(session)
        if found is not None:
            session.execute(delete(Setting).where(Setting.name == NAME))
            audit.record(session, actor, "unfreeze.spending", "all", since=clock.iso(found.at))
            installation.bump_revision(session)
    return found


def is_frozen(session: Session) -> Freeze | None:
    """The freeze that holds now, or None."""
    row = session.get(Setting, NAME, populate_existing=True)
    if row is None:
        return None
    try:
        kept = json.loads(row.value)
        return Freeze(datetime.fromisoformat(kept["at"]), str(kept["by"]))
    except (ValueError, TypeError, KeyError):  # what another version wrote is a freeze all the same
        return Freeze(clock.from_ms(0), "?")


def _check_right(actor: Actor) -> None:
    if not actor.role.covers(Role.ADMIN):
        raise Refused(N_("Only an admin may freeze spending. Ask one of them."))
