"""The fake upstream and the load program: built, then run."""

from __future__ import annotations

import http.client
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.places import HERE, WORK, free_port
from bench.processes import await_ready, program

MOCK = WORK / "mock"
SLOAD = WORK / "sload"
KEY, CERTIFICATE = WORK / "tls.key", WORK / "tls.pem"


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the mock listens; `tls_port` is None where there is no nginx."""

    port: int
    tls_port: int | None = None


def compile_into(folder: Path) -> tuple[Path, Path]:
    """The mock and the stream load program, as programs in this folder."""
    mock, sload = folder / "mock", folder / "sload"
    _run("cc", "-O2", "-o", mock, *sorted((HERE / "mock").glob("*.c")))
    _run("cc", "-O2", "-o", sload, HERE / "load" / "sload.c")
    return mock, sload


def build() -> None:
    """Compile the C programs and make a certificate for the TLS rows."""
    WORK.mkdir(mode=0o700, parents=True, exist_ok=True)
    compile_into(WORK)
    _run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", "30", "-keyout", KEY, "-out", CERTIFICATE, "-subj", "/CN=127.0.0.1",
        "-addext", "subjectAltName=IP:127.0.0.1",
    )  # fmt: skip


@contextmanager
def running() -> Iterator[int]:
    """The mock; gives its port."""
    port, log = free_port(), WORK / "mock.log"
    with program([MOCK, str(port)], log) as mock:
        await_ready(mock, lambda: answers(port, "/stats"), log)
        yield port


def answers(port: int, path: str) -> bool:
    """Whether a GET of this path gives 200."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", path)
        return client.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, stderr=subprocess.PIPE)
