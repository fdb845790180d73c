"""How pages look and read for one person: language, colours, time zone."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from sqlalchemy import update
from sqlalchemy.orm import Session

from aiconnect.errors import N_, Refused
from aiconnect.models import Person
from aiconnect.services.writing import writing

LANGUAGES = ("", "en", "id")
"""What a person may choose; "" follows their browser."""

THEMES = ("system", "light", "dark")
NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})
"""Names in the database of zones that are no zones one lives in."""

NAMED = 5
"""Zones that a refusal proposes at most."""


def prefer(
    session: Session, person: Person, *, language: str, theme: str, time_zone: str = ""
) -> None:
    """Keep what this person chose. Without a time zone theirs is the team's. Raises Refused."""
    if language not in LANGUAGES:
        raise Refused(N_("Choose one of these languages."), field="language")
    if theme not in THEMES:
        raise Refused(N_("Choose one of these colours."), field="theme")
    zone = zone_named(time_zone) if time_zone.strip() else None
    chosen = {"language": language, "theme": theme, "time_zone": zone}
    with writing(session):
        session.execute(update(Person).where(Person.id == person.id).values(**chosen))


def zone_named(text: str) -> str:
    """The time zone that somebody means: its name in any case, or a city that is the only one.

    Raises Refused, and names those that may be meant.
    """
    wanted = "_".join(text.split()).casefold()
    if wanted in zones():
        return zones()[wanted]
    found = sorted(name for key, name in zones().items() if key.endswith(f"/{wanted}"))
    if len(found) == 1:
        return found[0]
    close = found or sorted(name for key, name in zones().items() if wanted in key)
    if not close:
        sentence = N_("There is no such time zone. Write one like Asia/Jakarta.")
        raise Refused(sentence, field="time_zone")
    sentence = N_("There are several time zones like this. Write one of them whole: %(zones)s.")
    raise Refused(sentence, field="time_zone", zones=", ".join(close[:NAMED]))


@cache
def zones() -> dict[str, str]:
    """Every time zone by its name in small letters."""
    return {name.casefold(): name for name in sorted(available_timezones() - NO_PLACE)}
