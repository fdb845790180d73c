"""How a browser comes back from a provider: led to our address, or with a code to paste.

Providers lead back to https addresses and to this very machine, and to nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import request, url_for

from aiconnect.extensions import parts

LOOPBACK = {"localhost", "127.0.0.1"}


def back_to(slug: str) -> Callable[[str], str] | None:
    """Makes the address to come back to from its secret part; None where a code is pasted."""
    here = _address()
    if here is None or request.form.get("by_code"):
        return None
    return lambda secret: here + url_for("oauth.back", provider=slug, secret=secret)


def is_navigation() -> bool:
    """Whether a person goes to this address: nothing is used up by a look ahead or a picture."""
    purposes = (request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz"))
    looks_ahead = any("prefetch" in purpose or "preview" in purpose for purpose in purposes)
    goes = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return request.method == "GET" and goes and not looks_ahead


def _address() -> str | None:
    """This server as the browser that asks can be led back to it."""
    origin = request.headers.get("Origin", "")
    for url in (origin if _is_loopback(origin) else "", parts().settings.public_url):
        if url:
            return url.rstrip("/") if _is_loopback(url) or url.startswith("https://") else None
    here = request.host_url.rstrip("/")
    return here if _is_loopback(here) else None


def _is_loopback(url: str) -> bool:
    try:
        return urlsplit(url).hostname in LOOPBACK
    except ValueError:
        return False
