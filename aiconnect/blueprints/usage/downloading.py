"""The ledger as a file: read while it is sent, a few at a time, without what is others' alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any

from flask import Response, current_app
from flask.blueprints import BlueprintSetupState

from aiconnect.blueprints.errors import Told, Words
from aiconnect.blueprints.usage.asking import Asked
from aiconnect.blueprints.usage.choices import Choices
from aiconnect.errors import N_
from aiconnect.extensions import db
from aiconnect.models.base import sessions
from aiconnect.services import reports
from aiconnect.services.reports import COLUMNS, Form
from aiconnect.services.rollups import Wanted

AT_ONCE = 2
"""Downloads of one process: each holds a thread and reads much."""
SLOTS = "aiconnect_exports"
TYPES: Mapping[Form, str] = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
PLACES = {name: COLUMNS.index(name) for name in ("user", "connection", "model", "asked", "tries")}
NAMING = ("connection", "model", "asked", "tries")
BUSY = Words(
    N_("Other exports are under way"),
    N_("%(count)s at a time are read from the ledger. Nothing is wrong with yours."),
    (N_("Try again when one has ended."),),
)


def mount(state: BlueprintSetupState) -> None:
    """Each server has its own few slots."""
    state.app.extensions[SLOTS] = BoundedSemaphore(AT_ONCE)


def wanted(asked: Asked, own_id: int) -> Wanted:
    """What is in the file: for admins all that was asked for, for others their own calls."""
    choices = asked.choices
    found = asked.wanted if choices.sees_all else replace(asked.wanted, person_id=own_id)
    is_own = found.person_id == own_id
    return found if is_own else replace(found, without=tuple(choices.theirs.ids))


def answer(asked: Asked, form: Form, calls: Wanted, own: str) -> Response:
    """The download; 429 where others are under way."""
    slots: BoundedSemaphore = current_app.extensions[SLOTS]
    span, veil = asked.span, Veil(asked.choices, own)
    lines = _lines(db.engine, form, calls, (span.since, span.until), veil)
    if not slots.acquire(blocking=False):
        raise Told(429, BUSY.title, BUSY.lede, BUSY.steps, count=AT_ONCE)
    made = Response(lines, content_type=TYPES[form])
    made.call_on_close(slots.release)
    name = f"usage-{span.first.isoformat()}-{span.last.isoformat()}.{form}"
    made.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return made


def _lines(
    engine: Any, form: Form, calls: Wanted, span: tuple[datetime, datetime], veil: Veil
) -> Iterator[bytes]:
    """The view's own session has ended by now; this one lasts as long as the file."""
    with sessions(engine)() as session:
        yield from reports.export_lines(session, form, calls, *span, mark=True, veil=veil)


@dataclass(frozen=True, slots=True)
class Veil:
    """Takes out of a row what names a connection or a collection of somebody else's alone."""

    choices: Choices
    own: str

    def __call__(self, line: Sequence[Any]) -> Sequence[Any]:
        if line[PLACES["user"]] == self.own:
            return line
        if not self._is_whole(line):
            return self._without(line, NAMING)
        asked = line[PLACES["asked"]] or ""
        return line if self.choices.shows_model(asked) else self._without(line, ("asked",))

    def _is_whole(self, line: Sequence[Any]) -> bool:
        if line[PLACES["connection"]] in self.choices.theirs.names:
            return False
        if not self.choices.shows_model(line[PLACES["model"]] or ""):
            return False
        asked = line[PLACES["asked"]] or ""
        if asked.partition("/")[0] in self.choices.theirs.names:
            return False
        return not self._tried(line[PLACES["tries"]]) & self.choices.theirs.names

    def _tried(self, tries: str | None) -> set[str]:
        if not tries or not self.choices.theirs.names:
            return set()
        return {str(one[0]) for one in json.loads(tries) if one}

    def _without(self, line: Sequence[Any], names: Sequence[str]) -> Sequence[Any]:
        out = {PLACES[name] for name in names}
        return [None if place in out else cell for place, cell in enumerate(line)]
