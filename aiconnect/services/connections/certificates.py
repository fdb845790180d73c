"""Certificates that a connection trusts beside the usual ones."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from aiconnect import clock
from aiconnect.errors import N_, Refused

FIELD = "ca_pem"
LONGEST, MOST = 100_000, 50


def read_ca(text: str) -> str:
    """The certificates alone, in PEM, or nothing for nothing; raises Refused(field="ca_pem")."""
    if not text.strip():
        return ""
    if "PRIVATE KEY" in text:
        raise _refused(
            N_("This holds a private key. Keep that where it is, and paste the certificates alone.")
        )
    if "-----BEGIN" not in text:
        raise _refused(
            N_("This is not in PEM format, which begins with -----BEGIN CERTIFICATE-----.")
        )
    found = _certificates(text)
    for one in found:
        _check_dates(one)
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in found)


def _certificates(text: str) -> list[x509.Certificate]:
    if len(text) > LONGEST or text.count("-----BEGIN") > MOST:
        raise _refused(N_("%(most)s certificates at most. Leave only those it needs."), most=MOST)
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        sentence = N_(
            "These certificates cannot be read: one is cut off or changed, or is something else "
            "than a certificate. Copy the file again, from its first line to its last."
        )
        raise _refused(sentence) from None


def _check_dates(one: x509.Certificate) -> None:
    name, now = _name(one), clock.now()
    if one.not_valid_after_utc < now:
        sentence = N_("The certificate of %(name)s ended on %(day)s. Ask for its successor.")
        raise _refused(sentence, name=name, day=one.not_valid_after_utc.date().isoformat())
    if one.not_valid_before_utc > now:
        sentence = N_("The certificate of %(name)s begins on %(day)s only.")
        raise _refused(sentence, name=name, day=one.not_valid_before_utc.date().isoformat())


def _name(one: x509.Certificate) -> str:
    """Whom it is for, as far as it says, fit for a sentence."""
    names = one.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME) or list(one.subject)
    text = str(names[0].value) if names else "?"
    return "".join(letter for letter in text if letter.isprintable())[:100]


def _refused(sentence: str, **facts: object) -> Refused:
    return Refused(sentence, field=FIELD, **facts)
