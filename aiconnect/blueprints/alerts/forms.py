"""Forms of rules and channels."""

from __future__ import annotations

import re
from typing import Any, Self

from typing_extensions import override
from wtforms import BooleanField, HiddenField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation

from aiconnect.blueprints import fields
from aiconnect.blueprints.alerts.wording import clock_time
from aiconnect.blueprints.fields import CheckboxesField
from aiconnect.blueprints.forms import PLAIN_TEXT, Fold, Form, required
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_
from aiconnect.models.alert import AlertChannel
from aiconnect.services import alerts
from aiconnect.services.alerts import channels
from aiconnect.services.alerts.rules import Rule

NUMBER = {**PLAIN_TEXT, "class": "w-10", "inputmode": "numeric"}
TIME = {**PLAIN_TEXT, "class": "w-10", "placeholder": "22:00"}
ORDER = ("name", "address", "private", "kinds", "digest")
"""In which the fields of a channel stand."""

TIMES = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def time_of_day(_form: Any, field: Any) -> None:
    """A validator: a time like 22:00, or nothing."""
    if not field.data:
        raise StopValidation
    if not TIMES.fullmatch(field.data):
        raise StopValidation(_("Write a time like 22:00"))


def minutes(text: str | None) -> int | None:
    """Minutes after midnight of a time as it was entered; None for nothing."""
    found = TIMES.fullmatch(text or "")
    return int(found[1]) * 60 + int(found[2]) if found else None


class RuleForm(Form):
    """Thresholds, and whether the rule tells anything."""

    seen = HiddenField()

    @classmethod
    def of(cls, rule: Rule) -> Self:
        """The form of this rule, filled in with what holds."""
        numbers: dict[str, Any] = {
            one.name: StringField(one.label, [fields.whole], description=one.hint, render_kw=NUMBER)
            for one in rule.kind.thresholds
        }
        on = BooleanField(N_("Tell it"), description=N_("Off, nothing of this kind is told."))
        made: type[Self] = type(cls.__name__, (cls,), {**numbers, "enabled": on})
        filled = {name: str(value) for name, value in rule.thresholds.items()}
        return made(data={**filled, "enabled": rule.enabled, "seen": rule.mark})

    @property
    def thresholds(self) -> dict[str, int]:
        names = (one.name for one in self if one.name not in {"enabled", "seen", "csrf_token"})
        return {name: int(self[name].data) for name in names if self[name].data}


class MailForm(Form):
    """A channel: its name, where it leads, what it is told of, when it is quiet."""

    seen = HiddenField()
    name = StringField(
        N_("Name"), [required(N_("Enter a name"))], render_kw={**PLAIN_TEXT, "class": "w-20"}
    )
    address = StringField(
        N_("Mail address"),
        [required(N_("Enter a mail address"))],
        description=N_("One. For several people use the address of a list."),
        render_kw={**PLAIN_TEXT, "inputmode": "email", "placeholder": "team@example.org"},
    )
    kinds = CheckboxesField(
        N_("What it is told of"),
        choices=[SelectChoice(one.code, one.title) for one in alerts.KINDS.values()],
        validate_choice=False,
        description=N_("None ticked: everything."),
    )
    digest = BooleanField(
        N_("The week in brief"),
        description=N_("On Mondays: what was spent, on which models, and what was told."),
    )
    quiet_from = StringField(N_("Quiet from"), [time_of_day], render_kw=TIME)
    quiet_until = StringField(
        N_("Quiet until"),
        [time_of_day],
        description=N_("What is over by then is not told at all."),
        render_kw={**TIME, "placeholder": "07:00"},
    )

    @property
    @override
    def plain(self) -> list[Any]:
        """What a subclass writes anew stays in its place."""
        found = {one.name: one for one in super().plain}
        return [found[name] for name in ORDER if name in found]

    @property
    @override
    def folds(self) -> list[Fold]:
        return [self.fold(_("Quiet hours"), ("quiet_from", "quiet_until"))]

    @property
    def draft(self) -> alerts.Draft:
        """What was entered."""
        private = self._fields.get("private")
        return alerts.Draft(
            name=self.name.data or "",
            address=self.address.data or "",
            private=bool(private.data) if private else False,
            kinds=tuple(self.kinds.data or ()),
            quiet_from=minutes(self.quiet_from.data),
            quiet_until=minutes(self.quiet_until.data),
            digest=bool(self.digest.data),
        )


class WebhookForm(MailForm):
    """The same for a webhook."""

    address = StringField(
        N_("Address of the webhook"),
        [required(N_("Enter an address"))],
        description=N_("The whole of it. Its path and query are not shown again."),
        render_kw={
            **PLAIN_TEXT,
            "class": "mono",
            "placeholder": "https://chat.example.org/hooks/1",
        },
    )
    private = fields.private_field()


class WebhookEditForm(WebhookForm):
    """A webhook that is there already: its address may stay as it is."""

    address = StringField(
        N_("Address of the webhook"),
        description=N_("Left empty, it stays as it is."),
        render_kw={**PLAIN_TEXT, "class": "mono"},
    )


FORMS: dict[str, type[MailForm]] = {"mail": MailForm, "webhook": WebhookForm}
EDIT_FORMS: dict[str, type[MailForm]] = {"mail": MailForm, "webhook": WebhookEditForm}


def filled(channel: AlertChannel) -> dict[str, Any]:
    """What the form of a channel begins with; a webhook's address is not written back."""
    return {
        "seen": channels.mark(channel),
        "name": channel.name,
        "address": channel.address if channel.kind == "mail" else "",
        "private": channel.private,
        "kinds": channel.kinds,
        "digest": channel.digest,
        "quiet_from": clock_time(channel.quiet_from),
        "quiet_until": clock_time(channel.quiet_until),
    }
