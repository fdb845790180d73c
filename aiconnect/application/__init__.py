"""The whole server as one WSGI application: the gateway beside the admin, and their threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib import metadata
from threading import BoundedSemaphore
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from aiconnect import create_app
from aiconnect.application import health
from aiconnect.application.health import Health
from aiconnect.application.later import Later
from aiconnect.application.sharing import Shared
from aiconnect.calls.journal import Journal
from aiconnect.calls.snapshot import Snapshot
from aiconnect.calls.words import Word
from aiconnect.gateway.app import Gateway
from aiconnect.gateway.cors import Origins
from aiconnect.gateway.endpoints.calling import StartResponse
from aiconnect.gateway.limits import Limits
from aiconnect.gateway.line import Line
from aiconnect.gateway.parts import About
from aiconnect.gateway.paths import MISPLACED
from aiconnect.gateway.requests import Environ
from aiconnect.ids import uuid7
from aiconnect.jobs.balance import Balance
from aiconnect.jobs.clock import Clock, Work
from aiconnect.jobs.running import Runtime
from aiconnect.jobs.texts import Keeper
from aiconnect.jobs.watcher import Watcher
from aiconnect.jobs.writer import Behind, Writer
from aiconnect.models.base import sessions
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import budgets, installation, rotation, snapshots
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings
from aiconnect.wire.addresses import Policy, ShippedPolicy
from aiconnect.wire.relay import Upstream
from aiconnect.wire.types import Ways

FOR_PROGRAMS = {"/metrics", "/openapi.json", *MISPLACED}
WITH_PICTURES = {"/try", "/try/find"}
MOST_UPLOADS = 4
Pages = Callable[..., Iterable[bytes]]
"""The admin as WSGI; Flask itself is not imported before it is made."""
MakePages = Callable[["Application", Vault, Secret], Pages]
"""With what the database gave at the start, so that they can be made while it is away."""


class Application:
    """Sends each path to its plane. `start` and `stop` belong to the worker process."""

    def __init__(
        self,
        settings: Settings,
        rows: Mapping[str, Provider],
        policy: Policy,
        limits: Limits,
        pages: MakePages,
    ) -> None:
        vault = installation.check_start(settings)
        self._sessions = sessions(installation.open_database(settings))
        with self._sessions() as session:
            rotation.note_keys(session, vault)
            cookie_key = installation.cookie_key(session, vault, settings)
            with suppress(SQLAlchemyError):  # a locked database: the job of budgets notes it later
                budgets.follow_zone(session, settings.timezone)
        self.journal = Journal(settings.journal, uuid7(), segment_bytes=limits.segment_bytes)

        self._shared = Shared(settings.redis_url, limits.processes)
        counting = self._shared.counting(limits)

        def build(session: Session) -> Snapshot:
            picture = snapshots.build(session, rows=rows, vault=vault, settings=settings)
            counting.follow(picture)
            return picture

        balance = Balance(counting.budgets, self._sessions)
        self.watcher = Watcher(self._sessions, build, balance.look)
        self.writer = Writer(self.journal, self._sessions, balance)
        self.writer.take_in()
        if self._shared.budgets is None:  # Redis remembers what a process held that is gone
            counting.budgets.is_blind = lambda: self.writer.lacks_past
        self.clock = Clock(self._sessions, lambda: self._work(settings, rows, policy, vault))
        self._upstream = Upstream(policy)
        self.gateway = Gateway(
            lambda: self.watcher.current,
            self.journal,
            self._upstream,
            limits,
            counting,
            Origins(settings.cors_origins),
            About(metadata.version("aiconnect"), settings.public_url, settings.trusted_proxies),
        )
        self.keeper = Keeper(self.gateway.texts, self._sessions, vault)
        self._shared.speak(self.gateway.word)
        on_database = (self.watcher, self.clock)
        self._health = Health(self.journal, self.writer, self.gateway.relay, on_database)
        self._uploads = BoundedSemaphore(MOST_UPLOADS)
        self._pages = Later(lambda: pages(self, vault, cookie_key))

    def _work(
        self, settings: Settings, rows: Mapping[str, Provider], policy: Policy, vault: Vault
    ) -> Work:
        """The jobs, and what they work with: imported once the first tick wants them."""
        from aiconnect.client import Client  # noqa: PLC0415
        from aiconnect.jobs.table import JOBS  # noqa: PLC0415

        client = Client(policy, Ways.of(settings))
        return Runtime(settings, rows, vault, client, faults=lambda: self.faults), JOBS

    @property
    def admin(self) -> Pages:
        """The pages for people: half of what a start takes, so calls do not wait for them."""
        return self._pages.get()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if path.startswith(("/v1/", "/api/")) or path in FOR_PROGRAMS:
            return self.gateway(environ, start_response)
        if path in health.PATHS:
            return self._health.answer(path, start_response)
        if not environ.get("aiconnect.is_whole", True):
            return self._upload(environ, start_response)
        return self.admin(environ, start_response)

    def _upload(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Forms are small and come in one piece; waiting for more would hold a thread of pages.

        Those that may carry a picture are waited for, a few at once.
        """
        is_taken = environ["PATH_INFO"] in WITH_PICTURES and self._uploads.acquire(blocking=False)
        if not is_taken:
            return self._too_large(start_response)
        try:
            return self.admin(environ, start_response)
        finally:  # the form is read by now, whatever is still to be answered
            self._uploads.release()

    def _too_large(self, start_response: StartResponse) -> Iterable[bytes]:
        body = b"This is larger than any form here.\n"
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
        start_response("413 Content Too Large", headers)
        return [body]

    def start(self, detach: Callable[[Environ], Line] | None = None) -> None:
        """Build the first snapshot and start the threads."""
        self.journal.prepare()
        self.watcher.look()
        self.watcher.start()
        self.writer.start()
        self.keeper.start()
        self._shared.start()
        self.gateway.start(detach, self.heard)
        self.clock.start()
        self._pages.begin()

    def stop(self) -> None:
        """End the threads; the journal is absorbed to its end."""
        self.gateway.stop()
        self.keeper.stop()
        self._shared.stop()
        self.clock.stop()
        self.watcher.stop()
        self.writer.stop()
        self._shared.stop_budgets()
        self.journal.close()
        self._upstream.close()

    def heard(self) -> Sequence[Word]:
        """What the other processes of this server said of themselves last."""
        return self._shared.heard()

    @property
    def open_streams(self) -> int:
        """Streams that have left their threads and are not over."""
        return self.gateway.capacity.streams

    @property
    def most_calls(self) -> int:
        """How many calls may hold a thread."""
        return self.gateway.capacity.most_calls

    def stream_closed(self) -> None:
        """A stream that had left its thread is over."""
        self.gateway.capacity.leave_stream()

    @property
    def behind(self) -> Behind:
        """What this process has not brought into the ledger yet."""
        return self.writer.behind

    @property
    def faults(self) -> list[str]:
        """What keeps this process from being ready."""
        return self._health.faults


def create_application(
    settings: Settings,
    rows: Mapping[str, Provider] = PROVIDERS,
    policy: Policy | None = None,
    limits: Limits | None = None,
) -> Application:
    """The server of this process, not started yet. Raises StartRefused."""
    rules, bounds = policy or ShippedPolicy(), limits or Limits()

    def pages(application: Application, vault: Vault, cookie_key: Secret) -> Pages:
        known = replace(settings, secret_key=cookie_key)
        admin = create_app(known, rows=rows, policy=rules, vault=vault)
        admin.extensions |= _told(application, bounds)
        return admin

    return Application(settings, rows, rules, bounds, pages)


def _told(application: Application, limits: Limits) -> dict[str, Any]:
    """What pages ask the running server for."""
    gateway = application.gateway
    return {
        "aiconnect_breakers": gateway.counting.breakers,
        "aiconnect_gateway": gateway,
        "aiconnect_counting": gateway.counting,
        "aiconnect_picture": lambda: application.watcher.current,
        "aiconnect_fellows": application.heard,
        "aiconnect_capacity": gateway.capacity,
        "aiconnect_usual": limits.usual,
        "aiconnect_faults": lambda: application.faults,  # for the banners of pages
        "aiconnect_behind": lambda: application.behind,
    }
