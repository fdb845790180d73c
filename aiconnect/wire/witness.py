"""Remembers what a line carried last, to tell it where something went wrong."""

from __future__ import annotations

import time

from aiconnect.wire.http import Line
from aiconnect.wire.types import HttpCall, Reply

FIRST_BYTES = 300
REQUEST_IDS = ("x-request-id", "request-id", "x-amzn-requestid", "x-goog-request-id", "cf-ray")


class Witness:
    """Sends over a line, and keeps the latest call and its reply."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._call: HttpCall | None = None
        self._reply: Reply | None = None
        self._ms = 0

    def send(self, call: HttpCall, *, seconds: float) -> Reply:
        """As `Line.send`."""
        self._call, self._reply = call, None
        begun = time.monotonic()
        try:
            self._reply = self._line.send(call, seconds=seconds)
        finally:
            self._ms = round((time.monotonic() - begun) * 1000)
        return self._reply

    def facts(self) -> dict[str, str]:
        """What was asked, between which addresses, how long it took, how the answer began.

        The answer's words may hold a secret: they are to be redacted by who knows it.
        """
        if self._call is None:
            return {}
        asked = {"asked": f"{self._call.method} {self._call.url}", "ms": str(self._ms)}
        return asked | dict(self._line.ends) | (_told(self._reply) if self._reply else {})


def _told(reply: Reply) -> dict[str, str]:
    facts = {"status": str(reply.status), "type": reply.content_type or "none"}
    request_id = next((reply.headers[name] for name in REQUEST_IDS if name in reply.headers), "")
    if request_id:
        facts["request_id"] = _on_one_line(request_id)[:100]
    body = _on_one_line(reply.body[:FIRST_BYTES].decode("utf-8", "replace"))
    return facts | ({"body": body} if body else {})


def _on_one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
