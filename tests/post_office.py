"""A real mail server on loopback: takes letters, wants a login, refuses, comes and goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests import ports
from tests.fakes.certificates import server_context

USER, PASSWORD = "writers", "the-pass word:of@mail"
NO = "550 not here"


@dataclass(frozen=True)
class Letter:
    """A mail as it came."""

    sender: str
    to: Sequence[str]
    message: EmailMessage
    is_secure: bool


class PostOffice:
    """Listens from `open` to `close`, each time on the same port; keeps what it was handed.

    With a certificate it offers STARTTLS, or has TLS `at_once`. `refuses` is MAIL, RCPT or DATA.
    """

    def __init__(
        self, *, certificate: Path | None = None, at_once: bool = False, wants_login: bool = False,
        refuses: str = "", port: int = 0,
    ) -> None:  # fmt: skip
        self.letters: list[Letter] = []
        self._wants_login, self._at_once = wants_login, at_once
        self.refuses = refuses
        self.port = port or ports.free_port()
        context = server_context(certificate) if certificate else None
        self._more: dict[str, Any] = {
            "ssl_context": context if at_once else None,
            "tls_context": None if at_once else context,
            "authenticator": self._check if wants_login else None,
            "auth_require_tls": False if wants_login else None,
        }
        self._controller: Controller | None = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> None:
        more = {name: value for name, value in self._more.items() if value is not None}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **more)
        self._controller.start()

    def close(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name for it)
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        if self.refuses == "MAIL" or (self._wants_login and not session.authenticated):
            return NO
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name for it)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        if self.refuses == "RCPT":
            return NO
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name for it)
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.refuses == "DATA":
            return NO
        content = cast("bytes", envelope.content)
        message = message_from_bytes(content, policy=policy.default)
        self.letters.append(
            Letter(
                str(envelope.mail_from),
                list(envelope.rcpt_tos),
                message,
                bool(session.ssl) or self._at_once,
            )
        )
        return "250 OK"

    def _check(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object
    ) -> AuthResult:
        known = LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=login == known, handled=False)
