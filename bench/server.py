"""aiconnect as an operator runs it: an instance made by the command line, and `aiconnect serve`.

Every policy is on: an access token and connections with limits that are counted for each call but
never reached, routes of two steps, prices.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.bodies import EVERY_CASE
from bench.load import Endpoint, ask, by_route
from bench.places import AICONNECT, WORK, free_port
from bench.processes import await_ready, memory_mb, program
from bench.upstream import CERTIFICATE, Upstream, answers

INSTANCE = WORK / "instance"
LOG = WORK / "aiconnect.log"
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


def make_instance(upstream: Upstream) -> str:
    """A fresh instance with the mock's connections; gives an access token."""
    shutil.rmtree(INSTANCE, ignore_errors=True)
    _aiconnect("init")
    _aiconnect("user", "add", OWNER, "--role", "owner", stdin=PASSWORD)
    plain = f"http://127.0.0.1:{upstream.port}/v1"
    connections = {"mock": plain, SPARE: plain}
    if upstream.tls_port:
        connections["mock-tls"] = f"https://127.0.0.1:{upstream.tls_port}/v1"
    for name, url in connections.items():
        _connect(name, url)
    _add_routes(set(connections))
    return _aiconnect("token", "add", "bench", "--user", OWNER, *NEVER_REACHED).strip()


@contextmanager
def serving(access_token: str) -> Iterator[Endpoint]:
    """The server, ready."""
    port = free_port()
    with program(_serve(port), LOG, environ=_environ()) as process:
        await_ready(process, lambda: answers(port, "/readyz"), LOG)
        yield Endpoint("aiconnect", port, process.pid, access_token, by_route)


def start_cold(access_token: str, *, rest: float = 2.0) -> Start:
    """Start the server anew, measured from the process's start to its first proxied 200."""
    port, began = free_port(), time.monotonic()
    with program(_serve(port), LOG, environ=_environ()) as process:
        endpoint = Endpoint("aiconnect", port, process.pid, access_token, by_route)
        await_ready(process, lambda: ask(endpoint) == 200, LOG)
        seconds = time.monotonic() - began
        time.sleep(rest)
        return Start(seconds, memory_mb(process.pid))


def _connect(name: str, url: str) -> None:
    """A connection that serves these models, entered by hand, and has limits."""
    _aiconnect(
        "connection", "add", "compatible", "--name", name, "--url", url, "--private", "--key-stdin",
        *(argument for id_ in _models() for argument in ("--model", id_)),
        stdin="sk-bench",
    )  # fmt: skip
    _aiconnect("connection", "edit", name, *NEVER_REACHED)


def _add_routes(connections: set[str]) -> None:
    for route, (connection, model) in {
        case.route: (case.connection, case.model) for case in EVERY_CASE
    }.items():
        if connection in connections:
            _aiconnect("route", "add", route, f"{connection}/{model}", f"{SPARE}/{model}")
    for model in _models():
        _aiconnect("price", "set", model, *PRICE)


def _models() -> list[str]:
    return sorted({case.model for case in EVERY_CASE})


def _serve(port: int) -> list[str | Path]:
    return [AICONNECT, "serve", "--port", str(port)]


def _environ() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AICONNECT_")}
    return kept | {"AICONNECT_INSTANCE": str(INSTANCE), "AICONNECT_CA_FILE": str(CERTIFICATE)}


def _aiconnect(*arguments: str, stdin: str = "") -> str:
    done = subprocess.run(
        [AICONNECT, *arguments],
        input=stdin,
        env=_environ(),
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"aiconnect {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout
