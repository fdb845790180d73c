"""Hands a mail over to the server that the deployment names.

Whoever set that server up chose its address, so no policy judges it, as with the outgoing proxy.
What the server says stays out of the failures: codes and numbers only.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from email.message import EmailMessage
from ipaddress import ip_address

from typing_extensions import override

from aiconnect.errors import CallError, ProviderError
from aiconnect.settings import MailServer
from aiconnect.wire.reaching import dial, resolve
from aiconnect.wire.tls import tls_failure, wrap_tls
from aiconnect.wire.types import Route, Timeout, Ways

SECONDS = 20.0
STEP_SECONDS = 10.0
REFUSALS: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPAuthenticationError, "mail_login"),
    (smtplib.SMTPSenderRefused, "mail_sender"),
    (smtplib.SMTPRecipientsRefused, "mail_recipient"),
    (smtplib.SMTPDataError, "mail_refused"),
    (smtplib.SMTPNotSupportedError, "mail_no_login"),
    (smtplib.SMTPServerDisconnected, "reset"),
    (smtplib.SMTPResponseException, "mail_refused"),
    (smtplib.SMTPException, "not_mail"),
)
"""What the library raises, the narrower before the wider, and the code of the failure."""


def send(
    server: MailServer, mail: EmailMessage, to: str, ways: Ways, *, seconds: float = SECONDS
) -> None:
    """Hand one mail over within so many seconds.

    Raises ProviderError: one of the codes of reaching a host and of TLS, or `mail_login` (wrong
    name or password), `mail_no_tls` (a password and no TLS), `mail_sender`, `mail_recipient`,
    `mail_refused`, `mail_no_login`, `not_mail`; each with host, port and, where there was one,
    `status`. CallError `no_capacity` where this server has no descriptor left.
    """
    patience = min(STEP_SECONDS, seconds)
    route = Route(ca_file=ways.ca_file, timeout=Timeout(patience, patience, patience, seconds))
    talk = _Talk(server, route, time.monotonic() + seconds)
    try:
        talk.hand_over(mail, to)
    except (ProviderError, CallError):
        raise
    except Exception as error:  # noqa: BLE001 (two libraries' families; all are failures of ours)
        raise _failure(error, server, is_late=talk.has_run_out, seconds=seconds) from None
    finally:
        talk.close()


class _Talk(smtplib.SMTP):
    """One conversation, on a socket of ours, that ends when time is up wherever it waits."""

    def __init__(self, server: MailServer, route: Route, ends: float) -> None:
        self._server, self._route = server, route
        self._plain: socket.socket | None = None
        self.has_run_out = False
        super().__init__(local_hostname="aiconnect.invalid", timeout=route.timeout.silence)
        self._timer = threading.Timer(max(ends - time.monotonic(), 0.05), self._ring)
        self._timer.daemon = True
        self._timer.start()

    def hand_over(self, mail: EmailMessage, to: str) -> None:
        code, _ = self.connect(self._server.host, self._server.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, "")
        self.ehlo_or_helo_if_needed()
        self._secure()
        self._log_in()
        self.send_message(mail, self._server.sender, [to])
        with suppress(smtplib.SMTPException, OSError):  # it is handed over by now
            self.quit()

    @override
    def close(self) -> None:
        self._timer.cancel()
        super().close()

    def _get_socket(self, host: str, port: int, _timeout: object) -> socket.socket:
        """In the place of the library's own, which would look names up and connect by itself."""
        seconds = self._route.timeout.connect
        ends = time.monotonic() + seconds
        self._plain = dial(resolve(host, port, seconds), host, seconds, ends=ends)
        if self._server.tls == "always":
            return self._wrap(self._plain)
        self._plain.settimeout(self._route.timeout.silence)
        return self._plain

    def _secure(self) -> None:
        """Begin TLS as far as the settings want it; what was said before it does not count."""
        if self._server.tls == "always":
            return
        if not self.has_extn("starttls"):
            if self._server.tls == "demanded":
                raise self._refusal("mail_no_starttls")
            return
        code, _ = self.docmd("STARTTLS")
        if code != 220:
            raise self._refusal("mail_no_starttls", code)
        if self.sock is not None:
            self.sock = self._wrap(self.sock)
        self.file = None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features, self.does_esmtp = {}, False
        self.ehlo_or_helo_if_needed()

    def _wrap(self, sock: socket.socket) -> ssl.SSLSocket:
        wrapped = wrap_tls(sock, self._server.host, route=self._route)
        wrapped.settimeout(self._route.timeout.silence)
        self._plain = wrapped
        return wrapped

    def _log_in(self) -> None:
        if not self._server.user:
            return
        if not isinstance(self.sock, ssl.SSLSocket) and not _is_here(self.sock):
            raise self._refusal("mail_no_tls")
        self.login(self._server.user, self._server.password.reveal())

    def _refusal(self, code: str, status: int | None = None) -> ProviderError:
        return ProviderError(code, status=status, facts=_facts(self._server, status))

    def _ring(self) -> None:
        self.has_run_out = True
        if self._plain is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._plain, socket.SHUT_RDWR)


def _is_here(sock: socket.socket | None) -> bool:
    """Whether the other end is this machine: then nobody reads along."""
    return sock is not None and ip_address(sock.getpeername()[0].partition("%")[0]).is_loopback


def _failure(
    error: Exception, server: MailServer, *, is_late: bool, seconds: float
) -> ProviderError:
    if is_late or isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        limit = seconds if is_late else min(STEP_SECONDS, seconds)
        return ProviderError("silent", facts=_facts(server) | {"seconds": f"{limit:g}"})
    if isinstance(error, ssl.SSLError):
        return tls_failure(error, server.host)
    status = _status(error)
    code = next((name for kind, name in REFUSALS if isinstance(error, kind)), None)
    if isinstance(error, UnicodeError):
        code = "mail_login"  # addresses are ASCII by now: it is the password
    return ProviderError(code or "reset", status=status, facts=_facts(server, status))


def _status(error: Exception) -> int | None:
    """The number that the server answered with; -1 is the library's word for no answer."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [answer[0] for answer in error.recipients.values()]
        return codes[0] if codes else None
    found = getattr(error, "smtp_code", None)
    return found if isinstance(found, int) and found > 0 else None


def _facts(server: MailServer, status: int | None = None) -> dict[str, str]:
    facts = {"host": server.host, "port": str(server.port)}
    return facts | ({"status": str(status)} if status else {})
