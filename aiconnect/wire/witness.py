"""Remembers what a line carried, to tell it where something went wrong."""

from __future__ import annotations

import time

from aiconnect.wire.http import Line
from aiconnect.wire.types import HttpCall, Reply

FIRST_BYTES = 300
REQUEST_IDS = ("x-request-id", "request-id", "x-amzn-requestid", "x-goog-request-id", "cf-ray")


class Witness:
    """Sends over a line, and keeps what the first call and the latest one came to."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._first: dict[str, str] = {}
        self._latest: dict[str, str] = {}

    def send(self, call: HttpCall, *, seconds: float) -> Reply:
        """As `Line.send`."""
        begun = time.monotonic()
        reply = None
        try:
            reply = self._line.send(call, seconds=seconds)
        finally:
            self._latest = self._seen(call, reply, round((time.monotonic() - begun) * 1000))
            self._first = self._first or self._latest
        return reply

    def facts(self, *, of_first: bool = False) -> dict[str, str]:
        """What was asked, between which addresses, how long it took, how the answer began.

        The answer's words may hold a secret: they are to be redacted by who knows it. `of_first`
        is what a person asked for, where later calls only looked for something better.
        """
        return dict(self._first if of_first else self._latest)

    def _seen(self, call: HttpCall, reply: Reply | None, ms: int) -> dict[str, str]:
        asked = {"asked": f"{call.method} {call.url}", "ms": str(ms)}
        return asked | dict(self._line.ends) | (_told(reply) if reply else {})


def _told(reply: Reply) -> dict[str, str]:
    facts = {"status": str(reply.status), "type": reply.content_type or "none"}
    request_id = next((reply.headers[name] for name in REQUEST_IDS if name in reply.headers), "")
    if request_id:
        facts["request_id"] = _on_one_line(request_id)[:100]
    body = _on_one_line(reply.body[:FIRST_BYTES].decode("utf-8", "replace"))
    return facts | ({"body": body} if body else {})


def _on_one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
