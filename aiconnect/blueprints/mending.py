"""What mends a finding, as buttons and links; and what was seen, as lines to unfold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for

from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_
from aiconnect.extensions import parts
from aiconnect.models.connection import Connection
from aiconnect.services import findings

PAGES: Mapping[str, tuple[str, str]] = {
    "edit": ("connections.edit", ""),
    "new_key": ("connections.key", ""),
    "enter_key": ("connections.key", ""),
    "enter_models": ("connections.edit", "models"),
    "certificate": ("connections.edit", "ca_pem"),
    "models": ("connections.show", "models"),
    "more_time": ("connections.edit", "first_byte_seconds"),
}
"""Kind of fix to the page that mends it, and the place on it."""

SEEN: Mapping[str, str] = {
    "url": N_("Address of the connection"),
    "asked": N_("Asked"),
    "proxy": N_("Through the proxy"),
    "peer": N_("At the address"),
    "here": N_("From the address"),
    "ms": N_("Answer after"),
    "status": N_("Status"),
    "type": N_("Type of the answer"),
    "request_id": N_("Request id"),
    "retry_after": N_("To wait"),
    "resets_at": N_("Resets at"),
    "names": N_("Names on the certificate"),
    "issuer": N_("Issued by"),
    "starts": N_("Valid from"),
    "ends": N_("Valid until"),
    "clock": N_("This server's clock"),
    "model": N_("Model"),
    "detail": N_("The provider's words"),
    "body": N_("How the answer began"),
}
"""Facts that are shown to whoever unfolds them, in this order."""
UNITS: Mapping[str, str] = {"ms": "%s ms", "retry_after": "%s s"}


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button that mends it (`kind` is sent), or a link (`url`) to where it is mended."""

    label: str
    kind: str = ""
    url: str = ""
    is_ours: bool = True


def remedies_of(
    connection: Connection,
    finding: str | None = None,
    facts: Mapping[str, str] | None = None,
    *,
    is_present: bool = True,
) -> list[Remedy]:
    """What mends what was found at this connection, best first.

    Buttons change it as it is now: where it was found otherwise meanwhile, only links are left.
    """
    row = parts().rows.get(connection.provider)
    if row is None:
        return []
    code = finding or connection.finding or "ok"
    known = connection.facts if facts is None else facts
    every = findings.fixes(code, known, connection.base_url, row, translate=_)
    shown = (_remedy(connection, one) for one in every)
    return [one for one in shown if is_present or not one.kind]


def seen(finding: str | None, facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was seen, as (word, value), without what the sentences say already."""
    code = [(_("Finding"), finding or _("none yet"))]
    return code + [
        (_(words), UNITS.get(name, "%s") % facts[name])
        for name, words in SEEN.items()
        if facts.get(name)
    ]


def finding_help(finding: str | None) -> str:
    """Where this finding is explained."""
    return url_for("findings.index", _anchor=(finding or "ok").partition(".")[0])


def _remedy(connection: Connection, fix: findings.Fix) -> Remedy:
    if fix.is_change:
        return Remedy(fix.label, kind=fix.kind)
    if fix.kind == "help":
        return Remedy(fix.label, url=url_for("help.show", topic=connection.provider))
    if fix.kind in PAGES:
        endpoint, anchor = PAGES[fix.kind]
        url = url_for(endpoint, connection_id=connection.id, _anchor=anchor or None)
        return Remedy(fix.label, url=url)
    return Remedy(fix.label, url=fix.url, is_ours=False)
