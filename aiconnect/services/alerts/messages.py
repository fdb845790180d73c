"""What is sent: a subject, a text, and the same for programs. Nothing in them is secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from aiconnect import clock
from aiconnect.models import Alert
from aiconnect.services.alerts import digest, outbox, wording
from aiconnect.services.alerts.outbox import Claimed
from aiconnect.services.alerts.tongue import plain
from aiconnect.settings import Settings

LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Message:
    """`id` stays the same however often it is sent; `payload` is what a webhook gets."""

    id: str
    subject: str
    text: str
    payload: Mapping[str, Any]


def message(claimed: Claimed, settings: Settings) -> Message:
    """The message of a delivery, in English."""
    event = claimed.delivery.event
    match event:
        case outbox.TEST:
            return _message(claimed, "test", TEST_TITLE, TEST_TEXT, settings, "/alerts")
        case outbox.DIGEST:
            text = digest.text(claimed.delivery.message.get("digest", {}), settings.timezone)
            return _message(claimed, "digest", digest.TITLE, text, settings, "/usage")
        case _ if claimed.alert is not None:
            return _of_alert(claimed, claimed.alert, settings)
    return _message(claimed, "test", TEST_TITLE, TEST_TEXT, settings, "/alerts")


TEST_TITLE = "A test of this channel"
TEST_TEXT = "Alerts of aiconnect will arrive like this. Somebody has pressed the button for a test."


def _of_alert(claimed: Claimed, alert: Alert, settings: Settings) -> Message:
    words = wording.words(alert.kind, alert.facts, plain(settings.timezone))
    is_over = claimed.delivery.event == outbox.RESOLVED
    title = words.over if is_over else words.title
    text = _resolved(alert, words.title, settings.timezone) if is_over else words.text
    path = alert.facts.get(wording.PATH, "/alerts")
    return _message(
        claimed, f"alert.{claimed.delivery.event}", title, text, settings, path, alert=_told(alert)
    )


def _resolved(alert: Alert, title: str, zone: tzinfo) -> str:
    moment = plain(zone).moment
    ended = alert.resolved_at or alert.opened_at
    return f"From {moment(alert.opened_at)} to {moment(ended)} it was so: {title}."


def _told(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "kind": alert.kind,
        "case": alert.facts.get(wording.CASE, ""),
        "opened_at": clock.iso(alert.opened_at),
        "resolved_at": clock.iso(alert.resolved_at) if alert.resolved_at else None,
    }


def _message(
    claimed: Claimed, event: str, title: str, text: str, settings: Settings, path: str, **more: Any
) -> Message:
    url = f"{settings.public_url}{path}" if settings.public_url else ""
    found = str(claimed.delivery.message.get("id", ""))
    body = f"{text}\n\n{url}\n" if url else f"{text}\n"
    payload = {
        "id": found, "event": event, "at": clock.iso(claimed.delivery.made_at),
        "title": title, "text": text, "url": url or None, **more,
    }  # fmt: skip
    return Message(found, f"aiconnect: {title}"[:LONGEST_SUBJECT], body, payload)
