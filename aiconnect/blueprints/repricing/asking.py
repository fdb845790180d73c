"""Which calls somebody wants priced anew, as the address or a form says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from aiconnect import clock
from aiconnect.blueprints.access import actor
from aiconnect.blueprints.sentences import told
from aiconnect.errors import N_, NotFound, Refused
from aiconnect.extensions import db, parts
from aiconnect.services import connections, reports, repricing
from aiconnect.services.repricing import Preview, Selection

MOST = 100_000
"""Calls that a page looks through: a few seconds. The command has no such limit."""
LONGEST_TIME, LONGEST_NAME, LONGEST_NUMBER = 40, 300, 18


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed. Times are as typed; `mistakes` are (id of a field, sentence)."""

    since: str = ""
    until: str = ""
    model: str = ""
    connection: str = ""
    unknown: bool = False
    last: str = ""
    mistakes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, typed: Mapping[str, str]) -> Asked:
        """From an address or a form; anything in it may be anything."""
        return cls(
            _typed(typed, "since", LONGEST_TIME),
            _typed(typed, "until", LONGEST_TIME),
            _typed(typed, "model", LONGEST_NAME),
            _typed(typed, "connection", LONGEST_NAME),
            "unknown" in typed,
            _typed(typed, "last", LONGEST_NUMBER),
        )

    @classmethod
    def back(cls, chosen: Selection) -> Asked:
        """What a form has to say to mean just these calls."""
        return cls(
            clock.iso(chosen.since),
            clock.iso(chosen.until),
            chosen.model,
            chosen.connection,
            chosen.only_unknown,
            str(chosen.last),
        )

    def selection(self) -> Selection:
        """Raises Refused for what is no time, no period, or a connection that is others' alone."""
        if self.connection in connections.theirs(db.session(), actor()).names:
            raise NotFound(N_("There is no connection named %(name)s."), name=self.connection)
        zone = parts().settings.timezone
        since, until = reports.moment(self.since, zone), self._until()
        return repricing.entered(
            db.session(),
            since,
            until,
            model=self.model,
            connection=self.connection,
            only_unknown=self.unknown,
            last=self._last(),
        )

    def preview(self) -> Preview:
        """What would change. Raises Refused as `selection` does, and for too many calls."""
        return repricing.preview(db.session(), self.selection(), most=MOST)

    def with_mistake(self, error: Refused) -> Asked:
        """The same with what was refused."""
        field = "until" if error.field == "until" else "since"
        found = ((field, told(error)),)
        return replace(self, mistakes=found)

    def _until(self) -> datetime | None:
        zone = parts().settings.timezone
        if not self.until:
            return None
        return reports.moment(self.until, zone, is_until=True, field="until")

    def _last(self) -> int | None:
        if not self.last:
            return None
        if not (self.last.isascii() and self.last.isdigit()):
            raise Refused(N_("Prices or calls have changed meanwhile. Look at what changes again."))
        return int(self.last)


def nothing_typed(typed: Mapping[str, str]) -> bool:
    """Whether somebody comes to the page for the first time."""
    return not typed.get("since", "").strip()


def _typed(typed: Mapping[str, str], name: str, longest: int) -> str:
    return typed.get(name, "").strip()[:longest]
