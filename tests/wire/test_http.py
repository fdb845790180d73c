"""The admin's door against real servers: what it sends, and each way a call fails."""

from __future__ import annotations

import gzip
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from aiconnect.errors import ProviderError
from aiconnect.secret import Secret
from aiconnect.wire.addresses import ShippedPolicy
from aiconnect.wire.http import Line
from aiconnect.wire.types import HttpCall, Route, Timeout
from tests.fakes import OpenPolicy
from tests.fakes.certificates import make_certificate, server_context
from tests.fakes.dialects import OpenAI

QUICK = Timeout(connect=2, first_byte=0.3, silence=0.3, total=2)
KEY = Secret("Bearer marker-key-0123456789")
ASKED = b'{"model": "m"}'


@pytest.fixture
def line() -> Iterator[Line]:
    with Line(Route(private=True, timeout=QUICK), OpenPolicy()) as line:
        yield line


def get(url: str) -> HttpCall:
    return HttpCall("GET", url, {"Accept": "application/json"}, {"Authorization": KEY})


def code_of(line: Line, call: HttpCall) -> str:
    with pytest.raises(ProviderError) as failure:
        line.send(call)
    assert "marker" not in str(failure.value.finding)
    assert failure.value.__cause__ is None
    return failure.value.code


def test_a_whole_answer_has_status_headers_body_and_time(line, openai_fake):
    reply = line.send(get(openai_fake.url + "/models"))
    assert reply.status == 200
    assert reply.content_type == "application/json"
    assert b"gpt-6-sol" in reply.body
    assert 0 <= reply.ms < 2000


def test_what_is_sent_is_what_the_call_says_and_little_more(line, openai_fake):
    line.send(HttpCall("POST", openai_fake.url + "/models", {"X-One": "1"}, {}, b"{}"))
    assert openai_fake.last.headers == {
        "host": f"127.0.0.1:{openai_fake.port}",
        "user-agent": "aiconnect",
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "content-length": "2",
        "x-one": "1",
    }


def test_the_environments_proxy_does_not_count(line, openai_fake, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
    assert line.send(get(openai_fake.url + "/models")).status == 200


def test_a_connection_is_kept_for_the_next_call(line, serve):
    opened = []

    def twice(connection: socket.socket) -> None:
        opened.append(connection)
        while connection.recv(65536):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    url = f"http://127.0.0.1:{serve(twice)}/"
    assert [line.send(get(url)).body, line.send(get(url)).body] == [b"{}", b"{}"]
    assert len(opened) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_a_refusal_is_a_reply(line, openai_fake, status):
    openai_fake.refuse(status, {"error": "no"}, retry_after="3")
    reply = line.send(get(openai_fake.url + "/models"))
    assert (reply.status, reply.headers["retry-after"]) == (status, "3")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(line, openai_fake, compatible_fake, status):
    openai_fake.redirect(compatible_fake.url + "/models?key=abc", status)
    with pytest.raises(ProviderError) as failure:
        line.send(get(openai_fake.url + "/models"))
    assert failure.value.code == "redirected"
    assert failure.value.finding.facts["to"] == "http://127.0.0.1"
    assert compatible_fake.requests == []


@pytest.mark.parametrize("location", ["", "/login", "http://[", "//", "http://:99999999/"])
def test_a_redirect_to_nowhere_is_a_redirect(line, openai_fake, location):
    openai_fake.redirect(location)
    assert code_of(line, get(openai_fake.url + "/models")) == "redirected"


def test_a_redirect_with_a_body_without_end_is_left_at_the_limit(openai_fake):
    openai_fake.refuse(307, b" " * 3_000_000, location="/elsewhere")
    with Line(Route(private=True, timeout=QUICK), OpenPolicy(), limit=1_048_576) as line:
        assert code_of(line, get(openai_fake.url + "/models")) == "too_large"


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_every_framing_is_read(line, openai_fake, framing):
    openai_fake.framing = framing
    assert b"gpt-6-sol" in line.send(get(openai_fake.url + "/models")).body


def test_a_compressed_answer_is_read(line, openai_fake):
    openai_fake.refuse(200, gzip.compress(b'{"a": 1}'), content_encoding="gzip")
    assert line.send(get(openai_fake.url + "/models")).body == b'{"a": 1}'


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_an_answer_that_breaks_off_is_told(line, openai_fake, framing):
    openai_fake.cut_after(1)
    body = b'{"model": "m", "stream": true}' if framing == "chunked" else ASKED
    url = openai_fake.url + "/chat/completions"
    call = HttpCall("POST", url, {}, {"Authorization": KEY}, body)
    assert code_of(line, call) == "broke"


def test_a_reset_is_told(line, openai_fake):
    openai_fake.hang_up()
    assert code_of(line, get(openai_fake.url + "/models")) == "reset"


def test_a_silent_server_is_told_in_time(line, openai_fake):
    openai_fake.stall()
    with pytest.raises(ProviderError) as failure:
        line.send(get(openai_fake.url + "/models"))
    assert failure.value.code == "silent"
    assert failure.value.finding.facts["seconds"] == "0.3"
    assert openai_fake.hung_up.wait(20)


def test_a_server_that_falls_silent_is_told(line, openai_fake):
    openai_fake.go_silent_after(1)
    call = HttpCall(
        "POST", openai_fake.url + "/chat/completions", {}, {"Authorization": KEY}, ASKED
    )
    assert code_of(line, call) == "silent"


def drip(connection: socket.socket) -> None:
    """A header byte every now and then: each wait is short, the whole never ends."""
    connection.settimeout(0.05)
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    try:
        while True:
            connection.sendall(b"a")
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue
    except OSError:
        return


def test_a_server_that_drips_runs_out_of_time(serve):
    timeout = replace(QUICK, total=0.4)
    with Line(Route(private=True, timeout=timeout), OpenPolicy()) as line:
        assert code_of(line, get(f"http://127.0.0.1:{serve(drip)}/")) == "silent"


def test_a_body_without_end_is_left_at_the_limit(openai_fake):
    openai_fake.huge()
    with Line(Route(private=True, timeout=QUICK), OpenPolicy(), limit=1_048_576) as line:
        assert code_of(line, get(openai_fake.url + "/models")) == "too_large"
    assert openai_fake.hung_up.wait(20)


def test_a_compressed_body_without_end_is_left_at_the_limit(openai_fake):
    openai_fake.refuse(200, gzip.compress(b" " * 30_000_000), content_encoding="gzip")
    with Line(Route(private=True, timeout=QUICK), OpenPolicy(), limit=1_048_576) as line:
        assert code_of(line, get(openai_fake.url + "/models")) == "too_large"


def test_a_private_address_is_refused_before_a_byte_is_sent(openai_fake):
    with Line(Route(private=False, timeout=QUICK), ShippedPolicy()) as line:
        assert code_of(line, get(openai_fake.url + "/models")) == "address_refused"
    assert openai_fake.requests == []


def test_a_dead_port_and_a_missing_name_are_told(line, free_port):
    assert code_of(line, get(f"http://127.0.0.1:{free_port}/")) == "refused"
    assert code_of(line, get("http://nowhere.invalid/v1")) == "name_not_found"


def test_a_plain_http_port_is_told_from_an_https_one(line, openai_fake, serve_tls):
    assert code_of(line, get(openai_fake.url.replace("http:", "https:"))) == "plain_http"
    port, _ = serve_tls()
    assert code_of(line, get(f"https://127.0.0.1:{port}/")) == "tls_untrusted"


def test_http_spoken_to_a_tls_port_is_told(line, serve_tls):
    port, _ = serve_tls()
    assert code_of(line, get(f"http://127.0.0.1:{port}/")) in {"https_expected", "reset"}


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00\x01\x02\r\n\r\n", b"+OK hi\r\n"]
)
def test_what_is_not_http_is_told(line, serve, greeting):
    def greet(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(greeting)

    assert code_of(line, get(f"http://127.0.0.1:{serve(greet)}/")) == "not_an_api"


@pytest.mark.parametrize("value", ["marker\nX: y", "marker-key-€"])
def test_a_key_that_no_header_can_carry_is_told_without_it(line, openai_fake, value):
    call = HttpCall("GET", openai_fake.url + "/models", {}, {"Authorization": Secret(value)})
    assert code_of(line, call) == "key_refused"


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://", "http://a b/", "ftp://host/", "nonsense"]
)
def test_an_address_that_is_none_is_told(line, url):
    assert code_of(line, get(url)) in {"not_an_api", "name_not_found", "reset"}


def test_an_address_of_ipv6_is_called():
    with socket.socket(socket.AF_INET6) as listener:  # its queue accepts, nobody answers
        listener.bind(("::1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with Line(Route(private=True, timeout=QUICK), ShippedPolicy()) as line:
            assert code_of(line, get(f"http://[::1]:{port}/")) == "silent"


def test_an_answer_is_read_over_tls(tmp_path):

    certificate = make_certificate(tmp_path, "127.0.0.1")
    fake = OpenAI(certificate=certificate)
    route = Route(private=True, ca_file=str(certificate), timeout=QUICK)
    with Line(route, OpenPolicy()) as line:
        assert b"gpt-6-sol" in line.send(get(fake.url + "/models")).body
        fake.stall()
        assert code_of(line, get(fake.url + "/models")) == "silent"
    fake.close()


def test_a_server_that_wants_a_certificate_of_ours_is_told(serve, tmp_path):
    certificate = make_certificate(tmp_path, "127.0.0.1")
    context = server_context(certificate)
    context.verify_mode = ssl.CERT_REQUIRED

    def demand(connection: socket.socket) -> None:
        with suppress(OSError):
            context.wrap_socket(connection, server_side=True).close()

    route = Route(private=True, ca_file=str(certificate), timeout=QUICK)
    with Line(route, OpenPolicy()) as line:
        assert code_of(line, get(f"https://127.0.0.1:{serve(demand)}/")) in {"tls_failed", "reset"}
