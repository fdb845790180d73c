"""Sends what is due: mail through the team's server, webhooks signed, each address judged anew."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.client import Client
from aiconnect.errors import CallError, ProviderError
from aiconnect.models import AlertChannel
from aiconnect.secret import Secret
from aiconnect.services.alerts import channels, failures, messages, outbox
from aiconnect.services.alerts.messages import Message
from aiconnect.services.alerts.outbox import Claimed
from aiconnect.services.vault import CannotOpen, Vault
from aiconnect.settings import MailServer, Settings
from aiconnect.wire import breaks, mail
from aiconnect.wire.types import HttpCall, Reply, Route, Timeout

PATIENCE = Timeout(connect=5.0, first_byte=10.0, silence=10.0, total=10.0)
PAGES = (b"<!doctype html", b"<html")
SIGNATURE, ID = "X-Aiconnect-Signature", "X-Aiconnect-Id"


@dataclass(frozen=True, slots=True)
class Post:
    """What sending needs beside a session."""

    settings: Settings
    vault: Vault
    client: Client


def send_due(session: Session, post: Post, stopping: threading.Event) -> tuple[int, int]:
    """Send what is due, one after the other, no transaction open; gives (sent, failed)."""
    sent = failed = 0
    waiting = outbox.due(session, clock.now())
    session.commit()
    for delivery_id in waiting:
        if stopping.is_set():
            break
        claimed = outbox.claim(session, delivery_id, clock.now(), post.settings.timezone)
        if claimed is None:
            continue
        failure = attempt(claimed, post)
        outbox.settle(session, claimed, failure, clock.now())
        sent, failed = sent + (failure is None), failed + (failure is not None)
    return sent, failed


def test(session: Session, post: Post, channel_id: int) -> str | None:
    """Send a test just as an alert is sent; gives the failure as rows keep it, None where sent."""
    channels.get(session, channel_id)
    claimed = outbox.begin_test(session, channel_id, clock.now())
    failure = attempt(claimed, post)
    outbox.end_test(session, claimed, failure, clock.now())
    return failure


def attempt(claimed: Claimed, post: Post) -> str | None:
    """One try to send; gives the failure as rows keep it, None where it was taken."""
    try:
        message = messages.message(claimed, post.settings)
        if claimed.channel.kind == channels.MAIL:
            _mail(claimed.channel, message, post)
        else:
            _post(claimed.channel, message, post)
    except CannotOpen:
        return failures.written(ProviderError(failures.NO_SECRET))
    except (ProviderError, CallError) as error:
        return failures.written(error)
    return None


def signature(secret: Secret, body: bytes, seconds: int) -> str:
    """`t=<unix>,v1=<hmac>`: SHA-256 over the time, a dot, and the body as it is sent."""
    signed = hmac.new(secret.reveal().encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={signed.hexdigest()}"


def _mail(channel: AlertChannel, message: Message, post: Post) -> None:
    server = post.settings.mail
    if server is None:
        raise ProviderError(failures.NO_MAIL)
    mail.send(server, _letter(server, channel, message), channel.address, post.client.ways)


def _letter(server: MailServer, channel: AlertChannel, message: Message) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = f"aiconnect <{server.sender}>", channel.address
    letter["Subject"] = message.subject
    letter["Date"] = format_datetime(clock.now())
    letter["Message-ID"] = f"<{message.id}@{server.sender.partition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(message.text)
    return letter


def _post(channel: AlertChannel, message: Message, post: Post) -> None:
    secret = channels.signing_secret(channel, post.vault)
    body = json.dumps(message.payload, ensure_ascii=True).encode()
    seconds = int(clock.now().timestamp())
    headers: Mapping[str, str] = {
        "Content-Type": "application/json",
        SIGNATURE: signature(secret, body, seconds),
        ID: message.id,
    }
    call = HttpCall("POST", channel.address, headers, body=body)
    ways = post.client.ways
    route = Route(channel.private, ways.ca_file, None, ways.proxy, PATIENCE)
    _check(call, post.client.send(call, route))


def _check(call: HttpCall, reply: Reply) -> None:
    """Raise ProviderError unless the answer says that the message was taken."""
    place = breaks.place(call)
    if not 200 <= reply.status < 300:
        status = str(reply.status)
        raise ProviderError(failures.STATUS, status=reply.status, facts={**place, "status": status})
    if reply.body.lstrip()[:20].lower().startswith(PAGES):
        raise ProviderError(failures.PAGE, facts=place)
