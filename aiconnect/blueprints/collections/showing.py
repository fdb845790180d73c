"""How the models of a collection stand, and what is set for them, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, ngettext

from aiconnect.blueprints import filters, pauses
from aiconnect.blueprints.access import actor
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.showing import Shown, state_of
from aiconnect.blueprints.wording import reason_word
from aiconnect.errors import N_
from aiconnect.extensions import db
from aiconnect.models.account import Role
from aiconnect.models.catalog import ServedModel
from aiconnect.models.route import Collection, CollectionModel
from aiconnect.models.token import AccessToken
from aiconnect.services import catalog, collections

SHAPES = {"not_listed": "bad", "retired": "bad", "hidden": "off", "not_allowed": "off"}
"""Of what is wrong with the model itself; a connection has a state of its own."""

SKIPPED = {"not_listed", "hidden", "not_allowed", "connection_off"}
WORDS: Mapping[str, str] = {
    "temperature": N_("temperature %(value)s"),
    "top_p": N_("top P %(value)s"),
    "max_tokens": N_("at most %(value)s tokens"),
    "frequency_penalty": N_("frequency penalty %(value)s"),
    "presence_penalty": N_("presence penalty %(value)s"),
    "seed": N_("seed %(value)s"),
    "reasoning_effort": N_("thinks: %(value)s"),
}
EFFORTS: Mapping[str, str] = {"low": N_("little"), "medium": N_("medium"), "high": N_("hard")}


@dataclass(frozen=True, slots=True)
class Row:
    """A model as the page shows it: its place from 1, how it stands, what is set for it."""

    place: int
    entry: CollectionModel
    model: ServedModel
    shown: Shown
    reason: str
    settings: tuple[str, ...]
    is_first: bool
    is_last: bool

    @property
    def name(self) -> str:
        return self.model.name or self.entry.model_id

    @property
    def is_skipped(self) -> bool:
        return self.reason in SKIPPED


def rows(found: Collection) -> list[Row]:
    """Its models in their order."""
    last = len(found.models)
    return [
        _row(line, place, last)
        for place, line in enumerate(collections.lines(db.session(), found), 1)
    ]


def tokens_of(found: Collection) -> list[AccessToken]:
    """The valid access tokens that are limited to it, of those that the reader may know."""
    who = actor()
    sees_all = who.role.covers(Role.ADMIN)
    limited = collections.limited(db.session(), found)
    valid = (one for one in limited if one.revoked_at is None)
    return [one for one in valid if sees_all or one.person_id == who.person_id]


def settings_words(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """What is set, a few words for each."""
    said = [
        _(WORDS[name], value=_value(name, value))
        for name, value in settings.items()
        if name in WORDS
    ]
    stops = len(settings.get("stop", ()))
    if stops:
        said.append(ngettext("%(num)s stop text", "%(num)s stop texts", stops))
    return tuple(said)


def _row(line: collections.Line, place: int, last: int) -> Row:
    usable, reason = catalog.available(line.model)
    connection = line.entry.connection
    pause = pauses.pause_of(connection.id, line.entry.model_id) if usable else None
    shown = pause or state_of(connection)
    if reason in SHAPES:
        shown = Shown(SHAPES[reason], reason_word(reason))
    words = settings_words(line.entry.parameters)
    return Row(place, line.entry, line.model, shown, reason, words, place == 1, place == last)


def _value(name: str, value: Any) -> str:
    if name == "reasoning_effort":
        return _(EFFORTS.get(value, value))
    if isinstance(value, float):
        return str(format_decimal(value))
    return str(value) if name == "seed" else filters.number(value)
