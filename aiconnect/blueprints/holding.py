"""A key pasted into a form with another mistake is sealed into it, not to be pasted twice.

Keys are never written back into a page as they are. What the page holds opens only here, only for
the person who pasted it, and only for a quarter of an hour.
"""

from __future__ import annotations

from aiconnect import clock
from aiconnect.blueprints.access import person
from aiconnect.blueprints.sentences import _
from aiconnect.extensions import parts
from aiconnect.secret import Secret
from aiconnect.services.vault import CannotOpen

SECONDS = 15 * 60
KIND, FIELD = "held", "api_key"


def hold(secret: Secret) -> str:
    """The key, sealed for this person and a quarter of an hour."""
    until = int(clock.now().timestamp()) + SECONDS
    return parts().vault.seal(KIND, person().id, FIELD, Secret(f"{until} {secret.reveal()}"))


def note(secret: Secret) -> str:
    """What the page says about a held key."""
    return _(
        "The key you pasted (ends %(last)s) is held in this form, sealed, for 15 minutes. "
        "You need not paste it again.",
        last=secret.last4 or "…",
    )


def headers_note() -> str:
    """What the page says about held headers; their names may be slips of the pen, so none."""
    return _(
        "The headers you wrote are held in this form, sealed, for 15 minutes. "
        "You need not write them again."
    )


def release(sealed: str) -> Secret | None:
    """The held key, or None where it is not ours or not held any more."""
    try:
        held = parts().vault.open(KIND, person().id, FIELD, sealed)
    except CannotOpen:
        return None
    until, _, key = held.reveal().partition(" ")
    return Secret(key) if int(until) > clock.now().timestamp() else None
