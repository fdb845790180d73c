"""What holds of everything that members write about models: who may, how long, which patterns."""

from __future__ import annotations

from aiconnect.errors import N_, Refused
from aiconnect.models import Role
from aiconnect.models.base import storable
from aiconnect.services.audit import Actor

LONGEST = 360
MOST_STARS = 4  # each more makes a name that nearly fits slower to tell


def check_right(actor: Actor) -> None:
    """Raise Refused for whoever may only look."""
    if not actor.role.covers(Role.MEMBER):
        raise Refused(N_("Only a member of the team may write here."))


def one_line(typed: str, longest: int, field: str) -> str:
    """A text on one line, without what no database takes; raises Refused where it is too long."""
    text = " ".join(storable(typed).split())
    if len(text) > longest:
        raise Refused(N_("%(most)s characters at most."), field=field, most=longest)
    return text


def pattern_of(typed: str) -> str:
    """A model's name with `*` for anything; raises Refused."""
    pattern = typed.strip()
    is_text = pattern.isprintable() and pattern == storable(pattern)
    if not is_text or not 1 <= len(pattern) <= LONGEST:
        sentence = N_("Write a model's name, with * for anything, as in gpt-5*.")
        raise Refused(sentence, field="pattern")
    if pattern.count("*") > MOST_STARS:
        raise Refused(N_("%(most)s * at most."), field="pattern", most=MOST_STARS)
    if not pattern.strip("*/"):
        raise Refused(N_("That would be every model."), field="pattern")
    return pattern
