"""Forms that change a connection."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

from typing_extensions import override
from wtforms import Field, HiddenField

from aiconnect.blueprints import fields
from aiconnect.blueprints.connecting import ConnectForm
from aiconnect.blueprints.forms import Fold
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_
from aiconnect.models.connection import Connection
from aiconnect.providers.spec import Provider, Reach
from aiconnect.services.connections import Changes

KEPT = N_("Left empty, the key stays as it is. A new address on another server needs it again.")
LIMITED = N_("Through this connection, of all programs together. Left empty, there is no limit.")
MODELS = ("models", "allowed", "hides_new")


class KeyForm(ConnectForm):
    """A new key in the place of the old one."""

    @classmethod
    def of(cls, row: Provider) -> Self:
        """The form of this provider, with its key only."""
        asked = next(field for field in row.fields if field.name == "api_key")
        hint = asked.hint if asked.required else ""  # "leave it empty" is not for this form
        named = {"api_key": fields.text_field(replace(asked, hint=hint))}
        made: type[Self] = type(cls.__name__, (cls,), named)
        return made()


class EditForm(ConnectForm):
    """Everything of a connection that can be changed; its key where it may lead elsewhere.

    `seen` holds what the form was opened with: what nobody touched in it is not written back, so
    that two people who edit at once do not undo each other's changes.
    """

    seen = HiddenField()

    @classmethod
    def of(cls, row: Provider, connection: Connection, by_hand: Sequence[str]) -> Self:
        """The form of this connection, filled in with what it has."""
        more = _more(row, connection)
        folded = tuple(name for name in more if name not in (*MODELS, *fields.LIMITS))
        asked = {"name": fields.name_field(row, is_new=False), **_asked(row)}
        made: type[Self] = type(cls.__name__, (cls,), {**asked, **more, "folded": folded})
        filled = _filled(connection, by_hand)
        return made(data=filled | {"seen": json.dumps(filled)})

    @property
    @override
    def folds(self) -> list[Fold]:
        models = any(self[name].data for name in MODELS)
        limited = any(self[name].data for name in fields.LIMITS)
        others = any(self[name].data for name in self.folded) or "drop_headers" in self
        return [
            self.fold(_("Which models"), MODELS, is_open=models),
            self.fold(_("Limits"), fields.LIMITS, is_open=limited),
            self.fold(_("Advanced"), self.folded, is_open=others),
        ]

    def changes(self) -> Changes:
        """What was entered, as the service takes it; a field not touched or not there is None."""
        seen = _seen(self.value("seen"))
        models, allowed = self._touched("models", seen), self._touched("allowed", seen)
        seconds = self._touched("first_byte_seconds", seen)
        limits = {name: self._touched(name, seen) for name in fields.LIMITS}
        return Changes(
            name=self._touched("name", seen),
            base_url=self._touched("url", seen),
            secret=self.secret,
            private=self._touched("private", seen),
            models=None if models is None else fields.entries(models),
            headers=self.sent_headers,
            drop_headers=tuple(self.value("drop_headers", ())),
            ca_pem=self._touched("ca_pem", seen),
            first_byte_seconds=None if seconds is None else int(seconds or 0),
            allowed=None if allowed is None else fields.entries(allowed),
            hides_new=self._touched("hides_new", seen),
            limits={name: int(text or 0) for name, text in limits.items() if text is not None},
        )

    def _touched(self, name: str, seen: dict[str, Any]) -> Any:
        entered = self.value(name, None)
        return None if _plain(entered) == _plain(seen.get(name)) else entered


def _asked(row: Provider) -> dict[str, Field]:
    """The address, and the key that a new one needs; a fixed address has neither."""
    if row.other_urls:
        return {"url": fields.region_field(row)}
    if not row.has("url"):
        return {}
    kept = [replace(one, hint=KEPT, required=False) if one.is_secret else one for one in row.fields]
    return {one.name: fields.text_field(one) for one in kept}


def _more(row: Provider, connection: Connection) -> dict[str, Field]:
    names = connection.header_names
    return {
        "models": fields.models_field(),
        "allowed": fields.allowed_field(),
        "hides_new": fields.hides_new_field(),
        **fields.limit_fields(LIMITED),
        **({"private": fields.private_field()} if row.reach is Reach.SWITCH else {}),
        **({"drop_headers": fields.drop_field(names)} if names else {}),
        "headers": fields.headers_field(is_new=not names),
        "ca_pem": fields.ca_field(),
        "first_byte_seconds": fields.seconds_field(),
    }


def _filled(connection: Connection, by_hand: Sequence[str]) -> dict[str, Any]:
    return {
        "name": connection.name,
        "url": connection.base_url,
        "private": connection.private,
        "models": "\n".join(by_hand),
        "allowed": "\n".join(connection.allowed),
        "hides_new": connection.hides_new,
        "ca_pem": connection.ca_pem or "",
        "first_byte_seconds": str(connection.first_byte_seconds or ""),
        **{name: str(getattr(connection, name) or "") for name in fields.LIMITS},
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
