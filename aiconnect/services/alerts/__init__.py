"""Alerts: what the team is told of, until it is over, and where it is sent."""

from aiconnect.services.alerts.channels import Draft
from aiconnect.services.alerts.kinds import KINDS, Kind, Threshold
from aiconnect.services.alerts.looking import Told, look
from aiconnect.services.alerts.outbox import is_due
from aiconnect.services.alerts.reading import open_alerts, past, put_away, unseen, visible
from aiconnect.services.alerts.sending import Post, send_due
from aiconnect.services.alerts.signs import Sight
from aiconnect.services.alerts.tongue import Tongue
from aiconnect.services.alerts.wording import Words, words

__all__ = [
    "KINDS",
    "Draft",
    "Kind",
    "Post",
    "Sight",
    "Threshold",
    "Told",
    "Tongue",
    "Words",
    "is_due",
    "look",
    "open_alerts",
    "past",
    "put_away",
    "send_due",
    "unseen",
    "visible",
    "words",
]
