"""TLS: what is trusted, and each way it fails told apart."""

from __future__ import annotations

import socket

import pytest

from aiconnect.errors import ProviderError
from aiconnect.wire.addresses import ShippedPolicy
from aiconnect.wire.connecting import connect
from aiconnect.wire.tls import wrap_tls
from aiconnect.wire.types import Route, Timeout
from tests.wire.conftest import until_closed


def shake_hands(port: int, *, host: str = "127.0.0.1", ca_file: object = None) -> str:
    """The code of what went wrong, or the protocol agreed on."""
    ca = str(ca_file) if ca_file else None
    route = Route(private=True, ca_file=ca, timeout=Timeout(connect=1.0))
    sock = connect("127.0.0.1", port, route=route, policy=ShippedPolicy())
    try:
        with wrap_tls(sock, host, route=route) as wrapped:
            assert wrapped.gettimeout() is None
            return wrapped.version() or ""
    except ProviderError as error:
        assert sock.fileno() == -1
        return error.code


def test_a_certificate_of_the_given_ca_file_is_trusted(serve_tls):
    port, certificate = serve_tls()
    assert shake_hands(port, ca_file=certificate) == "TLSv1.3"


def test_a_certificate_signed_by_itself_is_not_trusted(serve_tls):
    port, _ = serve_tls()
    assert shake_hands(port) == "tls_untrusted"


def test_a_certificate_for_another_name_is_told_apart(serve_tls):
    port, certificate = serve_tls("elsewhere.example")
    assert shake_hands(port, ca_file=certificate) == "tls_name"
    assert shake_hands(port, host="other.example", ca_file=certificate) == "tls_name"
    assert shake_hands(port, host="elsewhere.example.", ca_file=certificate) == "TLSv1.3"


@pytest.mark.parametrize(("starts", "ends"), [(-30, -1), (1, 30)])
def test_a_certificate_out_of_its_time_is_told_apart(serve_tls, starts, ends):
    port, certificate = serve_tls(starts=starts, ends=ends)
    assert shake_hands(port, ca_file=certificate) == "tls_expired"


def test_a_port_that_speaks_plain_http_is_told_apart(serve):
    def plain(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    assert shake_hands(serve(plain)) == "plain_http"


def test_a_port_that_says_nothing_is_silent(serve):
    assert shake_hands(serve(until_closed)) == "silent"


@pytest.mark.parametrize("reads", [0, 65536])
def test_a_port_that_hangs_up_is_a_reset(serve, reads):
    assert shake_hands(serve(lambda connection: connection.recv(reads))) == "reset"


def test_a_ca_file_that_is_gone_is_named_as_the_reason(serve_tls, tmp_path):
    port, _ = serve_tls()
    assert shake_hands(port, ca_file=tmp_path / "gone.pem") == "tls_untrusted"


def test_a_server_that_wants_a_certificate_of_ours_is_told_apart(serve):
    def alert(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(bytes.fromhex("15030300020228"))  # fatal: handshake_failure

    assert shake_hands(serve(alert)) == "tls_failed"
