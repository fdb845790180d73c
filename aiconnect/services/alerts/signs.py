"""What a look at the world finds, before it is told to anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from aiconnect.settings import Settings

Facts = Mapping[str, str]
Thresholds = Mapping[str, int]

NEWS_AGE = timedelta(days=7)
"""So long what has happened once, and has no end, stays among what is open."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What conditions look at: the database, the time, what is wrong with this process.

    `after` and `upto` are the ids of the changes of models that were not looked at yet.
    """

    session: Session
    settings: Settings
    now: datetime
    faults: tuple[str, ...] = ()
    after: int = 0
    upto: int = 0

    @property
    def zone(self) -> ZoneInfo:
        return self.settings.timezone


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that is so, or (`lasts` False) has happened; `subject` tells it from others."""

    subject: str
    facts: Facts
    lasts: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """What one condition found.

    `held` are subjects that stay open where they are, as they are not well enough yet;
    `superseded` those that end without a word, as something graver is told.
    """

    signs: tuple[Sign, ...] = ()
    held: frozenset[str] = field(default=frozenset())
    superseded: frozenset[str] = field(default=frozenset())
