"""One place for what requests, urllib3, http.client, ssl and the socket raise: findings.

Their words stay out of them: they may hold addresses with secrets, or the key itself.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from http.client import BadStatusLine, HTTPException, IncompleteRead, RemoteDisconnected
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from aiconnect.errors import ProviderError
from aiconnect.wire.tls import tls_failure
from aiconnect.wire.types import HttpCall

PORTS = {"http": 80, "https": 443}
REDIRECTS = {301, 302, 303, 307, 308}
TLS_ALERT = ("\x15\x03", "\\x15\\x03")  # how http.client quotes the first bytes of a TLS alert


def finding(error: Exception, call: HttpCall, *, seconds: float) -> ProviderError:
    """What an error of these libraries means; `seconds` is how long was waited for an answer."""
    facts = place(call)
    chain = list(_chain(error))
    if any(isinstance(one, TimeoutError | urllib3.exceptions.TimeoutError) for one in chain):
        return ProviderError("silent", facts=facts | {"seconds": f"{seconds:g}"})
    if any(isinstance(one, UnicodeError | requests.exceptions.InvalidHeader) for one in chain):
        return ProviderError("key_refused", facts=facts | {"reason": "characters"})
    for one in chain:
        if isinstance(one, ssl.SSLError):
            return tls_failure(one, facts["host"])
        if isinstance(one, BadStatusLine) and not isinstance(one, RemoteDisconnected):
            is_tls = any(mark in str(one) for mark in TLS_ALERT)
            return ProviderError("https_expected" if is_tls else "not_an_api", facts=facts)
    return ProviderError(_broken(chain), facts=facts)


def out_of_time(call: HttpCall, begun: float) -> ProviderError:
    """The call took all the time that it had, in whichever pieces."""
    waited = {"seconds": f"{time.monotonic() - begun:.0f}"}
    return ProviderError("silent", facts=place(call) | waited)


def _broken(chain: list[BaseException]) -> str:
    """Broken off within the body, gone before an answer, or no HTTP at all."""
    if any(isinstance(one, IncompleteRead) for one in chain):  # urllib3's is one of these
        return "broke"
    if any(isinstance(one, ConnectionError | RemoteDisconnected) for one in chain):
        return "reset"
    unclear = urllib3.exceptions.DecodeError | HTTPException | requests.exceptions.InvalidURL
    return "not_an_api" if any(isinstance(one, unclear) for one in chain) else "reset"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it holds and what it came from."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def refuse_redirect(call: HttpCall, status: int, headers: Mapping[str, str]) -> None:
    """Raise `redirected`, with the place that is named, where the status says so."""
    if status not in REDIRECTS:
        return
    to = _origin(call.url, headers.get("location", ""))
    facts = place(call) | {"status": str(status), "to": to}
    raise ProviderError("redirected", status=status, facts=facts)


def _origin(url: str, location: str) -> str:
    """Scheme and host: a path or query may hold what is nobody's business."""
    try:
        there = urlsplit(urljoin(url, location))
    except ValueError:
        return "?"
    return f"{there.scheme}://{there.hostname or '?'}"


def place(call: HttpCall) -> dict[str, str]:
    """Host and port, as facts."""
    try:
        parts = urlsplit(call.url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return {"host": "?", "port": "?"}
    return {"host": parts.hostname or "?", "port": str(port)}
