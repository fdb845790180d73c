"""A connection that the gateway leaves alone: tried now; and what its provider still allows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import flash
from werkzeug.wrappers import Response

from aiconnect import clock
from aiconnect.blueprints import beside, pauses
from aiconnect.blueprints.access import actor
from aiconnect.blueprints.connections.views import back, bp
from aiconnect.blueprints.sentences import _
from aiconnect.calls.faults import FAULTS, UNREACHED
from aiconnect.calls.waiting import Noted
from aiconnect.extensions import db
from aiconnect.models.connection import Check, Connection, State
from aiconnect.services.connections import retrying

bp.add_app_template_global(pauses.of, "pauses_of")

MOST_ALLOWED = 5
TROUBLE = {*FAULTS, *UNREACHED}


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a provider's latest answer for a model leaves until `resets_at`; None: not said."""

    model: str
    requests: int | None
    tokens: int | None
    resets_at: datetime | None
    said_at: datetime


@bp.post("/connections/<int:connection_id>/retry")
def retry(connection_id: int) -> Response:
    """Forget its failures: the next call goes out, whatever the pause."""
    connection = retrying.retry(db.session(), actor(), connection_id)
    forget(connection_id)
    flash(_("The next call to %(name)s goes out.", name=connection.name))
    return back(connection_id)


def forget(connection_id: int) -> None:
    """Let the gateway of this process start anew with a connection."""
    counting = beside.counting()
    if counting is not None:
        counting.reset(connection_id)


def learn(check: Check) -> None:
    """A person's test that works ends the pause; one that finds a limit or no credit does not."""
    works = check.state in {State.CONNECTED, State.WARNING} and check.finding not in TROUBLE
    if check.finished_at is None or not works:
        return
    forget(check.connection_id)
    if check.connection_id in pauses.every():  # another process leaves it alone
        retrying.forgive(db.session(), check.connection_id)


@bp.app_template_global("allowed_of")
def allowed_of(connection: Connection) -> list[Allowed]:
    """What its provider still allows, the latest word first; nothing whose time is over."""
    counting = beside.counting()
    if counting is None:
        return []
    found = _allowed(counting.allowances.look(connection.id))
    return [one for one, _number in zip(found, range(MOST_ALLOWED), strict=False)]


def _allowed(noted: list[Noted]) -> Iterator[Allowed]:
    now, at = clock.now(), time.monotonic()
    for one in noted:
        left, resets_in = one.allowance, one.resets_in(at)
        is_said = left.requests_left is not None or left.tokens_left is not None
        if not is_said or resets_in == 0:
            continue
        yield Allowed(
            one.model_id,
            left.requests_left,
            left.tokens_left,
            None if resets_in is None else now + timedelta(seconds=resets_in),
            now - timedelta(seconds=at - one.at),
        )
