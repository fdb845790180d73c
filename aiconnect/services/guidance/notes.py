"""What is shipped and what the team wrote, put together; the team's entry goes before a shipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, NotFound, Refused
from aiconnect.models import GuidanceNote
from aiconnect.services import audit
from aiconnect.services.audit import Actor
from aiconnect.services.connections import storable_id
from aiconnect.services.guidance.shipped import ROWS, SUBJECTS
from aiconnect.services.guidance.words import AREAS, KINDS, LEVELS, POLICY
from aiconnect.services.guidance.writing import check_right, one_line, pattern_of
from aiconnect.services.writing import writing

FRESH = timedelta(days=180)
MOST = 500
LONGEST = 500
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. `id` is of the team's, None for a shipped one, whose words are marked.

    `is_overridden`: the team has an entry of the same kind for the same pattern and area.
    """

    pattern: str
    name: str
    area: str
    level: str
    kind: str
    dated: datetime
    source: str
    note: str
    author: str = ""
    id: int | None = None
    is_overridden: bool = False

    @property
    def is_policy(self) -> bool:
        return self.kind == POLICY

    @property
    def is_stale(self) -> bool:
        """Older than anybody should rely on."""
        return clock.now() - self.dated > FRESH


@dataclass(frozen=True, slots=True)
class About:
    """What is known in one area of one provider or family."""

    pattern: str
    name: str
    policy: Sequence[Line]
    practice: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Area:
    """One area: what is known, and the names of those of whom nothing is."""

    code: str
    known: Sequence[About]
    unknown: Sequence[str]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a member says; `dated` is when it was true."""

    pattern: str
    area: str
    level: str
    kind: str
    dated: datetime
    source: str = ""
    note: str = ""


def areas(session: Session, *, with_team: bool) -> list[Area]:
    """Every area; the team's entries only for whoever belongs to it."""
    own = [_own(one) for one in _all(session)] if with_team else []
    taken = {_place(one) for one in own}
    lines = [*own, *_shipped(taken)]
    return [_area(code, [one for one in lines if one.area == code]) for code in AREAS]


def get(session: Session, note_id: int) -> GuidanceNote:
    """The team's entry; raises NotFound."""
    found = session.get(GuidanceNote, storable_id(note_id), populate_existing=True)
    if found is None:
        raise NotFound(N_("There is no such entry any more."))
    return found


def add(session: Session, actor: Actor, draft: Draft) -> GuidanceNote:
    """An entry of the team's, under the name of who writes it."""
    check_right(actor)
    values = _checked(draft)
    with writing(session):
        if (session.scalar(select(func.count(GuidanceNote.id))) or 0) >= MOST:
            raise Refused(N_("%(most)s entries at most."), field="pattern", most=MOST)
        made = GuidanceNote(**values, made_at=clock.now(), made_by=actor.name)
        session.add(made)
        _record(session, actor, "add", made)
    return made


def change(session: Session, actor: Actor, note_id: int, draft: Draft) -> GuidanceNote:
    """Say something else; whoever changes it is its author."""
    check_right(actor)
    values = _checked(draft)
    with writing(session):
        found = get(session, note_id)
        for name, value in values.items():
            setattr(found, name, value)
        found.made_at, found.made_by = clock.now(), actor.name
        _record(session, actor, "change", found)
    return found


def remove(session: Session, actor: Actor, note_id: int) -> GuidanceNote:
    """What is shipped holds again."""
    check_right(actor)
    with writing(session):
        found = get(session, note_id)
        session.delete(found)
        _record(session, actor, "remove", found)
    return found


def _all(session: Session) -> Sequence[GuidanceNote]:
    rows = select(GuidanceNote).order_by(GuidanceNote.dated.desc(), GuidanceNote.id.desc())
    return session.scalars(rows).all()


def _own(one: GuidanceNote) -> Line:
    return Line(
        one.pattern, _name(one.pattern), one.area, one.level, one.kind, one.dated, one.source,
        one.note, one.made_by, one.id,
    )  # fmt: skip


def _shipped(taken: set[tuple[str, str, bool]]) -> Iterator[Line]:
    for row in ROWS:
        dated = datetime.fromisoformat(row.dated).replace(tzinfo=UTC)
        line = Line(
            row.pattern, _name(row.pattern), row.area, row.level, row.kind, dated, row.source,
            row.note, is_overridden=(row.pattern, row.area, row.kind == POLICY) in taken,
        )  # fmt: skip
        yield line


def _place(line: Line) -> tuple[str, str, bool]:
    return line.pattern.lower(), line.area, line.is_policy


def _name(pattern: str) -> str:
    names = {one.pattern: one.name for one in SUBJECTS}
    return names.get(pattern.lower(), pattern)


def _area(code: str, lines: Sequence[Line]) -> Area:
    """In the order of the shipped subjects, then those that only the team names."""
    patterns = [one.pattern for one in SUBJECTS]
    others = sorted({one.pattern.lower() for one in lines} - set(patterns))
    found = [_about(pattern, lines) for pattern in (*patterns, *others)]
    known = [one for one in found if one.policy or one.practice]
    return Area(code, known, [one.name for one in found if one not in known])


def _about(pattern: str, lines: Sequence[Line]) -> About:
    here = [one for one in lines if one.pattern.lower() == pattern]
    name = here[0].name if here else _name(pattern)
    practice = [one for one in here if not one.is_policy]
    return About(pattern, name, [one for one in here if one.is_policy], practice)


def _checked(draft: Draft) -> dict[str, object]:
    codes = (("area", AREAS), ("level", LEVELS), ("kind", KINDS))
    for field, words in codes:
        if getattr(draft, field) not in words:
            raise Refused(N_("Choose one of these."), field=field)
    if not EARLIEST <= draft.dated <= clock.now() + timedelta(days=1):
        raise Refused(N_("Enter a day that has been, not before 2020."), field="dated")
    return {
        "pattern": pattern_of(draft.pattern),
        "area": draft.area,
        "level": draft.level,
        "kind": draft.kind,
        "dated": draft.dated,
        "source": one_line(draft.source, LONGEST, "source"),
        "note": one_line(draft.note, LONGEST, "note"),
    }


def _record(session: Session, actor: Actor, verb: str, note: GuidanceNote) -> None:
    facts = {"area": note.area, "level": note.level, "kind": note.kind}
    audit.record(session, actor, f"{verb}.guidance", note.pattern, **facts)
