"""TLS over a connected socket, each way it can fail told apart."""

from __future__ import annotations

import socket
import ssl
import threading
from functools import lru_cache
from pathlib import Path

import certifi

from aiconnect.errors import ProviderError
from aiconnect.wire.types import Route

EXPIRED = {9: "not_yet", 10: "expired"}  # OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID, _HAS_EXPIRED
OTHER_NAME = {62, 64}  # …_HOSTNAME_MISMATCH, …_IP_ADDRESS_MISMATCH

ONE_AT_A_TIME = threading.Lock()

# What OpenSSL says when the first bytes of the answer are not TLS.
NOT_TLS = {
    "WRONG_VERSION_NUMBER",
    "UNKNOWN_PROTOCOL",
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
    "UNEXPECTED_MESSAGE",
}


def wrap_tls(sock: socket.socket, host: str, *, route: Route) -> ssl.SSLSocket:
    """Shake hands within the connect timeout; gives a blocking socket or closes it and raises."""
    try:
        context = _context(route)
        sock.settimeout(route.timeout.connect)
        wrapped = context.wrap_socket(sock, server_hostname=host.rstrip("."))
    except ProviderError:
        sock.close()
        raise
    except (OSError, ValueError) as error:
        sock.close()
        raise tls_failure(error, host, seconds=route.timeout.connect) from None
    wrapped.settimeout(None)
    return wrapped


def tls_failure(error: Exception, host: str, *, seconds: float = 0) -> ProviderError:
    """The finding for what went wrong while shaking hands or reading over TLS."""
    facts = {"host": host}
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(error, facts)
    if isinstance(error, TimeoutError):
        return ProviderError("silent", facts=facts | {"seconds": f"{seconds:g}"})
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return ProviderError("reset", facts=facts)
    if isinstance(error, ssl.SSLError):
        code = "plain_http" if error.reason in NOT_TLS else "tls_failed"
        return ProviderError(code, facts=facts | {"reason": error.reason or "unknown"})
    return ProviderError("reset", facts=facts)


def _untrusted(error: ssl.SSLCertVerificationError, facts: dict[str, str]) -> ProviderError:
    if error.verify_code in EXPIRED:
        return ProviderError("tls_expired", facts=facts | {"reason": EXPIRED[error.verify_code]})
    if error.verify_code in OTHER_NAME:
        return ProviderError("tls_name", facts=facts)
    return ProviderError("tls_untrusted", facts=facts | {"reason": str(error.verify_code)})


def _context(route: Route) -> ssl.SSLContext:
    """One context per set of certificates and the file's time of change: a renewed one counts."""
    try:
        changed = Path(route.ca_file).stat().st_mtime_ns if route.ca_file else 0
        with ONE_AT_A_TIME:  # a context takes 50 ms to make: a burst must not make one per thread
            return _loaded(route.ca_file, changed, route.ca_pem)
    except (OSError, ValueError):
        # What is wrong is ours, and the server's certificate was not looked at.
        reason = "ca_pem" if route.ca_pem else "ca_file"
        raise ProviderError("tls_untrusted", facts={"reason": reason}) from None


@lru_cache(maxsize=32)
def _loaded(ca_file: str | None, _changed: int, ca_pem: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    # Slim containers have no certificates of their own, so certifi's count beside the system's.
    context.load_verify_locations(certifi.where())
    if ca_file:
        context.load_verify_locations(ca_file)
    if ca_pem:
        context.load_verify_locations(cadata=ca_pem)
    context.set_alpn_protocols(["http/1.1"])
    return context
