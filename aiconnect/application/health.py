"""Whether a process lives, and is ready: /healthz and /readyz."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Protocol

from aiconnect.calls.journal import Journal
from aiconnect.gateway.answers import status_line
from aiconnect.gateway.endpoints.calling import StartResponse
from aiconnect.jobs.writer import Writer

HEART_STOPPED = 10.0
WAITED_FOR = 30.0
"""Seconds without a sign of life; threads that use the database may be waiting for it."""
PATHS = {"/healthz", "/readyz"}


class Beating(Protocol):
    """A thread that notes when it was last round; `beat` is monotonic seconds."""

    name: str
    beat: float

    def is_alive(self) -> bool:
        """Whether it runs."""


class Health:
    """Judges the threads of a process and its journal."""

    def __init__(
        self, journal: Journal, writer: Writer, relay: Beating, others: Sequence[Beating]
    ) -> None:
        self._journal, self._writer, self._relay = journal, writer, relay
        self._on_database: Sequence[Beating] = (writer, *others)

    @property
    def faults(self) -> list[str]:
        """What keeps this process from being ready."""
        stopped = [] if _lives(self._relay, HEART_STOPPED) else [self._relay.name]
        stopped += [one.name for one in self._on_database if not _lives(one, WAITED_FOR)]
        failing = ["ledger"] if self._writer.failing_since is not None else []
        return stopped + failing + (["no spare segment"] if self._journal.is_full else [])

    def answer(self, path: str, start_response: StartResponse) -> Iterable[bytes]:
        faults = self.faults if path == "/readyz" else []
        body = ("not ready: " + ", ".join(faults) if faults else "ok").encode() + b"\n"
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
        ]
        start_response(status_line(503 if faults else 200), headers)
        return [body]


def _lives(one: Beating, patience: float) -> bool:
    return one.is_alive() and time.monotonic() - one.beat <= patience
