"""Try-outs: prompts that a person tries on the page, with what came back, for that person alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from aiconnect import clock, ids
from aiconnect.calls.snapshot import Caller
from aiconnect.errors import N_, NotFound, Refused
from aiconnect.models import Person
from aiconnect.models.tryout import TryOut
from aiconnect.services import limits, maturity, recorded_calls, tagging
from aiconnect.services.audit import Actor
from aiconnect.services.recorded_calls import Seen
from aiconnect.services.writing import writing

KEPT = timedelta(hours=24)
MOST_MODELS = 4
USE = "try"
TOKEN_NAME = "try-out"  # noqa: S105 (it has none)
"""What the ledger shows where a program's access token would stand."""

FORM_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
AHEAD = timedelta(minutes=5)
MOST_KEPT = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form said. `picture` is what it was, such as `image/png, 120 kB`, "" for none.

    Parameters are None where they are left to the model.
    """

    models: tuple[str, ...]
    prompt: str
    system: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    picture: str = ""

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Asked:
        """From a row."""
        return cls(**{**kept, "models": tuple(kept["models"])})


@dataclass(frozen=True, slots=True)
class Kept:
    """A try-out in the list of its person's."""

    id: str
    asked: Asked
    made_at: datetime


def new_id() -> str:
    """A form's one-use token."""
    return ids.uuid7()


def find(session: Session, actor: Actor, form_id: str) -> TryOut | None:
    """What this form was used for already, None where it was not.

    Raises NotFound where it is another person's, Refused where it is none of ours or so old that
    what it was used for may be forgotten by now.
    """
    made = _made(form_id)
    if made is None or not -AHEAD < clock.now() - made < KEPT:
        raise Refused(N_("This form was opened more than a day ago. Send it again as it is."))
    found = session.get(TryOut, form_id)
    if found is not None and found.person_id != actor.person_id:
        raise _unknown()
    return found


def begin(session: Session, actor: Actor, form_id: str, asked: Asked) -> tuple[TryOut, bool]:
    """Use a form, once; gives the try-out and whether it was begun now.

    Raises as `find` does.
    """
    with writing(session):
        found = find(session, actor, form_id)
        if found is not None:
            return found, False
        made = _row(actor, form_id, asked)
        session.add(made)
    return made, True


def keep(session: Session, actor: Actor, asked: Asked) -> TryOut:
    """Keep a form that was not sent yet, while its writer looks for a model."""
    with writing(session):
        made = _row(actor, ids.uuid7(), asked)
        made.answers, made.ended_at = [], made.made_at
        session.add(made)
    return made


def finish(session: Session, try_out_id: str, answers: Sequence[Mapping[str, Any]]) -> None:
    """Write down what came back."""
    with writing(session):
        found = session.get(TryOut, try_out_id)
        if found is not None and found.ended_at is None:
            found.answers, found.ended_at = [dict(one) for one in answers], clock.now()


def get(session: Session, actor: Actor, try_out_id: str) -> TryOut:
    """A try-out of theirs that is kept still; raises NotFound."""
    found = session.get(TryOut, try_out_id) if FORM_ID.fullmatch(try_out_id) else None
    is_kept = found is not None and clock.now() - found.made_at < KEPT
    if found is None or not is_kept or found.person_id != actor.person_id:
        raise _unknown()
    return found


def latest(session: Session, actor: Actor) -> list[Kept]:
    """Theirs that are kept still, the newest first; forms that were never sent are none."""
    rows = select(TryOut.id, TryOut.asked, TryOut.made_at)
    rows = rows.where(TryOut.person_id == actor.person_id, TryOut.made_at > clock.now() - KEPT)
    rows = rows.where(or_(TryOut.ended_at.is_(None), TryOut.ended_at > TryOut.made_at))
    found = session.execute(rows.order_by(TryOut.made_at.desc()).limit(MOST_KEPT))
    return [Kept(one.id, Asked.read(one.asked), one.made_at) for one in found]


def check_mature(session: Session, person: Person, models: Iterable[str]) -> None:
    """Raise Refused for a model that waits for this person's mature mode, by its own name.

    Routes and collections are the team's choice; programs send what their users decide.
    """
    if maturity.is_on(session, person):
        return
    tags = tagging.Tags.of(session)
    for name in models:
        connection, slash, model_id = name.partition("/")
        home, bare = (connection, model_id) if slash else ("", name)
        if tags.tag(home, bare, None) in tagging.MATURE:
            raise Refused(
                N_(
                    "%(model)s is for mature content, which is off for you. Switch it on under "
                    "Your account, or choose another model."
                ),
                field="model",
                model=name,
            )


def caller(person: Person) -> Caller:
    """A person as the gateway counts their calls: by their own limits, under no access token."""
    return Caller(0, TOKEN_NAME, person.id, person.email, person_limit=limits.of(person))


def calls(session: Session, actor: Actor, call_ids: Iterable[str]) -> dict[str, Seen]:
    """Those of these calls that the ledger has settled."""
    found = {}
    for one in call_ids:
        try:
            found[one] = recorded_calls.get(session, actor, one)
        except NotFound:  # not in the ledger yet, or never
            continue
    return found


def let_go(session: Session) -> None:
    """Give the connection to the database back, while a provider is waited for."""
    session.commit()


def is_past() -> ColumnElement[bool]:
    """Which rows may go, for the job that removes them."""
    return TryOut.made_at < clock.now() - KEPT


def _row(actor: Actor, try_out_id: str, asked: Asked) -> TryOut:
    if actor.person_id is None:
        raise Refused(N_("Only somebody who is signed in can try a prompt."))
    values = {**asdict(asked), "models": list(asked.models)}
    return TryOut(
        id=try_out_id, person_id=actor.person_id, asked=values, answers=None, made_at=clock.now()
    )


def _made(form_id: str) -> datetime | None:
    """When an id was made: its first 48 bits count milliseconds."""
    if not FORM_ID.fullmatch(form_id):
        return None
    ms = int(form_id[:8] + form_id[9:13], 16)
    try:
        return datetime.fromtimestamp(ms / 1000, UTC)
    except (OverflowError, ValueError):
        return None


def _unknown() -> NotFound:
    return NotFound(N_("There is no such try-out. They are kept for 24 hours."), field="try_out")
