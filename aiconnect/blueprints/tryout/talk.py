"""Several models asked at once, by the door that programs use; their answers as they come."""

from __future__ import annotations

import json
import logging
import select
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from queue import Empty, SimpleQueue
from typing import Any

from aiconnect.blueprints.tryout.answers import Answer, Reader
from aiconnect.calls.snapshot import Caller

log = logging.getLogger("aiconnect.pages")

LOOKS_EVERY, ASKS_EVERY = 0.2, 0.1
LEDGER_SECONDS = 3.0
END_SECONDS = 1.5
STREAM = "text/event-stream"

Gateway = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Find = Callable[[Sequence[str]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """What a page shows next: more `text` of an answer; or its end, with its record where known."""

    answer: Answer
    text: str = ""
    is_end: bool = False
    seen: Any = None


class Talk:
    """One try-out under way. Each model is asked in a thread of its own, so none waits for another.

    `gone` says whether the reader has left the page: then the providers' calls are closed.
    """

    def __init__(
        self,
        gateway: Gateway,
        caller: Caller,
        bodies: Sequence[Mapping[str, Any]],
        gone: Callable[[], bool],
    ) -> None:
        self.answers = [Answer(place, body["model"]) for place, body in enumerate(bodies, 1)]
        self._gateway, self._caller, self._bodies, self._gone = gateway, caller, bodies, gone
        self._lines: SimpleQueue[Line] = SimpleQueue()
        self._left = threading.Event()
        self._threads: list[threading.Thread] = []
        self._looked = 0.0

    def lines(self, find: Find) -> Iterator[Line]:
        """Ask, and give what comes until all is said; ends early where the reader leaves.

        `find` looks calls up in the ledger, by their ids.
        """
        self._begin()
        open_, ended = len(self.answers), list[tuple[Answer, float]]()
        while open_ or ended:
            line = self._next(ASKS_EVERY if ended else LOOKS_EVERY)
            if self._has_left():
                return
            if line and line.is_end:
                open_ -= 1
                ended.append((line.answer, time.monotonic() + LEDGER_SECONDS))
            elif line:
                yield line
            yield from self._recorded(ended, find)

    def close(self) -> None:
        """Have every call end that goes on still; what was said until now stays in `answers`."""
        self._left.set()
        ends = time.monotonic() + END_SECONDS
        for thread in self._threads:
            thread.join(max(ends - time.monotonic(), 0))
        for answer in self.answers:
            answer.ended = answer.ended or "left"

    def _begin(self) -> None:
        for answer, body in zip(self.answers, self._bodies, strict=True):
            raw = json.dumps(body).encode()
            thread = threading.Thread(
                target=self._ask, args=(answer, raw), name="try-out", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _next(self, seconds: float) -> Line | None:
        try:
            return self._lines.get(timeout=seconds)
        except Empty:
            return None

    def _has_left(self) -> bool:
        now = time.monotonic()
        if now - self._looked < LOOKS_EVERY:
            return False
        self._looked = now
        if self._gone():
            self._left.set()
        return self._left.is_set()

    def _recorded(self, ended: list[tuple[Answer, float]], find: Find) -> Iterator[Line]:
        """The ends of those whose record is in the ledger, or late."""
        if not ended:
            return
        found, now = find([answer.call for answer, _ in ended if answer.call]), time.monotonic()
        for one in tuple(ended):
            answer, patience = one
            if answer.call in found or not answer.call or now > patience:
                ended.remove(one)
                yield Line(answer, is_end=True, seen=found.get(answer.call))

    # --- in a thread of its own --------------------------------------------------------------

    def _ask(self, answer: Answer, raw: bytes) -> None:
        environ = _environ(self._caller, raw, self._left.is_set)
        try:
            self._carry(answer, environ)
        except Exception:
            log.exception("a try-out failed")
            answer.fail("internal")
        answer.call = environ.get("aiconnect.request_id", "")
        answer.ended = answer.ended or ("left" if self._left.is_set() else "done")
        self._lines.put(Line(answer, is_end=True))

    def _carry(self, answer: Answer, environ: dict[str, Any]) -> None:
        head: dict[str, str] = {}
        body = self._gateway(environ, lambda _status, headers: head.update(headers))
        if "aiconnect.error" in environ:
            answer.refused(environ["aiconnect.error"])
            return
        reader = Reader(answer)
        take = reader.feed if head.get("Content-Type", "").startswith(STREAM) else reader.whole
        try:
            for part in body:
                if self._left.is_set():
                    break
                if said := take(part):
                    self._lines.put(Line(answer, said))
        finally:
            getattr(body, "close", _nothing)()
        if answer.code and (attempt := environ["aiconnect.call"].attempt):
            answer.facts.setdefault("connection", attempt.opened.name)


def _nothing() -> None:
    """A list has nothing to close."""


def _environ(caller: Caller, raw: bytes, gone: Callable[[], bool]) -> dict[str, Any]:
    """A request as the gateway reads it; the last two keys are ours alone to set."""
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v1/chat/completions",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.input": BytesIO(raw),
        "aiconnect.caller": caller,
        "aiconnect.gone": gone,
    }


def reader_gone(environ: Mapping[str, Any]) -> Callable[[], bool]:
    """Whether who reads a page has closed their connection, as far as this server lets one see."""
    sock = environ.get("gunicorn.socket")
    if sock is None:
        return lambda: False
    poll = select.poll()
    poll.register(sock, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
    return lambda: bool(poll.poll(0))
