"""Programs that run in a browser: which pages may read our answers (the Fetch standard's CORS)."""

from __future__ import annotations

from dataclasses import dataclass

from aiconnect.errors import CallError
from aiconnect.gateway.answers import Headers
from aiconnect.gateway.requests import Environ

READABLE = (
    "x-request-id, x-aiconnect-model, x-aiconnect-attempts, x-aiconnect-skipped, "
    "x-aiconnect-dropped, x-aiconnect-estimated, retry-after"
)
METHODS = "GET, POST, OPTIONS"
SECONDS = "600"


@dataclass(frozen=True, slots=True)
class Origins:
    """Allowed origins as browsers send them; `*` allows every one."""

    allowed: tuple[str, ...] = ()

    def headers(self, environ: Environ) -> Headers:
        """What every answer to a page of an allowed origin carries; nothing for anyone else.

        Never with credentials: an access token is sent by the program, no cookie counts here.
        """
        origin = environ.get("HTTP_ORIGIN", "")
        if not self._allows(origin):
            return []
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", READABLE),
            ("Vary", "Origin"),
        ]

    def preflight(self, environ: Environ) -> Headers:
        """The answer to a browser that asks before it calls. Raises CallError (403)."""
        found = self.headers(environ)
        if not found:
            raise CallError("origin_not_allowed", origin=environ.get("HTTP_ORIGIN", "")[:200])
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        found += [
            ("Access-Control-Allow-Methods", METHODS),
            ("Access-Control-Allow-Headers", asked if asked.isprintable() else ""),
            ("Access-Control-Max-Age", SECONDS),
        ]
        if environ.get("HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK") == "true":
            found.append(("Access-Control-Allow-Private-Network", "true"))
        return found

    def _allows(self, origin: str) -> bool:
        is_plain = origin.isprintable() and origin.isascii()
        return bool(origin) and is_plain and ("*" in self.allowed or origin in self.allowed)


def is_preflight(environ: Environ) -> bool:
    """Whether a browser asks if a page may call."""
    asks = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ and "HTTP_ORIGIN" in environ
    return bool(environ["REQUEST_METHOD"] == "OPTIONS" and asks)
