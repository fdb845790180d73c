"""The admin's door: whole calls on requests, with the address policy and every limit inside."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3.connection import HTTPConnection

from aiconnect.errors import AiconnectError, ProviderError
from aiconnect.wire.addresses import Policy
from aiconnect.wire.breaks import PORTS, finding, out_of_time, place, refuse_redirect
from aiconnect.wire.connecting import go, way_to
from aiconnect.wire.tls import wrap_tls
from aiconnect.wire.types import HttpCall, Reply, Route

LIMIT = 20 * 1_048_576
BLOCK = 65_536

HEADERS = {"User-Agent": "aiconnect", "Accept-Encoding": "identity", "Connection": "keep-alive"}


class Line:
    """Calls to one host, one after the other, over a connection that is kept. Close it at the end.

    No proxy, .netrc or CA bundle of the environment counts; no cookie is kept, no redirect
    followed.
    """

    def __init__(self, route: Route, policy: Policy, *, limit: int = LIMIT) -> None:
        self._route, self._limit = route, limit
        self._dialler = _Dialler(route, policy)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._dialler.close()

    @property
    def ends(self) -> Mapping[str, str]:
        """Between which addresses the present connection is, as facts: peer or proxy, and here."""
        return self._dialler.ends

    def send(self, call: HttpCall, *, seconds: float | None = None) -> Reply:
        """The whole answer, whatever its status, within so many seconds (else the route's total).

        Raises ProviderError, or CallError `no_capacity`. A redirect is raised as `redirected`: a
        key never goes to where an answer points.
        """
        begun = time.monotonic()
        with self._dialler.deadline(seconds or self._route.timeout.total) as clock:
            try:
                status, headers, body = self._exchange(call)
            except AiconnectError:
                raise
            except Exception as error:  # noqa: BLE001 (two libraries' families; all are findings)
                late = out_of_time(call, begun) if clock.has_run_out else None
                raise (
                    late or finding(error, call, seconds=self._route.timeout.first_byte)
                ) from None
        if clock.has_run_out:  # a head or body that our own shutdown ended looks whole
            raise out_of_time(call, begun)
        refuse_redirect(call, status, headers)
        return Reply(status, headers, body, round((time.monotonic() - begun) * 1000))

    def _exchange(self, call: HttpCall) -> tuple[int, dict[str, str], bytes]:
        secrets = {name: secret.reveal() for name, secret in call.secrets.items()}
        headers = {**HEADERS, **call.headers, **secrets}
        request = requests.Request(call.method, call.url, headers, data=call.body).prepare()
        # Not through a Session: it would read the whole body of a redirect, however large, and
        # look at proxies, .netrc and cookies.
        timeout = (self._route.timeout.connect, self._route.timeout.first_byte)
        response = self._dialler.send(request, stream=True, timeout=timeout)
        with response:
            self._dialler.patience(self._route.timeout.silence)
            names = {name.lower(): value for name, value in response.headers.items()}
            return response.status_code, names, self._read(response.raw, call)

    def _read(self, raw: urllib3.HTTPResponse, call: HttpCall) -> bytes:
        """The body as it comes: read1 gives what is there; other ways wait for a full block."""
        body = bytearray()
        while part := raw.read1(BLOCK, decode_content=True):
            body += part
            if len(body) > self._limit:
                facts = place(call) | {"megabytes": str(self._limit // 1_048_576)}
                raise ProviderError("too_large", facts=facts)
        return bytes(body)


class _Clock:
    """Ends what a socket does when time is up, wherever it waits: even a slow head runs out."""

    def __init__(self, seconds: float, stop: Any) -> None:
        self.has_run_out = False
        self._stop = stop
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()

    def _ring(self) -> None:
        self.has_run_out = True
        self._stop()


class _Dialler(HTTPAdapter):
    """Gives requests connections made through `addresses`, and holds on to the last one."""

    def __init__(self, route: Route, policy: Policy) -> None:
        self._route, self._policy = route, policy
        self._pools: dict[tuple[str, str, int], _Pool] = {}
        self._sock: socket.socket | None = None
        self.ends: Mapping[str, str] = {}
        super().__init__(max_retries=0)

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[_Clock]:
        """Let the present call take so long in all."""
        with _Clock(seconds, self._stop) as clock:
            yield clock

    def patience(self, seconds: float) -> None:
        """How long the socket may be silent from now on."""
        if self._sock is not None and self._sock.fileno() != -1:
            self._sock.settimeout(seconds)

    def dial(self, scheme: str, host: str, port: int) -> socket.socket:
        """A connected socket, wrapped where the scheme says so."""
        ends = time.monotonic() + self._route.timeout.connect
        way = way_to(host, port, route=self._route)
        sock, self.ends = go(way, route=self._route, policy=self._policy, ends=ends)
        if scheme == "https":
            sock = wrap_tls(sock, host, route=self._route)
        sock.settimeout(self._route.timeout.first_byte)
        self._sock = sock
        return sock

    def _stop(self) -> None:
        if self._sock is not None:
            # The plain one: SSLSocket.shutdown would take the TLS state from under the reader.
            with suppress(OSError):
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    @override
    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        parts = urlsplit(request.url or "")
        key = (parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme])
        if key not in self._pools:
            self._pools[key] = _Pool(*key, self)
        return self._pools[key]

    @override
    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing to do: `dial` has verified the certificate."""

    @override
    def close(self) -> None:
        super().close()
        for pool in self._pools.values():
            pool.close()


class _Pool(urllib3.HTTPConnectionPool):
    """One kept connection to one place."""

    def __init__(self, scheme: str, host: str, port: int, dialler: _Dialler) -> None:
        super().__init__(host, port, maxsize=1, retries=False)
        self._place = (scheme, host, port)
        self._dialler = dialler

    @override
    def _new_conn(self) -> _Connection:
        kind = _Connection if self._place[0] == "http" else _TlsConnection
        return kind(self._place, self._dialler)


class _Connection(HTTPConnection):
    """HTTP over the socket that the dialler gives."""

    def __init__(self, place: tuple[str, str, int], dialler: _Dialler) -> None:
        super().__init__(place[1], place[2])
        self._place, self._dialler = place, dialler

    @override
    def _new_conn(self) -> socket.socket:
        return self._dialler.dial(*self._place)


class _TlsConnection(_Connection):
    """The same over TLS; its usual port is left out of the Host header."""

    default_port = PORTS["https"]  # type: ignore[misc]  # a class attribute in http.client too
