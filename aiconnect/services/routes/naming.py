"""Names of routes: what programs ask for, so more is allowed than in a name of ours."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.errors import N_, Conflict, Refused
from aiconnect.models import Route
from aiconnect.services import named

SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}")
COLLECTION = "collection/"


def check(session: Session, typed: str) -> str:
    """The name in its form; raises Refused or Conflict."""
    name = typed.strip()
    if not SHAPE.fullmatch(name):
        sentence = N_(
            "The name of a route is made of letters, digits and . _ - / : (200 at most) and begins "
            "with a letter or a digit."
        )
        raise Refused(sentence, field="name")
    if name.startswith(COLLECTION):
        sentence = N_("Names that begin with collection/ call collections. Choose another.")
        raise Refused(sentence, field="name")
    if session.scalar(select(Route.id).where(Route.name == name)) is not None:
        sentence = N_("There is a route named %(name)s already. Choose another name.")
        raise Conflict(sentence, field="name", name=name)
    return name


def remark(session: Session, name: str, *, translate: Callable[[str], str] = str) -> str | None:
    """A sentence where programs that asked for this name got a model of that name so far."""
    try:
        hidden = named.find(session, name)
    except Refused:
        return None
    sentence = N_(
        "Programs that ask for %(name)s get this route from now on, and no longer %(model)s itself."
    )
    return translate(sentence) % {"name": name, "model": hidden.name}
