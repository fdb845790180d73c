"""Which case of a finding it is, as far as only this side can tell: addresses, containers, pages.

What a provider itself says is told apart by `adapters.reasons`; its cases are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from aiconnect.providers import PROVIDERS
from aiconnect.services import spellings

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
CONTAINER_HOSTS = {"host.docker.internal", "gateway.docker.internal", "host.containers.internal"}
CLOUD_HOSTS = {
    urlsplit(url).hostname
    for row in PROVIDERS.values()
    for url in (row.base_url, *row.other_urls)
    if url.startswith("https:")
}
CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))
GATEWAY_STATUSES = {"502", "504", *(str(status) for status in range(520, 527))}
SIGN_IN = re.compile(r"(?i)\b(?:log|sign)[ -]?(?:in|on)\b|captive|hotspot|portal|single sign")

WANTS_TLS = re.compile(r"(?i)plain http request was sent to https port|use the https scheme")


def of(code: str, facts: Mapping[str, str], base_url: str) -> dict[str, str]:
    """`reason` (or nothing) for a finding that was made while calling this base URL."""
    if code == "address_refused":
        return {}
    reason = _REASONS.get(code, _none)(facts, base_url)
    return {"reason": reason} if reason else {}


def _none(_facts: Mapping[str, str], _base_url: str) -> str:
    return ""


def _refused(facts: Mapping[str, str], _base_url: str) -> str:
    return "container" if facts.get("host") in LOOPBACK and _in_container() else ""


def _name(facts: Mapping[str, str], _base_url: str) -> str:
    """A provider's own host is spelled right and exists: then this server cannot look names up."""
    host = facts.get("host")
    if host in CLOUD_HOSTS:
        return "cloud"
    return "container_host" if host in CONTAINER_HOSTS else ""


def _path(_facts: Mapping[str, str], base_url: str) -> str:
    return "doubled" if spellings.undoubled(base_url) != base_url else ""


def _page(facts: Mapping[str, str], base_url: str) -> str:
    said = f"{facts.get('title', '')} {facts.get('body', '')}"
    if WANTS_TLS.search(said):
        return "wants_tls"
    return "sign_in" if SIGN_IN.search(said) else _path(facts, base_url)


def _down(facts: Mapping[str, str], _base_url: str) -> str:
    is_gateway = facts.get("status") in GATEWAY_STATUSES and facts.get("type") == "text/html"
    return "gateway" if is_gateway and not facts.get("reason") else ""


def _redirected(facts: Mapping[str, str], base_url: str) -> str:
    there, here = urlsplit(facts.get("to", "")), urlsplit(base_url)
    if there.hostname != here.hostname:
        return ""
    return "https" if (here.scheme, there.scheme) == ("http", "https") else "same_host"


_REASONS = {
    "refused": _refused,
    "name_not_found": _name,
    "wrong_path": _path,
    "not_an_api": _page,
    "provider_down": _down,
    "redirected": _redirected,
}


def _in_container() -> bool:
    return any(mark.exists() for mark in CONTAINER_MARKS)
