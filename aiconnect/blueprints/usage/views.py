"""What was used: sums of a span by what one likes, single calls, statements, downloads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, render_template, request

from aiconnect.blueprints.access import actor, person
from aiconnect.blueprints.usage import downloading, gathering, reading, stating, wording
from aiconnect.blueprints.usage.asking import BYS, Asked
from aiconnect.extensions import db, parts
from aiconnect.services import call_pages, dashboards, recorded_calls, reports, texts
from aiconnect.services.call_pages import Page
from aiconnect.services.rollups import Wanted

bp = Blueprint("usage", __name__)
bp.record(downloading.mount)

LATEST = 10
"""Single calls below the sums; a link leads to the others."""


@bp.get("/usage")
def show() -> str:
    """The sums of a span: which, and of what, the address says."""
    asked = Asked.of_request()
    return render_template(
        "usage/show.html",
        asked=asked,
        board=gathering.board(asked),
        bys=BYS,
        scope=wording.scope(asked),
        calls=_page(asked, most=LATEST).calls,
        outcome_of=wording.outcome_of,
        team_zone=parts().settings.timezone.key,
    )


@bp.get("/usage/calls")
def calls() -> str:
    """Single calls, the latest first, a page at a time."""
    asked = Asked.of_request()
    page = _page(asked, before=request.args.get("before", ""), after=request.args.get("after", ""))
    return render_template(
        "usage/calls.html",
        asked=asked,
        page=page,
        newer=asked.url(".calls", after=page.newer) if page.newer else "",
        older=asked.url(".calls", before=page.older) if page.older else "",
        scope=wording.scope(asked, is_single=True),
        outcome_of=wording.outcome_of,
    )


@bp.get("/usage/calls/<call_id>")
def call(call_id: str) -> str:
    """One call: what was asked, what was tried, what came of it, what it cost."""
    seen = recorded_calls.get(db.session(), actor(), call_id)
    is_kept = texts.is_kept(db.session(), actor(), seen)
    return render_template("usage/call.html", seen=seen, words=wording, is_kept=is_kept)


@bp.get("/usage/calls/<call_id>/texts", endpoint="texts")
def call_texts(call_id: str) -> str:
    """What it asked and was answered, where that is kept; that it was read is written down."""
    found = texts.read(db.session(), actor(), call_id, vault=parts().vault)
    return render_template("usage/texts.html", read=found, laid_out=reading.laid_out)


@bp.get("/usage/export")
def export() -> str:
    """What to download, and what its columns are."""
    asked = Asked.of_request()
    return render_template(
        "usage/export.html",
        asked=asked,
        scope=wording.scope(asked, is_single=True),
        columns=wording.COLUMNS,
        forms=reports.FORMS,
    )


@bp.get("/usage/export/<form>")
def download(form: str) -> Response:
    """Every call that fits, as a file."""
    kind = next((one for one in reports.FORMS if one == form), None)
    if kind is None:
        abort(404)
    asked, reader = Asked.of_request(), person()
    return downloading.answer(asked, kind, downloading.wanted(asked, reader.id), reader.email)


@bp.get("/usage/statement")
def statement() -> str:
    """What one person used in a month: one's own, for admins anyone's."""
    asked = Asked.of_request()
    of = _of_whom(asked.choices.people)
    span = stating.month_of(request.args.get("month", ""), asked.span)
    theirs = asked.choices.theirs.ids
    ledger = dashboards.Ledger(
        db.session(), span.zone, Wanted(person_id=asked.choices.people[of]), theirs
    )
    return render_template(
        "usage/statement.html",
        of=of,
        people=list(asked.choices.people),
        month=span.first.strftime("%Y-%m"),
        month_words=stating.words(span.first),
        board=stating.statement(ledger, span, asked.choices),
        team_zone=parts().settings.timezone.key,
    )


def _of_whom(people: Mapping[str, int]) -> str:
    """The person that was asked for; 404 for one who is not for the reader."""
    asked = request.args.get("person", person().email)
    if asked not in people:
        abort(404)
    return asked


def _page(asked: Asked, **more: Any) -> Page:
    span = asked.span
    conditions = gathering.ledger(asked).conditions(span.since, span.until)
    return call_pages.page(db.session(), actor(), conditions, **more)
