"""Running the server: what must hold before gunicorn forks, and how gunicorn is set up."""

from __future__ import annotations

import fcntl
import gc
import logging.config
import os
import resource
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from sqlalchemy.orm import Session
from typing_extensions import override

from aiconnect.application import Application, create_application
from aiconnect.cli import logs
from aiconnect.errors import StartRefused
from aiconnect.gateway.limits import Limits
from aiconnect.gateway.worker import Worker
from aiconnect.models.base import sessions
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider
from aiconnect.services import accounts, installation
from aiconnect.services.database import database_url
from aiconnect.services.serving import LOCK, alone_on_database
from aiconnect.settings import Settings
from aiconnect.wire.addresses import Policy, ShippedPolicy

MAX_CONNECTIONS = 50_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server listens."""

    host: str
    port: int

    @property
    def ip(self) -> str:
        return "127.0.0.1" if self.host == "localhost" else self.host

    @property
    def bind(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """How this machine itself reaches it."""
        on_all = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (compared, not listened on)
        return f"http://{Place(on_all.get(self.host, self.host), self.port).bind}"


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with workers of ours. `make` builds the application, in each worker."""

    def __init__(
        self,
        make: Callable[[], Application],
        place: Place,
        limits: Limits,
        settings: Settings,
    ) -> None:
        self._make, self._place, self._limits, self._settings = make, place, limits, settings
        super().__init__()

    @override
    def load_config(self) -> None:
        Worker.limits = self._limits
        for name, value in self._options().items():
            self.cfg.set(name, value)

    def _options(self) -> dict[str, Any]:
        connections = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2
        return {
            "bind": self._place.bind,
            "workers": self._limits.processes,
            "worker_class": Worker,
            "threads": self._limits.threads,
            "worker_connections": min(connections, MAX_CONNECTIONS),
            "backlog": 4096,
            "keepalive": 75,
            "timeout": 60,
            "graceful_timeout": self._limits.grace + 10,
            "max_requests": 0,
            "control_socket_disable": True,
            "forwarded_allow_ips": "",
            "accesslog": None,
            "logconfig_dict": logs.config(self._settings),
            "proc_name": "aiconnect",
            "post_worker_init": _start,
        }

    @override
    def load(self) -> Application:
        return self._make()


def _start(worker: Worker) -> None:
    worker.wsgi.start(worker.detach)


def serve(
    settings: Settings,
    place: Place,
    *,
    threads: int = 64,
    workers: int = 1,
    rows: Mapping[str, Provider] = PROVIDERS,
    policy: Policy | None = None,
    limits: Limits | None = None,
) -> None:
    """Serve until told to stop. Raises StartRefused before anything was forked.

    Tests give rows that point at fakes, and their own policy and limits.
    """
    check_workers(settings, workers)
    bounds = replace(limits or Limits(threads=threads), processes=workers)
    rules = policy or ShippedPolicy(own=lambda: frozenset({(place.ip, place.port)}))
    with _lock(settings, place), alone_on_database(settings):
        check_port(place)
        installation.check_start(settings)
        raise_descriptor_limit()
        logging.config.dictConfig(logs.config(settings))
        _say_where(settings, place)
        gc.collect()
        gc.freeze()  # what was loaded stays shared after the fork, untouched by the collector
        Server(
            lambda: create_application(settings, rows, rules, bounds), place, bounds, settings
        ).run()


def check_workers(settings: Settings, workers: int) -> None:
    """Raise StartRefused where several processes would lack what they count and write with."""
    if workers == 1:
        return
    is_server = database_url(settings).get_backend_name() == "postgresql"
    missing = [
        name
        for name, is_there in (
            ("PostgreSQL (AICONNECT_DATABASE_URL)", is_server),
            ("Redis (AICONNECT_REDIS_URL)", settings.redis_url is not None),
        )
        if not is_there
    ]
    if missing:
        raise StartRefused(
            f"More than one worker needs {' and '.join(missing)}. Set what is missing, or leave "
            "--workers at 1: one process carries a thousand streams."
        )


def _say_where(settings: Settings, place: Place) -> None:
    url = settings.public_url or place.url
    click.echo(f"aiconnect serves {url}")
    with closing_session(settings) as session:
        code = accounts.make_setup_link(session)
    if code is not None:
        click.echo("Nobody has an account yet. Make the first one here, once:")
        click.echo(f"  {url}/setup?code={code.reveal()}")
    sys.stdout.flush()


@contextmanager
def closing_session(settings: Settings) -> Iterator[Session]:
    """A session whose database is closed again: nothing may be open when gunicorn forks."""
    engine = installation.open_database(settings)
    try:
        with sessions(engine)() as session:
            yield session
    finally:
        engine.dispose()


class _lock:  # noqa: N801 (used as a with statement, like open)
    """One server per instance folder, by a record lock: it is this process's and dies with it."""

    def __init__(self, settings: Settings, place: Place) -> None:
        self._path, self._place = settings.instance / LOCK, place

    def __enter__(self) -> None:
        if not self._path.parent.is_dir():
            raise StartRefused(f"There is no folder {self._path.parent}. Run `aiconnect init`.")
        self._file = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            first = self._file.read().partition(" ")[0] or "unknown"
            self._file.close()
            raise StartRefused(
                f"Another aiconnect (process {first}) serves the instance {self._path.parent}. "
                "Stop it first, or give this one a folder of its own with AICONNECT_INSTANCE."
            ) from None
        self._file.truncate(0)
        self._file.write(f"{os.getpid()} {self._place.url}")
        self._file.flush()

    def __exit__(self, *_: object) -> None:
        self._file.close()


def check_port(place: Place) -> None:
    """Raise StartRefused where the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((place.host, place.port))
        except OSError as error:
            reason = (error.strerror or "no such address").lower()
            raise StartRefused(
                f"{place.bind} cannot be listened on ({reason}). "
                "Choose another with --port or --host."
            ) from None


def raise_descriptor_limit() -> None:
    """Each stream takes two descriptors, so take all that are allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
