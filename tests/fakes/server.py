"""A fake provider: a real HTTP server on loopback that records, and is in the mood it is told."""

from __future__ import annotations

import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any, ClassVar

from tests.fakes.certificates import server_context
from tests.fakes.exchange import Answer, Exchange, Request, as_json
from tests.fakes.moods import Moods

GONE = (ConnectionError, ssl.SSLError, TimeoutError, ValueError)


class Fake(Moods):
    """One server. A dialect overrides `answers` and the samples; `key` demands that very key."""

    slug = ""
    base_path = ""
    headers_sent: ClassVar[dict[str, str]] = {}

    def __init__(self, port: int = 0, *, certificate: Path | None = None) -> None:
        self._lock = threading.Condition()
        self.steps = threading.Semaphore(0)
        self.hung_up = threading.Event()
        self.closing = threading.Event()
        self.to_reset: set[socket] = set()
        self.generation = 0
        self.active = 0
        self.reset()
        self._server = _Server(port, self, certificate)
        self._scheme = "https" if certificate else "http"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name=f"fake {self.slug}", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def root(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base URL that a connection to this fake would have."""
        return self.root + self.base_path

    def reset(self) -> None:
        """Be as new: what still waits is let go, and nothing is remembered."""
        with self._lock:
            self.generation += 1
            self.requests: list[Request] = []
            self.faults: list[BaseException] = []
            self.hung_up.clear()
            self.steps = threading.Semaphore(0)
            self.to_reset.clear()
            self.calm()

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    # --- what a test reads -----------------------------------------------------------------

    @property
    def last(self) -> Request:
        return self.requests[-1]

    def calls(self, path: str = "chat/completions") -> list[Request]:
        """The requests whose path ends so."""
        return [request for request in self.requests if request.path.endswith(path)]

    def wait_for_requests(self, count: int = 1, timeout: float = 20) -> list[Request]:
        """Block until so many have arrived; fails when they do not."""
        with self._lock:
            assert self._lock.wait_for(lambda: len(self.requests) >= count, timeout), (
                f"{len(self.requests)} requests of {count} came to {self.slug}"
            )
            return list(self.requests)

    def wait_until_idle(self, timeout: float = 20) -> None:
        """Block until no exchange is under way."""
        with self._lock:
            assert self._lock.wait_for(lambda: self.active == 0, timeout), f"{self.active} go on"

    def step(self, count: int = 1) -> None:
        """Let a paused stream send so many parts more."""
        self.steps.release(count)

    # --- what the exchanges ask --------------------------------------------------------------

    @contextmanager
    def exchange(self, request: Request) -> Iterator[int]:
        """Count an exchange from its request to its end."""
        with self._lock:
            self.requests.append(request)
            self.active += 1
            generation = self.generation
            self._lock.notify_all()
        try:
            yield generation
        finally:
            with self._lock:
                self.active -= 1
                self._lock.notify_all()

    def answer_to(self, request: Request) -> Answer:
        """What the mood says, or else the path; with the headers that this host sends always."""
        if self.delay:
            self.closing.wait(self.delay)
        answer = self._answer_to(request)
        return replace(answer, headers=self.headers_sent | answer.headers)

    def _answer_to(self, request: Request) -> Answer:
        refusal = self.mood_answer(request) or self.key_refusal(request)
        if refusal:
            return refusal
        path = request.path.rstrip("/") or "/"
        answer = self.answers().get(f"{request.method} {path}")
        return answer(request) if answer else self.unknown_path(request)

    def answers(self) -> dict[str, Callable[[Request], Answer]]:
        """`METHOD /path` → what answers it."""
        raise NotImplementedError

    def unknown_path(self, request: Request) -> Answer:
        message = f"Invalid URL ({request.method} {request.path})"
        return as_json({"error": {"message": message, "type": "invalid_request_error"}}, 404)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, port: int, fake: Fake, certificate: Path | None) -> None:
        exchange = type("Exchange", (Exchange,), {"fake": fake})
        super().__init__(("127.0.0.1", port), exchange)
        self._fake = fake
        self._context = server_context(certificate) if certificate else None

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self._context is None:
            super().finish_request(request, client_address)
            return
        # Here and not at accept: a client that never shakes hands holds this thread only.
        with self._context.wrap_socket(request, server_side=True) as wrapped:
            super().finish_request(wrapped, client_address)  # type: ignore[arg-type]

    def shutdown_request(self, request: Any) -> None:
        if request in self._fake.to_reset:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        fault = sys.exception()
        if fault is not None and not isinstance(fault, GONE):
            self._fake.faults.append(fault)
