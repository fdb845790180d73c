"""aiconnect as an operator runs it: an instance made by the command line, and `aiconnect serve`.

Every policy is on: an access token and connections with limits that are counted for each call but
never reached, routes of two steps, prices.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.bodies import EVERY_CASE
from bench.load import Endpoint, ask, by_route
from bench.places import AICONNECT, WORK, free_port
from bench.processes import await_ready, memory_mb, program
from bench.upstream import CERTIFICATE, Upstream, answers

INSTANCE = WORK / "instance"
OWNER = "bench@example.org"
PASSWORD = "only for this benchmark"
SPARE = "spare"
NEVER_REACHED = ("--requests-per-minute", "900000000", "--tokens-per-minute", "900000000",
                 "--parallel", "100000")  # fmt: skip
PRICE = ("--input", "0.15", "--output", "0.6")


@dataclass(frozen=True, slots=True)
class Start:
    """How long the server took to its first proxied answer, and what it holds when idle."""

    seconds: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Site:
    """Where a server lives, and with what: its folder, more of its environment, its processes."""

    name: str = "aiconnect"
    instance: Path = INSTANCE
    environ: Mapping[str, str] = field(default_factory=dict)
    workers: int = 1

    @property
    def log(self) -> Path:
        return self.instance.with_suffix(".log")

    def serve(self, port: int) -> list[str | Path]:
        return [AICONNECT, "serve", "--port", str(port), "--workers", str(self.workers)]

    def whole_environ(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AICONNECT_")}
        own = {"AICONNECT_INSTANCE": str(self.instance), "AICONNECT_CA_FILE": str(CERTIFICATE)}
        return {**kept, **own, **self.environ}

    def run(self, *arguments: str, stdin: str = "") -> str:
        """A command of aiconnect's; gives what it said."""
        done = subprocess.run(
            [AICONNECT, *arguments],
            input=stdin,
            env=self.whole_environ(),
            text=True,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"aiconnect {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout


ALONE = Site()


def make_instance(upstream: Upstream, site: Site = ALONE) -> str:
    """A fresh instance with the mock's connections; gives an access token."""
    shutil.rmtree(site.instance, ignore_errors=True)
    site.run("init")
    site.run("user", "add", OWNER, "--role", "owner", stdin=PASSWORD)
    plain = f"http://127.0.0.1:{upstream.port}/v1"
    connections = {"mock": plain, SPARE: plain}
    if upstream.tls_port:
        connections["mock-tls"] = f"https://127.0.0.1:{upstream.tls_port}/v1"
    for name, url in connections.items():
        _connect(site, name, url)
    _add_routes(site, set(connections))
    return site.run("token", "add", "bench", "--user", OWNER, *NEVER_REACHED).strip()


@contextmanager
def serving(access_token: str, site: Site = ALONE) -> Iterator[Endpoint]:
    """The server, ready."""
    port = free_port()
    with program(site.serve(port), site.log, environ=site.whole_environ()) as process:
        await_ready(process, lambda: answers(port, "/readyz"), site.log)
        yield Endpoint(site.name, port, process.pid, access_token, by_route)


def start_cold(access_token: str, *, rest: float = 2.0) -> Start:
    """Start the server anew, measured from the process's start to its first proxied 200."""
    port, began, site = free_port(), time.monotonic(), ALONE
    with program(site.serve(port), site.log, environ=site.whole_environ()) as process:
        endpoint = Endpoint(site.name, port, process.pid, access_token, by_route)
        await_ready(process, lambda: ask(endpoint) == 200, site.log)
        seconds = time.monotonic() - began
        time.sleep(rest)
        return Start(seconds, memory_mb(process.pid))


def _connect(site: Site, name: str, url: str) -> None:
    """A connection that serves these models, entered by hand, and has limits."""
    site.run(
        "connection", "add", "compatible", "--name", name, "--url", url, "--private", "--key-stdin",
        *(argument for id_ in _models() for argument in ("--model", id_)),
        stdin="sk-bench",
    )  # fmt: skip
    site.run("connection", "edit", name, *NEVER_REACHED)


def _add_routes(site: Site, connections: set[str]) -> None:
    for route, (connection, model) in {
        case.route: (case.connection, case.model) for case in EVERY_CASE
    }.items():
        if connection in connections:
            site.run("route", "add", route, f"{connection}/{model}", f"{SPARE}/{model}")
    for model in _models():
        site.run("price", "set", model, *PRICE)


def _models() -> list[str]:
    return sorted({case.model for case in EVERY_CASE})
