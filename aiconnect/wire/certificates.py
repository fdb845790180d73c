"""What a server's certificate says, read without trusting it: only to explain why it was refused.

Nothing is sent over such a connection.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from contextlib import closing

from cryptography import x509

from aiconnect import clock

MOST_NAMES = 8
WHEN = "%Y-%m-%d %H:%M UTC"


def read(sock: socket.socket, host: str, *, seconds: float) -> dict[str, str]:
    """Facts about the certificate shown on this socket, which is closed; empty where there is none.

    `names` it is for, `issuer`, `starts`, `ends`, and our own `clock` to compare with.
    """
    with closing(sock):
        shown = _shown(sock, host, seconds)
    if shown is None:
        return {}
    try:
        return _facts(x509.load_der_x509_certificate(shown))
    except ValueError:
        return {}


def _shown(sock: socket.socket, host: str, seconds: float) -> bytes | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    sock.settimeout(seconds)
    try:
        with context.wrap_socket(sock, server_hostname=host.rstrip(".")) as wrapped:
            return wrapped.getpeercert(binary_form=True)
    except (OSError, ValueError):
        return None


def _facts(certificate: x509.Certificate) -> dict[str, str]:
    return {
        "names": _joined(_names(certificate)) or "?",
        "issuer": _plain(certificate.issuer.rfc4514_string()) or "?",
        "starts": certificate.not_valid_before_utc.strftime(WHEN),
        "ends": certificate.not_valid_after_utc.strftime(WHEN),
        "clock": clock.now().strftime(WHEN),
    }


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [
        *found.get_values_for_type(x509.DNSName),
        *(str(one) for one in found.get_values_for_type(x509.IPAddress)),
    ]


def _joined(names: Iterable[str]) -> str:
    every = [name for name in map(_plain, names) if name]
    more = [f"… (+{len(every) - MOST_NAMES})"] if len(every) > MOST_NAMES else []
    return ", ".join([*every[:MOST_NAMES], *more])


def _plain(text: str) -> str:
    """Whoever made the certificate chose its words."""
    return "".join(character for character in text if character.isprintable())[:200]
