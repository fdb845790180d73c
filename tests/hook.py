"""A receiver of webhooks on loopback: keeps what it was sent, answers as it is told."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from typing_extensions import override

from tests import ports
from tests.fakes.certificates import server_context


@dataclass(frozen=True)
class Delivered:
    """A request as it came; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def is_signed(self, secret: str) -> bool:
        """Whether the signature is that of whoever knows the secret."""
        parts = dict(one.split("=") for one in self.headers["x-aiconnect-signature"].split(","))
        signed = f"{parts['t']}.".encode() + self.body
        return parts["v1"] == hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class Hook:
    """Listens from `open` to `close`, each time on the same port.

    `answers` are (status, body, content type) for the next requests, then `usual` for all others;
    while `holding` is set, requests wait.
    """

    usual = (200, b"ok", "text/plain")

    def __init__(self, *, certificate: Path | None = None) -> None:
        self.delivered: list[Delivered] = []
        self.answers: list[tuple[int, bytes, str]] = []
        self.headers: dict[str, str] = {}
        self.holding = threading.Event()
        self.port = ports.free_port()
        self._certificate = certificate
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        scheme = "https" if self._certificate else "http"
        return f"{scheme}://127.0.0.1:{self.port}/hooks/1?token=word-of-the-hook"

    @property
    def is_open(self) -> bool:
        return self._server is not None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> None:
        hook = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                hook.delivered.append(Delivered(self.path, headers, body))
                while hook.holding.is_set() and hook.is_open:
                    threading.Event().wait(0.02)
                with suppress(OSError):
                    self._answer(*(hook.answers.pop(0) if hook.answers else hook.usual))

            def _answer(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                for name, value in {"Content-Type": kind, **hook.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            @override
            def log_message(self, *_words: object) -> None:
                """Nothing is written."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Answering)
        self._server.daemon_threads = True
        if self._certificate:
            context = server_context(self._certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        if self._server is not None:
            server, self._server = self._server, None
            server.shutdown()
            server.server_close()
