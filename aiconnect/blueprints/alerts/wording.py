"""Alerts and what is sent of them, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from markupsafe import Markup

from aiconnect.blueprints.filters import at, dollars, money, number
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.showing import Shown
from aiconnect.errors import N_
from aiconnect.models.alert import Alert, AlertChannel, AlertDelivery
from aiconnect.services import alerts
from aiconnect.services.alerts import failures

STATES: Mapping[str, tuple[str, str]] = {
    "waiting": ("running", N_("Waits")),
    "sent": ("ok", N_("Sent")),
    "given_up": ("bad", N_("Not sent")),
}
EVENTS: Mapping[str, str] = {
    "opened": N_("Alert"),
    "resolved": N_("End of an alert"),
    "test": N_("Test"),
    "digest": N_("The week in brief"),
}
KINDS_OF_CHANNELS: Mapping[str, str] = {"mail": N_("Mail"), "webhook": N_("Webhook")}


@dataclass(frozen=True, slots=True)
class Line:
    """An alert as a page shows it."""

    alert: Alert
    shape: str
    title: str
    text: str
    path: str

    @property
    def shown(self) -> Shown:
        return Shown(self.shape, self.title)


def lines(found: Iterable[Alert]) -> list[Line]:
    """Alerts in words."""
    return [line(one) for one in found]


def line(alert: Alert) -> Line:
    """One alert in words."""
    said = alerts.words(alert.kind, alert.facts, tongue())
    kind = alerts.KINDS.get(alert.kind)
    shape = "off" if alert.resolved_at else kind.shape if kind else "warn"
    return Line(alert, shape, said.title, said.text, alert.facts.get("path", ""))


def tongue() -> alerts.Tongue:
    """How sentences about alerts are written for whoever reads."""
    return alerts.Tongue(_, _sum, number, _moment)


def _sum(amount: Decimal) -> str:
    """A limit of nothing is $0.00: it is no price, which would be free."""
    return money(amount) if amount else dollars(amount)


def state_of(delivery: AlertDelivery) -> Shown:
    """How a message stands."""
    shape, word = STATES.get(delivery.state, ("off", delivery.state))
    return Shown(shape, _(word))


def event_word(event: str) -> str:
    """What a message is."""
    return _(EVENTS.get(event, event))


def failure_words(failure: str) -> str:
    """Why a message could not be sent."""
    return failures.worded(failure, _)


def channel_word(kind: str) -> str:
    """What a channel is."""
    return _(KINDS_OF_CHANNELS.get(kind, kind))


def told_of(channel: AlertChannel) -> str:
    """What a channel is told of."""
    if not channel.kinds:
        return _("every alert")
    known = [alerts.KINDS[code] for code in channel.kinds if code in alerts.KINDS]
    return "; ".join(_(one.title) for one in known)


def clock_time(minutes: int | None) -> str:
    """Minutes after midnight as 07:30; nothing for None."""
    return "" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


def _moment(moment: datetime) -> str:
    return str(Markup(at(moment)).striptags())  # noqa: S704 (a time of ours)
