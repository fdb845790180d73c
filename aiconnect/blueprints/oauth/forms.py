"""Forms of a sign-in at a provider: what to connect, and the code where one is pasted."""

from __future__ import annotations

from typing import Any

from wtforms import StringField

from aiconnect.blueprints import fields
from aiconnect.blueprints.forms import PLAIN_TEXT, Form
from aiconnect.errors import N_
from aiconnect.providers.spec import Provider


class WishForm(Form):
    """The name of the new connection, and for whom it is."""

    @classmethod
    def of(cls, row: Provider, *, must_be_personal: bool) -> WishForm:
        """The form for this provider; who may connect for nobody else is not asked for whom."""
        asked = {"name": fields.name_field(row)}  # fields are shown in the order they are made
        personal = {} if must_be_personal else {"personal": fields.personal_field()}
        made: type[WishForm] = type(cls.__name__, (cls,), {**asked, **personal})
        return made()

    def value(self, name: str) -> Any:
        """What was entered in a field that is not always there."""
        return self[name].data if name in self else None


class CodeForm(Form):
    """The code that the provider showed."""

    code = StringField(
        N_("Code"),
        description=N_("It works once, and for 10 minutes. Spaces around it do no harm."),
        render_kw={**PLAIN_TEXT, "class": "mono"},
    )
