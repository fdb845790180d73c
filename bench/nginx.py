"""nginx: before the fake upstream for the TLS rows, and as the plain proxy that we are beside."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager

from bench.load import Endpoint
from bench.places import WORK, free_port
from bench.processes import await_ready, program
from bench.upstream import CERTIFICATE, KEY

SETTINGS = """\
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
events {{ worker_connections 10000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream mock {{ server 127.0.0.1:{mock}; keepalive 512; keepalive_requests 1000000000; }}
  map $http_authorization $is_known {{ default 0; "Bearer sk-bench" 1; }}
  server {{
    listen 127.0.0.1:{port} {listens} backlog=4096;
    {more}
    keepalive_requests 1000000000;
    location / {{
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600;
      {inside}
    }}
  }}
}}
"""
SHOWS = f"ssl_certificate {CERTIFICATE}; ssl_certificate_key {KEY};"
# The least that a gateway does: look at the caller's key, put the provider's in its place.
CHECKS = (
    'if ($is_known = 0) { return 401; } proxy_set_header Authorization "Bearer sk-provider-secret";'
)


@contextmanager
def with_tls(mock_port: int) -> Iterator[int]:
    """TLS before the mock; gives its port. Its CPU is the provider's, not ours."""
    with _running("nginx-tls", mock_port, listens="ssl", more=SHOWS) as (port, _):
        yield port


@contextmanager
def as_proxy(mock_port: int) -> Iterator[Endpoint]:
    """A plain proxy with one worker process and kept connections."""
    with _running("nginx", mock_port, inside=CHECKS) as (port, pid):
        yield Endpoint("nginx", port, pid)


@contextmanager
def _running(
    name: str, mock_port: int, *, listens: str = "", more: str = "", inside: str = ""
) -> Iterator[tuple[int, int]]:
    folder, port = WORK / name, free_port()
    folder.mkdir(mode=0o700, exist_ok=True)
    settings, log = folder / "nginx.conf", folder / "nginx.log"
    settings.write_text(
        SETTINGS.format(
            folder=folder, mock=mock_port, port=port, listens=listens, more=more, inside=inside
        )
    )
    with program(["nginx", "-e", log, "-p", folder, "-c", settings], log) as nginx:
        await_ready(nginx, lambda: _listens(port), log)
        yield port, nginx.pid


def _listens(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.connect()
    except OSError:
        return False
    client.close()
    return True
