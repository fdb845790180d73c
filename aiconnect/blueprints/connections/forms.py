"""Forms that change a connection."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

from wtforms import HiddenField

from aiconnect.blueprints.compatible.forms import models_field, private_field
from aiconnect.blueprints.connecting import ConnectForm, name_field, text_field
from aiconnect.errors import N_
from aiconnect.models.connection import Connection
from aiconnect.providers.spec import Provider, Reach
from aiconnect.services.connections import Changes

KEPT = N_("Left empty, the key stays as it is. A new address on another server needs it again.")


class KeyForm(ConnectForm):
    """A new key in the place of the old one."""

    @classmethod
    def of(cls, row: Provider) -> Self:
        """The form of this provider, with its key only."""
        asked = next(field for field in row.fields if field.name == "api_key")
        hint = asked.hint if asked.required else ""  # "leave it empty" is not for this form
        fields = {"api_key": text_field(replace(asked, hint=hint)), "name": None}
        made: type[Self] = type(cls.__name__, (cls,), fields)
        return made()


class EditForm(ConnectForm):
    """Name, address and switches of a connection; its key where the address may lead elsewhere.

    `seen` holds what the form was opened with: what nobody touched in it is not written back, so
    that two people who edit at once do not undo each other's changes.
    """

    seen = HiddenField()

    @classmethod
    def of(cls, row: Provider, connection: Connection, by_hand: Sequence[str]) -> Self:
        """The form of this connection, filled in with what it has."""
        asked = [
            replace(one, hint=KEPT, required=False) if one.is_secret else one for one in row.fields
        ]
        form = cls.for_provider(replace(row, fields=tuple(asked) if row.has("url") else ()))
        name = {"name": name_field(row, is_new=False)}
        switches = {"private": private_field(), "models": models_field()}
        more = name | switches if row.reach is Reach.SWITCH else name
        made: type[Self] = type(cls.__name__, (form,), more)
        filled = _filled(connection, by_hand)
        return made(data=filled | {"seen": json.dumps(filled)})

    def changes(self) -> Changes:
        """What was entered, as the service takes it; a field not touched or not there is None."""
        seen = _seen(self.value("seen"))
        models = self._touched("models", seen)
        return Changes(
            name=self._touched("name", seen),
            base_url=self._touched("url", seen),
            secret=self.secret,
            private=self._touched("private", seen),
            models=None if models is None else tuple(models.splitlines()),
        )

    def _touched(self, name: str, seen: dict[str, Any]) -> Any:
        entered = self.value(name, None)
        return None if _plain(entered) == _plain(seen.get(name)) else entered


def _filled(connection: Connection, by_hand: Sequence[str]) -> dict[str, Any]:
    return {
        "name": connection.name,
        "url": connection.base_url,
        "private": connection.private,
        "models": "\n".join(by_hand),
    }


def _seen(text: str) -> dict[str, Any]:
    """What the form was opened with; nothing where the field is missing or was tampered with."""
    try:
        seen = json.loads(text)
    except ValueError:
        return {}
    return seen if isinstance(seen, dict) else {}


def _plain(value: Any) -> Any:
    """A browser sends lines with ends of its own, and without the space around them."""
    return value.strip().splitlines() if isinstance(value, str) else value
