"""Forms that change a connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

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
        fields = {"api_key": text_field(replace(asked, required=True)), "name": None}
        made: type[Self] = type(cls.__name__, (cls,), fields)
        return made()


class EditForm(ConnectForm):
    """Name, address and switches of a connection; its key where the address may lead elsewhere."""

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
        return made(data=_filled(connection, by_hand))

    def changes(self) -> Changes:
        """What was entered, as the service takes it; a field that the form lacks is unchanged."""
        models = self.value("models", None)
        return Changes(
            name=self.value("name"),
            base_url=self.value("url", None),
            secret=self.secret,
            private=self.value("private", None),
            models=None if models is None else tuple(models.splitlines()),
        )


def _filled(connection: Connection, by_hand: Sequence[str]) -> dict[str, Any]:
    return {
        "name": connection.name,
        "url": connection.base_url,
        "private": connection.private,
        "models": "\n".join(by_hand),
    }
