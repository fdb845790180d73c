"""The team's own rules of tags: they go before those that are shipped."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Conflict, NotFound, Refused
from aiconnect.models import ModelTag
from aiconnect.services import audit
from aiconnect.services.audit import Actor
from aiconnect.services.connections import storable_id
from aiconnect.services.guidance.writing import check_right, one_line, pattern_of
from aiconnect.services.tagging import CHOICES
from aiconnect.services.writing import writing

MOST = 200
LONGEST_NOTE = 300


def rules(session: Session) -> list[ModelTag]:
    """The team's own rules, by their patterns."""
    return list(session.scalars(select(ModelTag).order_by(ModelTag.pattern, ModelTag.id)))


def get(session: Session, rule_id: int) -> ModelTag:
    """One of them; raises NotFound."""
    found = session.get(ModelTag, storable_id(rule_id), populate_existing=True)
    if found is None:
        raise NotFound(N_("There is no such rule any more."))
    return found


def add(session: Session, actor: Actor, pattern: str, tag: str, note: str = "") -> ModelTag:
    """A rule of the team's; raises Conflict where there is one for this pattern."""
    check_right(actor)
    typed, said = pattern_of(pattern), one_line(note, LONGEST_NOTE, "note")
    _check_tag(tag)
    with writing(session):
        if (session.scalar(select(func.count(ModelTag.id))) or 0) >= MOST:
            raise Refused(N_("%(most)s rules at most."), field="pattern", most=MOST)
        _check_new(session, typed)
        made = ModelTag(pattern=typed, tag=tag, note=said, made_at=clock.now(), made_by=actor.name)
        session.add(made)
        _record(session, actor, "add", made)
    return made


def change(
    session: Session, actor: Actor, rule_id: int, pattern: str, tag: str, note: str = ""
) -> ModelTag:
    """Say something else of them."""
    check_right(actor)
    typed, said = pattern_of(pattern), one_line(note, LONGEST_NOTE, "note")
    _check_tag(tag)
    with writing(session):
        found = get(session, rule_id)
        if typed != found.pattern:
            _check_new(session, typed)
        found.pattern, found.tag, found.note = typed, tag, said
        found.made_at, found.made_by = clock.now(), actor.name
        _record(session, actor, "change", found)
    return found


def remove(session: Session, actor: Actor, rule_id: int) -> ModelTag:
    """The shipped rules hold again."""
    check_right(actor)
    with writing(session):
        found = get(session, rule_id)
        session.delete(found)
        _record(session, actor, "remove", found)
    return found


def _check_tag(tag: str) -> None:
    if tag not in CHOICES:
        raise Refused(N_("Choose one of the tags."), field="tag")


def _check_new(session: Session, pattern: str) -> None:
    with session.no_autoflush:
        taken = session.scalar(select(ModelTag.id).where(ModelTag.pattern == pattern))
    if taken is not None:
        raise Conflict(N_("There is a rule for %(name)s already."), field="pattern", name=pattern)


def _record(session: Session, actor: Actor, verb: str, rule: ModelTag) -> None:
    audit.record(session, actor, f"{verb}.tag", rule.pattern, tag=rule.tag)
