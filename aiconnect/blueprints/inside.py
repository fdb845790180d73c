"""Addresses that lead back: pages of this server, and no others."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app
from werkzeug.exceptions import HTTPException

LONGEST = 4000


def endpoint_of(address: str, method: str = "GET") -> str:
    """What of ours answers this local address, whatever its query; "" where nothing does."""
    parts = urlsplit(address) if _is_plain(address) else None
    if parts is None or parts.netloc or parts.scheme:
        return ""
    adapter = current_app.url_map.bind("localhost")
    try:
        return str(adapter.match(parts.path, method=method)[0])
    except HTTPException:
        return ""


def page_of_ours(address: str) -> str:
    """The address where it is one of our pages, else ""."""
    return address if endpoint_of(address) else ""


def _is_plain(address: str) -> bool:
    is_local = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return is_local and address.isprintable() and len(address) <= LONGEST
