"""The load: whole calls by wrk, streams by sload. Each gives its figures by name."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.bodies import PLAIN, Case
from bench.places import WORK
from bench.processes import cpu_seconds, memory_mb, quiet_cpu_seconds
from bench.upstream import SLOAD

PERCENTILES = r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m) *$"  # wrk pads short units with a blank
MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
Figures = dict[str, float]


def by_model(case: Case) -> str:
    """The mock's own name: what is called there knows no routes."""
    return case.model


def by_route(case: Case) -> str:
    """The name of a route of ours."""
    return case.route


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is called. `pid` is None for the mock itself, whose CPU is not ours to count.

    `naming` gives the name by which a case's model is called there.
    """

    name: str
    port: int
    pid: int | None = None
    access_token: str = field(default="sk-bench", repr=False)
    naming: Callable[[Case], str] = by_model
    more_headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, case: Case, *, is_stream: bool = False) -> bytes:
        return case.body(self.naming(case), is_stream=is_stream)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}", **self.more_headers}


def ask(endpoint: Endpoint, case: Case = PLAIN) -> int:
    """One whole call; gives its status, 0 where nothing answers."""
    client = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=10)
    headers = {"Content-Type": "application/json", **endpoint.headers}
    try:
        client.request("POST", case.wire.path, endpoint.body(case), headers)
        reply = client.getresponse()
        reply.read()
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        client.close()
    return reply.status


def whole(endpoint: Endpoint, case: Case, connections: int, seconds: float) -> Figures:
    """As many whole calls as these connections can make, one after another on each."""
    script = _script(endpoint, case)
    command = [
        "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s",
        "--latency", "-s", str(script), f"http://127.0.0.1:{endpoint.port}{case.wire.path}",
    ]  # fmt: skip
    before = cpu_seconds(endpoint.pid) if endpoint.pid else 0.0
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    figures = read_wrk(said)
    if endpoint.pid:
        spent = quiet_cpu_seconds(endpoint.pid) - before
        figures |= {"cpu_ms_per_call": spent * 1000 / figures["calls"]} if figures["calls"] else {}
    return figures


def streams(endpoint: Endpoint, case: Case, count: int, seconds: float, ramp: float) -> Figures:
    """This many streams at once, each begun again when it ends."""
    asked = WORK / f"{endpoint.name}-{case.name}.json"
    asked.write_bytes(endpoint.body(case, is_stream=True))
    command = [
        SLOAD, endpoint.port, case.wire.path, asked, count, seconds, ramp, case.chunks,
        case.wire.end, *(f"{name}: {value}" for name, value in endpoint.headers.items()),
    ]  # fmt: skip
    before = cpu_seconds(endpoint.pid) if endpoint.pid else 0.0
    began = time.monotonic()
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE) as sload:
        time.sleep(ramp + seconds * 0.8)
        held = memory_mb(endpoint.pid) if endpoint.pid else 0.0
        said = sload.communicate(timeout=60)[0]
    lasted = time.monotonic() - began
    figures = read_sload(said)
    if endpoint.pid:
        busy = cpu_seconds(endpoint.pid) - before
        spent = quiet_cpu_seconds(endpoint.pid) - before
        figures |= {"memory_mb": held, "cores": busy / lasted}
        if figures["chunks"]:
            figures["cpu_ms_per_1000_chunks"] = spent * 1e6 / figures["chunks"]
    return figures


def read_wrk(said: str) -> Figures:
    """The figures in what wrk prints; times in ms."""
    calls = re.search(r"(\d+) requests in", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if not calls or not rate:
        raise ValueError(f"wrk said something else: {said}")
    figures = {"calls": float(calls[1]), "calls_per_second": float(rate[1])}
    for percentile, value, unit in re.findall(PERCENTILES, said, re.MULTILINE):
        figures[f"latency_p{percentile}"] = float(value) * MS[unit]
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said
    )
    errors = int(refused[1]) if refused else 0
    return figures | {"errors": errors + (sum(map(int, broken.groups())) if broken else 0.0)}


def read_sload(said: bytes) -> Figures:
    """The figures in sload's object. An error is a stream that did not bring all of its chunks.

    A time that was never measured is no figure; a run without a single chunk is an error too.
    """
    found = json.loads(said)
    failure = found.pop("first_failure")
    if failure:
        print(f"    a stream was refused: {failure}", flush=True)
    errors = found["failed"] + found["miscounted"] + found["silent"] + (not found["chunks"])
    measured = {name: float(value) for name, value in found.items() if value >= 0}
    return measured | {"errors": float(errors)}


def _script(endpoint: Endpoint, case: Case) -> Path:
    """What wrk sends, as the Lua that it wants; the folder is ours alone."""
    script = WORK / f"{endpoint.name}-{case.name}.lua"
    headers = {"Content-Type": "application/json", **endpoint.headers}
    lines = ['wrk.method = "POST"', f"wrk.body = [=[{endpoint.body(case).decode()}]=]"]
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in headers.items()]
    script.write_text("\n".join(lines) + "\n")
    return script
