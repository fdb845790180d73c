"""What would change, as one reader may see it."""

from __future__ import annotations

from dataclasses import replace

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.sentences import _
from aiconnect.extensions import db
from aiconnect.services import connections
from aiconnect.services.repricing import Line, Preview


def veiled(seen: Preview) -> Preview:
    """With all of the connections that are others' alone in one line without names, at the end."""
    theirs = connections.theirs(db.session(), actor()).names
    own = [line for line in seen.lines if line.connection not in theirs]
    hidden = [line for line in seen.lines if line.connection in theirs]
    return replace(seen, lines=(*own, _together(hidden))) if hidden else seen


def _together(lines: list[Line]) -> Line:
    return Line(
        connection="",
        model=_("personal"),
        calls=sum(line.calls for line in lines),
        changed=sum(line.changed for line in lines),
        before=sum(line.before for line in lines),
        after=sum(line.after for line in lines),
    )
