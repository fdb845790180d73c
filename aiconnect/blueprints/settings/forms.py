"""The form of one setting."""

from __future__ import annotations

from typing import Any, Self

from wtforms import Field, RadioField, StringField
from wtforms.fields.choices import SelectChoice

from aiconnect.blueprints.forms import PLAIN_TEXT, Form
from aiconnect.errors import N_
from aiconnect.services.ceilings import DEFAULT, Line

LOOK = {**PLAIN_TEXT, "class": "w-10", "inputmode": "numeric"}
CHOICES = (
    SelectChoice(DEFAULT, N_("As usual")),
    SelectChoice("on", N_("On")),
    SelectChoice("off", N_("Off")),
)


class SettingForm(Form):
    """One value; what it may be, the service says."""

    @classmethod
    def of(cls, line: Line) -> Self:
        """The form of this setting, filled in with what somebody has set."""
        asked = "" if line.asked is None else str(line.asked)
        made: type[Self] = type(cls.__name__, (cls,), {"value": _field(line)})
        filled: dict[str, Any] = {"value": asked or (DEFAULT if line.ceiling.is_switch else "")}
        return made(data=filled)

    @property
    def text(self) -> str:
        return str(self.data.get("value") or "")


def _field(line: Line) -> Field:
    title, meaning = line.ceiling.title, line.ceiling.meaning
    if line.ceiling.is_switch:
        return RadioField(title, choices=list(CHOICES), description=meaning)
    return StringField(title, description=meaning, render_kw=LOOK)
