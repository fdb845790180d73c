"""A real server process on a real instance, for tests of what programs and people meet."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from aiconnect.jobs.clock import LEASE
from aiconnect.models import Role, UsageRecord
from aiconnect.models.base import sessions
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import accounts, audit, connections, installation, leases, tokens
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
CHEAP = accounts.Passwords(time_cost=1, memory_kib=8, parallelism=1)
OWNER = "owner@example.org"
PASSWORD = "correct horse battery"

SOON = 4
"""Seconds: what takes less than one, on a machine whose cores are busy with other tests."""


def until(claim: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether the claim comes true in time. Looks often and never waits for nothing."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if claim():
            return True
        time.sleep(0.01)
    return claim()


class Instance:
    """An instance folder, filled through the services as the command line would."""

    def __init__(self, folder: Path, environ: Mapping[str, str] | None = None) -> None:
        self.environ = {**(environ or {}), "AICONNECT_INSTANCE": str(folder)}
        self.settings = Settings.from_env(self.environ)
        installation.initialise(self.settings)
        self.vault = Vault.from_settings(self.settings)
        self._engine = installation.open_database(self.settings)

    def session(self) -> Session:
        return sessions(self._engine)()

    def close(self) -> None:
        self._engine.dispose()

    def add_owner(self) -> None:
        with self.session() as session:
            accounts.add_person(
                session, audit.SYSTEM, OWNER, Role.OWNER, Secret(PASSWORD), passwords=CHEAP
            )

    def add_connection(
        self, provider: str, url: str, *, name: str = "", key: str = "",
        models: tuple[str, ...] = (), rows: Mapping[str, Provider] = PROVIDERS,
        headers: tuple[tuple[str, Secret], ...] = (),
    ) -> None:  # fmt: skip
        draft = connections.Draft(
            provider,
            name or provider,
            url,
            Secret(key) if key else None,
            private=True,
            models=models,
            headers=headers,
        )
        with self.session() as session:
            connections.add(session, audit.SYSTEM, draft, rows=rows, vault=self.vault)

    def add_token(self, name: str = "program", **more: Any) -> str:
        with self.session() as session:
            _, secret = tokens.add(session, audit.SYSTEM, name, OWNER, **more)
        return secret.reveal()

    def hold_clock(self) -> None:
        """Have the clock as another process would: no job calls a fake in the midst of a test."""
        with self.session() as session:
            assert leases.take(session, LEASE, "a test", leases.HONEST)

    def records(self) -> list[UsageRecord]:
        with self.session() as session:
            return list(session.query(UsageRecord).order_by(UsageRecord.at, UsageRecord.id))

    def settled(self, count: int, seconds: float = 10) -> list[UsageRecord]:
        """The records once this many are settled (within a second, by contract)."""

        def are_there() -> bool:
            return len([one for one in self.records() if one.outcome]) >= count

        assert until(are_there, seconds), f"{len(self.records())} records, wanted {count} settled"
        return self.records()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Running:
    """The server process."""

    def __init__(
        self,
        instance: Instance,
        plan: Mapping[str, Any],
        log: Path,
        environ: Mapping[str, str] | None = None,
        *,
        answers: str = "/readyz",
    ) -> None:
        self.port = free_port()
        self.log = log
        clean = {k: v for k, v in os.environ.items() if not k.startswith("AICONNECT_")}
        clean |= {**instance.environ, "PYTHONPATH": str(ROOT)}
        arguments = json.dumps({"port": self.port, **plan})
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.serve", arguments], cwd=ROOT,
                env={**clean, **(environ or {})}, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        if answers:
            self._await_ready(answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _await_ready(self, path: str) -> None:
        def is_ready() -> bool:
            assert self.process.poll() is None, f"the server ended: {self.log.read_text()}"
            try:
                return self.get(path).status == 200
            except OSError:
                return False

        assert until(is_ready), f"the server is not ready: {self.log.read_text()}"

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("GET", path, headers=headers)

    def ask(
        self, method: str, path: str, body: bytes | None = None,
        headers: Mapping[str, str] | None = None, timeout: float = 30,
    ) -> Answer:  # fmt: skip
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            client.request(method, path, body, dict(headers or {}))
            reply = client.getresponse()
            found = {name.lower(): value for name, value in reply.getheaders()}
            return Answer(reply.status, found, reply.read())
        finally:
            client.close()

    def chat(
        self, token: str, body: Mapping[str, Any], timeout: float = 30, *, origin: str = ""
    ) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if origin:
            headers["Origin"] = origin
        raw = json.dumps(body).encode()
        return self.ask("POST", "/v1/chat/completions", raw, headers, timeout)

    @property
    def worker(self) -> int:
        """The process that answers (gunicorn's child)."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(children.read_text().split()[0])

    def kill(self) -> None:
        """kill -9 for the whole process group."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def stop(self, seconds: float = 30) -> int:
        if self.process.poll() is None:
            self.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


@contextmanager
def serving(
    instance: Instance,
    log: Path,
    *,
    environ: Mapping[str, str] | None = None,
    answers: str = "/readyz",
    **plan: Any,
) -> Iterator[Running]:
    """A server that has begun to answer at this path: one that lacks something is never ready.

    With no path it has only been begun.
    """
    running = Running(instance, plan, log, environ, answers=answers)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.kill()


SAY = {"messages": [{"role": "user", "content": "Hello"}]}
