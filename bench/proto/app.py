"""The prototype as a WSGI application: `gunicorn -k gthread bench.proto.app:app`."""

from __future__ import annotations

import errno
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from bench.proto import calling, core
from bench.proto.relay import LAST, TAIL, Relay, Stream

JSON = ("Content-Type", "application/json")
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
    b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_lock = threading.Lock()
_relays: list[Relay] = []


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A call, whole or streamed."""
    began = time.perf_counter()
    caller = core.admit(environ.get("HTTP_AUTHORIZATION", ""))
    if caller is None:
        start_response("401 Unauthorized", [JSON, ("Content-Length", "2")])
        return [b"{}"]
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    body = json.loads(raw)
    answer = calling.post(raw)
    if body.get("stream") and answer.is_chunked:
        _hand_over(environ, answer, caller, body["model"], began)
    said = answer.read()
    core.write_down(caller, body["model"], core.usage_in(said), began)
    start_response(f"{answer.status} OK", [JSON, ("Content-Length", str(len(said)))])
    return [said]


def _hand_over(
    environ: dict[str, Any], answer: calling.Answer, caller: str, model: str, began: float
) -> None:
    """Take the caller's socket away from gunicorn; it drops a request that ends with EPIPE."""
    taken = socket.socket(fileno=environ["gunicorn.socket"].detach())
    taken.sendall(HEAD + answer.buffer)
    if answer.buffer.endswith(LAST):
        core.write_down(caller, model, core.usage_in(answer.buffer[-TAIL:]), began)
        calling.keep(answer.sock)
        taken.close()
    else:
        _relay().add(Stream(answer.sock, taken, caller, model, began, answer.buffer[-TAIL:]))
    raise BrokenPipeError(errno.EPIPE, "handed over")


def _relay() -> Relay:
    with _lock:
        if not _relays:
            _relays.append(Relay())
            _relays[0].start()
    return _relays[0]
