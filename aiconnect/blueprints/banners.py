"""Cautions about the whole server, on top of every page for those who can act on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_babel import ngettext
from markupsafe import Markup

from aiconnect.blueprints.access import actor, may, signed_in
from aiconnect.blueprints.alerts import wording
from aiconnect.blueprints.filters import at, number
from aiconnect.blueprints.sentences import _
from aiconnect.extensions import db, parts
from aiconnect.jobs.writer import Behind
from aiconnect.services import alerts, budgets

OF_THE_JOURNAL = {"ledger", "no spare segment"}
"""Faults that what waits says more of."""

OF_THE_LEDGER, MOST_ALERTS = "ledger", 3


@dataclass(frozen=True, slots=True)
class Banner:
    """A caution: its shape in the style sheet, a heading, what it means, where to act on it.

    `away` is where its banner is put away, "" where it stays.
    """

    shape: str
    title: str
    text: str
    url: str = ""
    link: str = ""
    away: str = ""


FAULTS, BEHIND = "aiconnect_faults", "aiconnect_behind"
"""Where the whole server leaves functions that name its faults, and say what is not in the ledger
yet (jobs/writer.py); pages alone have none."""


def banners() -> list[Banner]:
    """What is wrong with the server now; that spending is frozen, everyone is told."""
    if signed_in() is None:
        return []
    return [*_frozen(), *(_wrong() if may("connections.edit") else ()), *_alerts()]


def _frozen() -> list[Banner]:
    found = budgets.is_frozen(db.session())
    if found is None:
        return []
    said = _(
        "No call that costs money is sent since %(when)s, by %(who)s.",
        when=Markup(at(found.at)).striptags(),  # noqa: S704 (a time of ours)
        who=found.by,
    )
    is_elsewhere = request.endpoint != "budgets.index"
    url = url_for("budgets.index") if is_elsewhere and may("budgets.unfreeze") else ""
    return [Banner("warn", _("Spending is frozen"), said, url, _("Lift the freeze"))]


def _alerts() -> Iterator[Banner]:
    """Alerts that nobody has put away, the graver first; the journal speaks for itself above."""
    if request.blueprint == "alerts" or not may("alerts.put_away"):
        return
    found = alerts.unseen(db.session(), actor())
    told = [one for one in found if one.kind != OF_THE_LEDGER]
    lines = sorted(wording.lines(told), key=lambda line: line.shape != "bad")
    for line in lines[:MOST_ALERTS]:
        away = url_for("alerts.put_away", alert_id=line.alert.id)
        yield Banner(line.shape, line.title, line.text, line.path, _("Look"), away)
    if len(told) > MOST_ALERTS:
        more = len(told) - MOST_ALERTS
        title = ngettext("%(num)s more alert is open", "%(num)s more alerts are open", more)
        yield Banner("warn", title, "", url_for("alerts.index"), _("All alerts"))


def _wrong() -> list[Banner]:
    faults = current_app.extensions.get(FAULTS, list)()
    told = [*_journal(), *(_stopped(fault) for fault in faults if fault not in OF_THE_JOURNAL)]
    damaged = parts().settings.journal / "damaged"
    count = sum(1 for _file in damaged.iterdir()) if damaged.is_dir() else 0
    return [*told, _damaged(count, str(damaged))] if count else told


def _journal() -> Iterator[Banner]:
    """What is not in the ledger yet, and what is to be done."""
    behind: Behind | None = current_app.extensions.get(BEHIND, lambda: None)()
    if behind is None:
        return
    if behind.since is not None:
        yield _waiting(behind.calls, Markup(at(behind.since)).striptags())  # noqa: S704
    if behind.is_short:
        yield _full(behind, str(parts().settings.journal))
    if behind.lost:
        yield _lost(behind.lost)


def _waiting(calls: int, since: str) -> Banner:
    return Banner(
        "bad",
        _("Calls are not written into the database"),
        ngettext(
            "%(count)s call waits in the journal; the database has taken none since %(time)s. "
            "No record is lost: they come into the usage once it works again. Check that the "
            "database runs, that nothing locks it, and that its disk has room.",
            "%(count)s calls wait in the journal; the database has taken none since %(time)s. "
            "No record is lost: they come into the usage once it works again. Check that the "
            "database runs, that nothing locks it, and that its disk has room.",
            calls,
            count=number(calls),
            time=since,
        ),
    )


def _full(behind: Behind, folder: str) -> Banner:
    if behind.left:
        text = _(
            "Calls go on: there is room for the records of about %(left)s more, then those that "
            "cost money are refused. Make room on the disk of %(folder)s.",
            left=number(behind.left),
            folder=folder,
        )
    else:
        text = _(
            "Calls that cost money are refused until there is room for their records again; free "
            "ones go on. Make room on the disk of %(folder)s.",
            folder=folder,
        )
    return Banner("bad", _("The disk of this server is full"), text)


def _lost(count: int) -> Banner:
    return Banner(
        "warn",
        _("Some free calls are not in the usage"),
        ngettext(
            "%(count)s call of a free model found no room for its record. Nothing is owed for it.",
            "%(count)s calls of free models found no room for their records. "
            "Nothing is owed for them.",
            count,
            count=number(count),
        ),
    )


def _stopped(fault: str) -> Banner:
    return Banner(
        "bad",
        _("A part of this server has stopped: %(part)s", part=fault),
        _("Restart aiconnect; if it happens again, its log says why."),
    )


def _damaged(count: int, folder: str) -> Banner:
    return Banner(
        "warn",
        _("Part of the journal of calls could not be read"),
        _(
            "%(count)s pieces were set aside in %(folder)s; the usage may lack some calls. "
            "A full or failing disk is the usual cause.",
            count=count,
            folder=folder,
        ),
    )
