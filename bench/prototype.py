"""The prototype as it was measured: stock gunicorn of our own venv, one process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.load import Endpoint, ask
from bench.places import ROOT, WORK, free_port
from bench.processes import await_ready, program

GUNICORN = Path(sys.executable).with_name("gunicorn")
LOG = WORK / "prototype.log"
HOW = (
    "-k", "gthread", "-w", "1", "--threads", "64", "--backlog", "4096", "--keep-alive", "75",
    "--worker-connections", "8000", "--timeout", "120", "--graceful-timeout", "2",
    "--log-level", "error", "--no-control-socket",
)  # fmt: skip


@contextmanager
def running(mock_port: int) -> Iterator[Endpoint]:
    """The prototype before the mock, ready."""
    port = free_port()
    environ = os.environ | {
        "BENCH_UPSTREAM_PORT": str(mock_port),
        "BENCH_JOURNAL": str(WORK / "prototype.jsonl"),
        "PYTHONPATH": str(ROOT),
    }
    command = [GUNICORN, *HOW, "-b", f"127.0.0.1:{port}", "bench.proto.app:app"]
    with program(command, LOG, environ=environ) as process:
        endpoint = Endpoint("prototype", port, process.pid)
        await_ready(process, lambda: ask(endpoint) == 200, LOG)
        yield endpoint
