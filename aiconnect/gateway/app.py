"""The gateway's WSGI application: what programs call. No Flask, no database, no disk wait."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from aiconnect.calls.counting import Counting
from aiconnect.calls.journal import Journal
from aiconnect.calls.meters import Capacity
from aiconnect.calls.snapshot import Snapshot
from aiconnect.calls.texts import Waiting
from aiconnect.calls.words import Word
from aiconnect.errors import CallError
from aiconnect.gateway.answers import Headers, error_body, error_headers, status_line
from aiconnect.gateway.back_room import BackRoom
from aiconnect.gateway.cors import Origins, is_preflight
from aiconnect.gateway.endpoints.calling import HANDED_OVER, StartResponse
from aiconnect.gateway.gauges import Sharing, Sources
from aiconnect.gateway.limits import Bounds, Limits
from aiconnect.gateway.line import Line, Open, Reason
from aiconnect.gateway.metrics import Metrics
from aiconnect.gateway.parts import About, Parts
from aiconnect.gateway.paths import dialect_of, endpoint_of
from aiconnect.gateway.pool import Pool
from aiconnect.gateway.requests import Environ
from aiconnect.gateway.stream import Relay
from aiconnect.gateway.tries import Reach
from aiconnect.ids import uuid7
from aiconnect.wire.relay import Upstream

log = logging.getLogger("aiconnect.gateway")

BACK_ROOM = 32
NOBODY = Origins()
NOTHING_SAID = About()


class Gateway:
    """Finds the endpoint of a path and answers; owns the relay thread and the back room."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        journal: Journal,
        upstream: Upstream,
        limits: Limits,
        counting: Counting,
        origins: Origins = NOBODY,
        about: About = NOTHING_SAID,
    ) -> None:
        self._origins = origins
        bounds = Bounds(limits, snapshot)
        self.capacity = Capacity(limits.threads_for_calls, lambda: bounds.ceilings)
        self.counting = counting
        self._pool: Pool[tuple[Open, Reason]] = Pool(BACK_ROOM, self._settle, name="back-room")
        self.relay = Relay(bounds, self._to_back_room, upstream.keep)
        self.texts = Waiting()
        self.metrics = Metrics(self._sources(snapshot))
        reach = Reach(upstream, bounds, counting, journal, self.metrics, self.texts)
        self.parts = Parts(snapshot, reach, self.capacity, self.relay, about)
        self._back_room = BackRoom(self.parts)

    def _sources(self, snapshot: Callable[[], Snapshot]) -> Sources:
        def names() -> dict[int, str]:
            return {one.id: one.name for one in snapshot().connections.values()}

        shared = self.counting.limits
        return Sources(
            streams_open=lambda: self.capacity.streams,
            calls_in_threads=lambda: self.capacity.in_threads,
            names=names,
            breakers=self.counting.breakers,
            allowances=self.counting.allowances,
            sharing=shared if isinstance(shared, Sharing) else None,
            budgets=self.counting.budgets,
            texts_lost=lambda: self.texts.lost,
        )

    def word(self) -> Word:
        """What this process tells the others of itself."""
        return self.parts.word(self.metrics.render()[0])

    def start(
        self,
        detach: Callable[[Environ], Line] | None = None,
        fellows: Callable[[], Sequence[Word]] = tuple,
    ) -> None:
        """Start the relay thread; in the worker process only."""
        self.parts = replace(self.parts, detach=detach, fellows=fellows)
        self.relay.start()

    def stop(self) -> None:
        self.relay.stop()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request_id = environ["aiconnect.request_id"] = uuid7()
        extra = environ["aiconnect.headers"] = self._origins.headers(environ)
        if extra:
            start_response = _with(extra, start_response)
        try:
            if is_preflight(environ):
                return _allow(self._origins.preflight(environ), start_response)
            answer = endpoint_of(environ)(self.parts, environ, start_response)
        except CallError as error:
            self._count(error)
            return _refuse(error, environ, start_response)
        except Exception:
            log.exception("call failed", extra={"request_id": request_id})
            return _refuse(CallError("internal"), environ, start_response)
        if answer is HANDED_OVER:
            raise StopIteration  # gunicorn leaves a request that ends like this alone
        return answer

    def _count(self, error: CallError) -> None:
        if error.status == 401:
            self.metrics.unauthorized()
        elif error.code == "ledger_full":
            self.metrics.journal_full()

    def _to_back_room(self, one: Open, reason: Reason) -> None:
        self._pool.put((one, reason))

    def _settle(self, work: tuple[Open, Reason]) -> None:
        self._back_room.settle(*work)


def _with(extra: Headers, start_response: StartResponse) -> StartResponse:
    """Every answer's headers, and these."""

    def start(status: str, headers: Headers) -> Any:
        known = {name for name, _ in headers}
        return start_response(status, headers + [one for one in extra if one[0] not in known])

    return start


def _allow(headers: Headers, start_response: StartResponse) -> Iterable[bytes]:
    start_response("204 No Content", headers)
    return []


def _refuse(error: CallError, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    request_id: str = environ["aiconnect.request_id"]
    environ["aiconnect.error"] = error  # for pages of ours, which word it for their reader
    body = error_body(error, request_id, dialect_of(environ))
    headers = error_headers(error, request_id, environ.get("aiconnect.call"))
    start_response(status_line(error.status), [*headers, ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
