"""One form for every provider, built from its row; adding a connection with it."""

from __future__ import annotations

from typing import Any, Self

from flask import abort, flash, redirect, request, url_for
from typing_extensions import override
from werkzeug.wrappers import Response
from wtforms import Field, HiddenField

from aiconnect.blueprints import fields, holding
from aiconnect.blueprints.access import actor, person
from aiconnect.blueprints.forms import Fold, Form, form_page
from aiconnect.blueprints.sentences import _
from aiconnect.errors import Refused
from aiconnect.extensions import db, parts
from aiconnect.models.account import Role
from aiconnect.providers.spec import Family, Provider, Reach
from aiconnect.secret import Secret
from aiconnect.services import connections


class ConnectForm(Form):
    """What a provider's row asks for, a name, and what most people never need."""

    held = HiddenField()
    held_headers = HiddenField()
    folded: tuple[str, ...] = ()

    @classmethod
    def for_provider(cls, row: Provider) -> type[Self]:
        """The form of this provider; fields are shown in the order they are made."""
        asked = _asked(row)
        named = {"name": fields.name_field(row), **_personal()}
        advanced = {name: one for name, one in _advanced(row).items() if name not in asked}
        folded = (*_usual_address(row), *advanced)
        made: type[Self] = type(
            cls.__name__, (cls,), {**asked, **named, **advanced, "folded": folded}
        )
        return made

    def lead_to(self, row: Provider) -> None:
        """Put the way to a key right beside its field."""
        if "api_key" in self and row.keys_url:
            self["api_key"].link = (_("Get a key from %(name)s", name=row.name), row.keys_url)

    @property
    @override
    def folds(self) -> list[Fold]:
        return [self.fold(_("Advanced"), self.folded)] if self.folded else []

    @override
    def validate(self, extra_validators: Any = None) -> bool:
        """Check; whatever else is wrong, a pasted secret need not be pasted again."""
        if self.value("api_key"):
            pasted = Secret(self.value("api_key").strip())
            self.held.data = holding.hold(pasted)
            self["api_key"].note = holding.note(pasted)
        if self.value("headers"):
            self.held_headers.data = holding.hold(Secret(self.value("headers")))
        if self.held_headers.data and "headers" in self:
            self["headers"].note = holding.headers_note()
        return bool(super().validate(extra_validators))

    @override
    def refuse(self, error: Refused) -> None:
        """Headers that are refused must be written anew: held, they would be refused again."""
        super().refuse(error)
        if error.field == "headers":
            self.held_headers.data = ""

    @property
    def secret(self) -> Secret | None:
        """The key as pasted now, or as held from before."""
        if self.value("api_key"):
            return Secret(self.value("api_key").strip())
        return holding.release(self.held.data) if self.held.data else None

    @property
    def sent_headers(self) -> tuple[tuple[str, Secret], ...]:
        """The headers as written now, or as held from before."""
        if self.value("headers"):
            return connections.read_headers(self.value("headers"))
        held = holding.release(self.held_headers.data) if self.held_headers.data else None
        return connections.read_headers(held.reveal()) if held else ()

    def value(self, name: str, default: Any = "") -> Any:
        """What was entered in a field that not every form has, or that was not sent."""
        entered = self[name].data if name in self else None
        return default if entered is None else entered

    def draft(self, row: Provider) -> connections.Draft:
        """What was entered, as the service takes it."""
        is_personal = must_be_personal() or bool(self.value("personal", default=False))
        seconds = self.value("first_byte_seconds")
        return connections.Draft(
            provider=row.slug,
            name=self.value("name"),
            base_url=self.value("url"),
            secret=self.secret,
            private=bool(self.value("private", default=False)),
            models=fields.entries(self.value("models")),
            headers=self.sent_headers,
            ca_pem=self.value("ca_pem") or None,
            first_byte_seconds=int(seconds) if seconds else None,
            owner_id=person().id if is_personal else None,
        )


def row_of(slug: str, family: Family) -> Provider:
    """The provider with this slug in this family; a page that does not exist otherwise."""
    row = parts().rows.get(slug)
    if row is None or row.family is not family:
        abort(404)
    return row


def must_be_personal() -> bool:
    """Whether whoever asks may add connections for nobody but themselves."""
    return not Role(person().role).covers(Role.ADMIN)


def add_page(row: Provider) -> tuple[str, int] | Response:
    """The page that adds a connection to this provider: asks, then saves."""
    found = request.args.get("url", "") if row.reach is Reach.LOCAL else ""
    form = ConnectForm.for_provider(row)(data={"url": found or row.base_url})
    form.lead_to(row)
    if form.validate_on_submit():
        try:
            return _connect(form, row)
        except Refused as error:
            form.refuse(error)
    return form_page("connect/new.html", form, row=row, is_personal=must_be_personal())


def note_remark(row: Provider, secret: Secret | None) -> None:
    """Say so where a key looks like another provider's."""
    remark = connections.remark(row, parts().rows, secret, translate=_) if secret else None
    if remark:
        flash(remark, "warn")


def _connect(form: ConnectForm, row: Provider) -> Response:
    """Save first, so that nothing typed is lost; the test is a button on the next page."""
    draft = form.draft(row)
    added = connections.add(db.session(), actor(), draft, rows=parts().rows, vault=parts().vault)
    note_remark(row, draft.secret)
    return redirect(url_for("connections.show", connection_id=added.id), 303)


def _asked(row: Provider) -> dict[str, Field]:
    """What nobody can go without; behind an address of one's own, whether it is private."""
    asked = {}
    for field in row.fields:
        asked[field.name] = fields.text_field(field)
        if field.name == "url" and not row.base_url and row.reach is Reach.SWITCH:
            asked["private"] = fields.private_field()
    return asked | ({"url": fields.region_field(row)} if row.other_urls else {})


def _usual_address(row: Provider) -> tuple[str, ...]:
    """The address goes out of the way where nearly everyone has the same one on the internet."""
    is_usual = bool(row.base_url) and row.has("url") and row.reach is Reach.SWITCH
    return ("url",) if is_usual else ()


def _personal() -> dict[str, Field]:
    return {} if must_be_personal() else {"personal": fields.personal_field()}


def _advanced(row: Provider) -> dict[str, Field]:
    switch = {"private": fields.private_field()} if row.reach is Reach.SWITCH else {}
    return {
        **switch,
        "models": fields.models_field(),
        "headers": fields.headers_field(),
        "ca_pem": fields.ca_field(),
        "first_byte_seconds": fields.seconds_field(),
    }
