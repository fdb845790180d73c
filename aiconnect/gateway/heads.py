"""Heads of requests that were read before: a program sends nearly the same one with each call.

gunicorn's parser takes a fifth of a small call's time. What it made of a head is kept, without the
two values that change or must not be kept (the length and the access token), and a head with the
same bytes in all other places is not parsed again. Only heads that the parser took are known, so
nothing gets in by this way that it would have refused.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any

from gunicorn.http.body import Body, LengthReader

LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*\r\n", re.IGNORECASE)
TOKEN = re.compile(
    rb"\r\n(authorization|x-api-key):[ \t]*([!-~]+(?: [!-~]+)?)[ \t]*\r\n", re.IGNORECASE
)
SECRETS = re.compile(rb"\r\n(?:(?:proxy-)?authorization|x-api-key|cookie):", re.IGNORECASE)
CHANGING = ("CONTENT-LENGTH", "AUTHORIZATION", "X-API-KEY")
LONGEST = 4096
MOST = 500


@dataclass(frozen=True, slots=True)
class Cut:
    """A head without its length and its access token, and those by the names of their fields."""

    rest: bytes
    values: tuple[tuple[str, str], ...]
    length: int


class Heads:
    """What the parser made of heads; one for the process, from any thread."""

    def __init__(self) -> None:
        self.known: dict[bytes, Any] = {}

    def request(self, cut: Cut, parser: Any) -> Any | None:
        """The parser's next request, where its head is known; the body is still to be read."""
        kept = self.known.get(cut.rest)
        if kept is None:
            return None
        found = copy.copy(kept)
        found.headers = _filled(kept.headers, cut)
        found.unreader, found.trailers = parser.unreader, []
        found.body = Body(LengthReader(parser.unreader, cut.length))
        found.peer_addr = found.remote_addr = parser.source_addr
        parser.req_count += 1
        found.req_number = parser.req_count
        parser.mesg = found
        return found

    def learn(self, cut: Cut, request: Any) -> None:
        """Keep what the parser made of a head, if it reads the cut values as they were cut."""
        names = [name for name, _ in request.headers]
        is_plain = all(names.count(name) <= 1 for name in CHANGING)
        if not is_plain or _filled(request.headers, cut) != request.headers:
            return
        if len(self.known) >= MOST:
            self.known.clear()
        kept = copy.copy(request)
        blank = tuple((name, "") for name, _ in cut.values)
        kept.headers = _filled(request.headers, Cut(b"", blank, 0))
        kept.unreader = kept.body = kept.peer_addr = kept.remote_addr = None
        self.known[cut.rest] = kept


def cut(head: bytes) -> Cut | None:
    """The head cut; None for one that is too long to keep, or has no plain length.

    And for one with a secret beside its one access token: what is kept has none.
    """
    length = LENGTH.search(head) if len(head) <= LONGEST else None
    if length is None:
        return None
    values = [("CONTENT-LENGTH", length[1].decode())]
    spans = [length.span(1)]
    token = TOKEN.search(head)
    if len(SECRETS.findall(head)) > (token is not None):
        return None
    if token is not None:
        values.append((token[1].decode().upper(), token[2].decode()))
        spans.append(token.span(2))
    (first, then), (again, end) = min(spans), max(spans)
    middle = head[then:again] if len(spans) > 1 else b""
    return Cut(head[:first] + middle + head[end:], tuple(values), int(length[1]))


def _filled(headers: list[tuple[str, str]], cut: Cut) -> list[tuple[str, str]]:
    """The headers with the cut values: each at the first field of its name."""
    filled = list(headers)
    names = [name for name, _ in headers]
    for name, value in cut.values:
        filled[names.index(name)] = (name, value)
    return filled
