"""Who changed what: each service that changes something records it in the same commit."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from aiconnect import clock, ids
from aiconnect.models import AuditEntry, Role


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a person on a page, the operator at the command line, or aiconnect itself."""

    name: str
    via: str = "page"
    role: Role = Role.OWNER
    person_id: int | None = None

    def may_act_for(self, person_id: int, role: Role) -> bool:
        """Whether they may change a thing of this person: it is theirs, or they stand above."""
        is_above = self.role.covers(Role.ADMIN) and self.role.covers(role)
        return self.person_id == person_id or is_above


SYSTEM = Actor("aiconnect", "system")
COMMAND_LINE = Actor("command line", "command")


def record(session: Session, actor: Actor, action: str, subject: str, **facts: str) -> None:
    """Add an entry to the running transaction; the calling service commits."""
    entry = AuditEntry(
        id=ids.uuid7(),
        at=clock.now(),
        actor=actor.name,
        via=actor.via,
        action=action,
        subject=subject,
        facts=facts,
    )
    session.add(entry)
