"""Whom and what the reader may ask usage about: by their names, as addresses carry them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from aiconnect.blueprints import seen
from aiconnect.blueprints.access import actor, person
from aiconnect.calls.plan import COLLECTION
from aiconnect.extensions import db
from aiconnect.models.account import Role
from aiconnect.models.base import storable
from aiconnect.models.usage import Ending
from aiconnect.services import accounts, collections, connections, tokens
from aiconnect.services.connections import Theirs


@dataclass(frozen=True, slots=True)
class Choices:
    """Ids by names. Admins ask about everyone; others about themselves and what they share.

    `theirs` are the connections that are others' alone, or were: nobody else reads their models.
    """

    sees_all: bool
    people: Mapping[str, int]
    tokens: Mapping[str, int]
    connections: Mapping[str, int]
    collections: Mapping[str, int]
    theirs: Theirs

    @classmethod
    def of_reader(cls) -> Self:
        """Those of whoever asks."""
        session, reader = db.session(), person()
        sees_all = Role(reader.role).covers(Role.ADMIN)
        people = accounts.people(session) if sees_all else [reader]
        return cls(
            sees_all,
            {one.email: one.id for one in people},
            {one.name: one.id for one in tokens.all(session, None if sees_all else reader.id)},
            {one.name: one.id for one in seen.whole()},
            {name: number for number, name in collections.names(session, actor()).items()},
            connections.theirs(session, actor()),
        )

    def known(self, asked: Mapping[str, str]) -> dict[str, str]:
        """What was asked for, without names that mean nothing to the reader."""
        every = {
            "person": self.people,
            "token": self.tokens,
            "connection": self.connections,
            "collection": self.collections,
            "outcome": tuple(Ending),
        }
        found = {name: text for name, text in asked.items() if text in every.get(name, (text,))}
        model = storable(asked["model"]) if self.shows_model(asked["model"]) else ""
        return {**dict.fromkeys(asked, ""), **found, "model": model}

    def shows_model(self, name: str) -> bool:
        """Whether the reader may know that it was called: through others' connections, not."""
        if name.startswith(COLLECTION):
            return name.removeprefix(COLLECTION) in self.collections
        return name.partition("/")[0] not in self.theirs.names
