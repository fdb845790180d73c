"""The fake upstream, plain and behind TLS, and the load program: built, then run."""

from __future__ import annotations

import http.client
import shutil
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

NGINX = """\
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {work}/nginx.pid;
error_log {work}/nginx.log crit;
events {{ worker_connections 10000; }}
http {{
  access_log off;
  client_body_temp_path {work}/nginx-body;
  proxy_temp_path {work}/nginx-proxy;
  fastcgi_temp_path {work}/nginx-fastcgi;
  uwsgi_temp_path {work}/nginx-uwsgi;
  scgi_temp_path {work}/nginx-scgi;
  upstream mock {{ server 127.0.0.1:{mock}; keepalive 256; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} ssl backlog=4096;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    keepalive_requests 1000000000;
    location / {{
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the mock listens; `tls_port` is None where there is no nginx."""

    port: int
    tls_port: int | None


def compile_into(folder: Path) -> tuple[Path, Path]:
    """The mock and the stream load program, as programs in this folder."""
    mock, sload = folder / "mock", folder / "sload"
    _run("cc", "-O2", "-o", mock, *sorted((HERE / "mock").glob("*.c")))
    _run("cc", "-O2", "-o", sload, HERE / "load" / "sload.c")
    return mock, sload


def build() -> None:
    """Compile the C programs and make a certificate for the TLS row."""
    WORK.mkdir(mode=0o700, parents=True, exist_ok=True)
    compile_into(WORK)
    _run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", "30", "-keyout", KEY, "-out", CERTIFICATE, "-subj", "/CN=127.0.0.1",
        "-addext", "subjectAltName=IP:127.0.0.1",
    )  # fmt: skip


@contextmanager
def running() -> Iterator[Upstream]:
    """The mock, with nginx in front for TLS where nginx is installed."""
    port, log = free_port(), WORK / "mock.log"
    with program([MOCK, str(port)], log) as mock:
        await_ready(mock, lambda: answers(port, "/stats"), log)
        if shutil.which("nginx") is None:
            yield Upstream(port, None)
            return
        with _tls(port) as tls_port:
            yield Upstream(port, tls_port)


@contextmanager
def _tls(mock_port: int) -> Iterator[int]:
    port, settings, log = free_port(), WORK / "nginx.conf", WORK / "nginx.log"
    settings.write_text(
        NGINX.format(work=WORK, mock=mock_port, port=port, certificate=CERTIFICATE, key=KEY)
    )
    with program(["nginx", "-e", log, "-p", WORK, "-c", settings], log) as nginx:
        await_ready(nginx, lambda: _listens(port), log)
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


def _listens(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.connect()
    except OSError:
        return False
    client.close()
    return True


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, stderr=subprocess.PIPE)
