"""Where tables of prices come from, and whether they are looked for every week."""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from aiconnect.errors import N_, Refused
from aiconnect.models import Role, Setting
from aiconnect.services import audit
from aiconnect.services.audit import Actor
from aiconnect.services.writing import writing

URL, CHECKS = "price-url", "price-checks"
"""Names of their settings, and of their rows."""

DEFAULT_URL = (
    "https://raw.githubusercontent.com/pydantic/genai-prices/refs/heads/main"
    "/prices/new_data/v2/data.json"
)
ON, OFF, DEFAULT = "on", "off", "default"
LONGEST = 500


def url(session: Session) -> str:
    """Where the table is fetched from."""
    found = session.get(Setting, URL)
    return found.value if found is not None else DEFAULT_URL


def checks_are_on(session: Session) -> bool:
    """Whether a newer table is fetched every week, to be looked at."""
    found = session.get(Setting, CHECKS)
    return found is not None and found.value == ON


def put(session: Session, actor: Actor, name: str, text: str) -> str:
    """Set one of the two, or `default`; gives what holds now. Where to fetch is the owner's to say.

    Raises Refused for what is neither on nor off, or no address.
    """
    wanted = text.strip()
    if name == CHECKS:
        wanted = _switch(wanted)
    else:
        _check_owner(actor)
        wanted = _address(wanted)
    with writing(session):
        session.merge(Setting(name=name, value=wanted))
        audit.record(session, actor, "set.setting", name, value=wanted)
    return wanted


def _switch(text: str) -> str:
    word = text.lower()
    if word not in {ON, OFF, DEFAULT}:
        raise Refused(N_("%(name)s is on or off."), field="value", name=CHECKS)
    return OFF if word == DEFAULT else word


def _check_owner(actor: Actor) -> None:
    if not actor.role.covers(Role.OWNER):
        raise Refused(N_("Only the owner may say where prices are fetched from."))


def _address(text: str) -> str:
    if text.lower() == DEFAULT:
        return DEFAULT_URL
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
        is_plain = parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        is_address = is_plain = False
    if not is_address or not is_plain or len(text) > LONGEST or not text.isprintable():
        raise Refused(
            N_("Write a whole address, like https://prices.example/data.json"), field="value"
        )
    return text
