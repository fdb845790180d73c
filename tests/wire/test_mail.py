"""Handing a mail over: to a real server, over TLS, with a login, and each way that it fails."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from aiconnect.errors import ProviderError
from aiconnect.secret import Secret
from aiconnect.settings import MailServer
from aiconnect.wire import mail
from aiconnect.wire.types import Ways
from tests.bare import Bare, until_closed
from tests.fakes.certificates import make_certificate
from tests.post_office import PASSWORD, USER, PostOffice

TO = "team@writers.example"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path, "127.0.0.1")


@pytest.fixture
def bare() -> Iterator[Bare]:
    servers = Bare()
    yield servers
    servers.close()


def letter(text: str = "It rains.") -> EmailMessage:
    one = EmailMessage()
    one["From"], one["To"], one["Subject"] = "ai@writers.example", TO, "Weather"
    one.set_content(text)
    return one


def server(port: int, tls: str = "offered", user: str = "", password: str = "") -> MailServer:
    return MailServer("127.0.0.1", port, tls, "ai@writers.example", user, Secret(password))


def refused(where: MailServer, ways: Ways | None = None, **more: float) -> ProviderError:
    with pytest.raises(ProviderError) as failure:
        mail.send(where, letter(), TO, ways or Ways(), **more)
    return failure.value


def test_a_mail_arrives_as_it_was_written() -> None:
    with PostOffice() as office:
        mail.send(server(office.port), letter("Rain und Böen.\n.\nEnd."), TO, Ways())
    (one,) = office.letters
    assert (one.sender, one.to) == ("ai@writers.example", [TO])
    assert one.message.get_content().splitlines() == ["Rain und Böen.", ".", "End."]


@pytest.mark.parametrize("tls", ["always", "offered", "demanded"])
def test_a_login_goes_over_tls(certificate: Path, tls: str) -> None:
    with PostOffice(certificate=certificate, at_once=tls == "always", wants_login=True) as office:
        where = server(office.port, tls, USER, PASSWORD)
        mail.send(where, letter(), TO, Ways(ca_file=str(certificate)))
    assert [one.is_secure for one in office.letters] == [True]


def test_a_wrong_password_is_called_one() -> None:
    with PostOffice(wants_login=True) as office:
        error = refused(server(office.port, user=USER, password="wrong-word"))
    assert (error.code, error.status) == ("mail_login", 535)
    assert "wrong-word" not in f"{error!r} {error.finding}"


def test_a_certificate_of_nobody_is_not_trusted(certificate: Path) -> None:
    with PostOffice(certificate=certificate) as office:
        assert refused(server(office.port)).code == "tls_untrusted"
    assert office.letters == []


def test_tls_that_is_demanded_is_not_done_without() -> None:
    with PostOffice() as office:
        assert refused(server(office.port, "demanded")).code == "mail_no_starttls"
    assert office.letters == []


def test_tls_at_once_of_a_server_without_is_named() -> None:
    with PostOffice() as office:
        assert refused(server(office.port, "always")).code == "plain_http"


@pytest.mark.parametrize(
    ("at", "code"), [("MAIL", "mail_sender"), ("RCPT", "mail_recipient"), ("DATA", "mail_refused")]
)
def test_who_is_refused_is_told_apart(at: str, code: str) -> None:
    with PostOffice(refuses=at) as office:
        error = refused(server(office.port))
    assert (error.code, error.status) == (code, 550)


def test_a_server_of_something_else_is_no_mail_server(bare: Bare) -> None:
    port = bare.serve(lambda one: one.sendall(b"SSH-2.0-OpenSSH_9.6\r\n"))
    assert refused(server(port)).code in {"reset", "not_mail", "mail_refused"}


def test_nobody_there_is_refused(free_port: int) -> None:
    assert refused(server(free_port)).code == "refused"


def test_a_silent_server_costs_no_more_than_its_time(bare: Bare) -> None:
    port = bare.serve(until_closed)
    begun = time.monotonic()
    assert refused(server(port), seconds=0.5).code == "silent"
    assert time.monotonic() - begun < 5


def test_a_server_that_drips_costs_no_more_than_its_time(bare: Bare) -> None:
    def drip(one: socket.socket) -> None:
        for _ in range(200):
            one.sendall(b"2")
            time.sleep(0.05)

    begun = time.monotonic()
    assert refused(server(bare.serve(drip)), seconds=0.6).code == "silent"
    assert time.monotonic() - begun < 5


def test_no_certificate_of_this_file_means_a_context_that_fails(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere.pem")
    certificate = make_certificate(tmp_path, "127.0.0.1")
    with PostOffice(certificate=certificate) as office:
        assert refused(server(office.port), Ways(ca_file=nowhere)).code == "tls_untrusted"
