"""Addresses that alerts are sent to: judged when they are entered, shown without their secrets."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from aiconnect.errors import N_, Refused
from aiconnect.models import AlertChannel
from aiconnect.services.connections import base_urls
from aiconnect.settings import MAIL_ADDRESS

LONGEST = 500
HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?|[0-9a-f:.]+")


def checked(kind: str, typed: str, *, private: bool) -> str:
    """The address in its form; raises Refused(field="address" or "private")."""
    return _mail(typed) if kind == "mail" else _url(typed, private=private)


def shown(channel: AlertChannel) -> str:
    """A mail address as it is; of a webhook its host: path and query are often its password."""
    if channel.kind == "mail":
        return channel.address
    parts = urlsplit(channel.address)
    hidden = "/…" if parts.path.strip("/") or parts.query else "/"
    return f"{parts.scheme}://{parts.netloc}{hidden}"


def _mail(typed: str) -> str:
    """One address, plain: whatever could add another line or another address is none."""
    found = typed.strip()
    if not MAIL_ADDRESS.fullmatch(found) or ".." in found or found.endswith((".", "-")):
        raise Refused(N_("Write one mail address, like team@example.org."), field="address")
    return found


def _url(typed: str, *, private: bool) -> str:
    url = typed.strip()
    malformed = Refused(
        N_("Write the whole address of the webhook, like https://chat.example.org/hooks/1."),
        field="address",
    )
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise malformed from None
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST
    if not is_plain or parts.scheme not in {"http", "https"} or not HOST.fullmatch(host):
        raise malformed
    if "@" in parts.netloc or parts.fragment or port == 0:
        raise malformed
    if not private and base_urls.is_private(url):
        sentence = N_("%(host)s is in a private network. Allow private addresses to use it.")
        raise Refused(sentence, field="private", host=host)
    if not private and parts.scheme != "https":
        sentence = N_("A public address must begin with https://, or others could read along.")
        raise Refused(sentence, field="address")
    return url
