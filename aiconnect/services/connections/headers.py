"""Headers that a connection adds to its calls: their names are shown, their values sealed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from aiconnect.errors import N_, Refused
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret

FIELD = "headers"
MOST = 20
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
VALUE = re.compile(r"[!-~]([\t -~]{0,3998}[!-~])?")
KEYS = {
    "authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie", "set-cookie",
    "www-authenticate",
}  # fmt: skip
# The parts of a message that belong to one way between two machines, and what each call sets.
OURS = {
    "accept", "accept-encoding", "connection", "content-encoding", "content-length",
    "content-type", "date", "expect", "host", "http2-settings", "idempotency-key", "keep-alive",
    "te", "trailer", "transfer-encoding", "upgrade", "via",
}  # fmt: skip
OURS_BEGIN = ("proxy-", "content-")

Headers = tuple[tuple[str, Secret], ...]


def read_headers(lines: str | Iterable[str]) -> Headers:
    """`Name: value` lines as headers; raises Refused(field="headers")."""
    if isinstance(lines, str):
        lines = re.split(r"\r\n|\n|\r", lines)
    filled = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    return check(tuple(_read(number, line) for number, line in filled))


def check(headers: Sequence[tuple[str, Secret]], row: Provider | None = None) -> Headers:
    """The headers, if they may be sent (to this provider); raises Refused(field="headers")."""
    check_count(headers)
    names: set[str] = set()
    for name, value in headers:
        _check_name(name, row)
        _check_value(name, value)
        if name.lower() in names:
            raise Refused(N_("The header %(name)s is there twice."), field=FIELD, name=name)
        names.add(name.lower())
    return tuple(headers)


def check_count(headers: Sequence[object]) -> None:
    """Raise Refused where there are more than a connection may have."""
    if len(headers) > MOST:
        raise Refused(N_("A connection adds %(most)s headers at most."), field=FIELD, most=MOST)


def _read(number: int, line: str) -> tuple[str, Secret]:
    name, colon, value = line.partition(":")
    # What is no header may be a key that was pasted here: it is not shown.
    if not colon or not NAME.fullmatch(name.strip()):
        raise Refused(
            N_("Line %(number)s is not a header. Write one as Name: value."),
            field=FIELD,
            number=number,
        )
    return name.strip(), Secret(value.strip(" \t"))


def _check_name(name: str, row: Provider | None) -> None:
    lower = name.lower()
    if not NAME.fullmatch(name):
        sentence = N_("A header's name has letters, digits and hyphens, 100 at most.")
        raise Refused(sentence, field=FIELD)
    if lower in KEYS or (row is not None and lower == row.auth.header.lower()):
        sentence = N_("The header %(name)s carries keys. Enter that as the API key instead.")
        raise Refused(sentence, field=FIELD, name=name)
    if lower in OURS or lower.startswith(OURS_BEGIN):
        sentence = N_("aiconnect sets the header %(name)s itself, for each call. Leave it out.")
        raise Refused(sentence, field=FIELD, name=name)


def _check_value(name: str, value: Secret) -> None:
    if not value:
        raise Refused(N_("The header %(name)s has no value."), field=FIELD, name=name)
    if not VALUE.fullmatch(value.reveal()):
        sentence = N_(
            "The value of the header %(name)s has a line break or another character in it that no "
            "header may have, or more than 4000 of them."
        )
        raise Refused(sentence, field=FIELD, name=name)
