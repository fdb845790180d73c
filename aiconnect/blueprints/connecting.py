"""One form for every provider, built from its row; adding a connection with it."""

from __future__ import annotations

from typing import Any, Self

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response
from wtforms import Field, HiddenField, PasswordField, StringField

from aiconnect.blueprints import holding
from aiconnect.blueprints.access import actor
from aiconnect.blueprints.forms import PLAIN_TEXT, Form, required
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_
from aiconnect.extensions import db, parts
from aiconnect.providers import spec
from aiconnect.providers.spec import Family, Provider
from aiconnect.secret import Secret
from aiconnect.services import connections

MISSING = {"url": N_("Enter the address"), "api_key": N_("Enter the API key")}


class ConnectForm(Form):
    """What a provider's row asks for, what its family adds, and a name."""

    held = HiddenField()

    @classmethod
    def for_provider(cls, row: Provider) -> type[Self]:
        """The form of this provider."""
        asked = {field.name: text_field(field) for field in row.fields}
        return type(cls.__name__, (cls,), {**asked, **cls.more(), "name": name_field(row)})

    @classmethod
    def more(cls) -> dict[str, Field]:
        """Fields that a family adds."""
        return {}

    def validate(self, extra_validators: Any = None) -> bool:
        """Check; whatever else is wrong, a pasted key need not be pasted again."""
        if self.value("api_key"):
            pasted = Secret(self.value("api_key").strip())
            self.held.data = holding.hold(pasted)
            self["api_key"].note = holding.note(pasted)
        return bool(super().validate(extra_validators))

    @property
    def secret(self) -> Secret | None:
        """The key as pasted now, or as held from before."""
        if self.value("api_key"):
            return Secret(self.value("api_key").strip())
        return holding.release(self.held.data) if self.held.data else None

    def value(self, name: str, default: Any = "") -> Any:
        """What was entered in a field that not every form has, or that was not sent."""
        entered = self[name].data if name in self else None
        return default if entered is None else entered

    def draft(self, row: Provider) -> connections.Draft:
        """What was entered, as the service takes it."""
        return connections.Draft(
            provider=row.slug,
            name=self.value("name"),
            base_url=self.value("url"),
            secret=self.secret,
            private=bool(self.value("private", default=False)),
            models=tuple(self.value("models").splitlines()),
        )


def text_field(field: spec.Field) -> Field:
    """A field of a row as a form shows it; what is secret is never shown again."""
    checks = [required(MISSING[field.name])] if field.required and not field.is_secret else []
    kind = PasswordField if field.is_secret else StringField
    look = {**PLAIN_TEXT, "class": "mono", "placeholder": field.example}
    return kind(field.label, checks, description=field.hint, render_kw=look)


def name_field(row: Provider, *, is_new: bool = True) -> Field:
    """The name of a connection: what programs write before a model."""
    look = {**PLAIN_TEXT, "class": "w-20", "placeholder": row.slug if is_new else ""}
    hint = N_("Programs write it before a model, as in name/model.")
    if is_new:
        hint = N_("Programs write it before a model. Left empty, aiconnect picks one.")
    checks = [] if is_new else [required(N_("Enter a name"))]
    return StringField(N_("Name of this connection"), checks, description=hint, render_kw=look)


def row_of(slug: str, family: Family) -> Provider:
    """The provider with this slug in this family; a page that does not exist otherwise."""
    row = parts().rows.get(slug)
    if row is None or row.family is not family:
        abort(404)
    return row


def connect(form: ConnectForm, row: Provider) -> Response:
    """Save first, so that nothing typed is lost; the test is a button on the next page."""
    draft = form.draft(row)
    added = connections.add(db.session(), actor(), draft, rows=parts().rows, vault=parts().vault)
    note_remark(row, draft.secret)
    return redirect(url_for("connections.show", connection_id=added.id), 303)


def note_remark(row: Provider, secret: Secret | None) -> None:
    """Say so where a key looks like another provider's."""
    remark = connections.remark(row, parts().rows, secret, translate=_) if secret else None
    if remark:
        flash(remark, "warn")
