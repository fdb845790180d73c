"""Which models of a connection are on: an allow-list of patterns, and models that are hidden."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate

from sqlalchemy import ColumnElement, Dialect, String, TypeDecorator, func, literal, or_
from typing_extensions import override

from aiconnect.errors import N_, Refused
from aiconnect.models import ServedModel

MOST = 200
WILD = re.compile(r"[*?[]")


def clean(typed: Sequence[str]) -> list[str]:
    """The patterns without spaces, blanks and repeats; raises Refused(field="allowed")."""
    parts = (part.strip() for text in typed for part in re.split(r"[,\r\n]", text))
    found = list(dict.fromkeys(part for part in parts if part))
    if any(len(part) > 300 or not part.isprintable() for part in found):
        sentence = N_("A pattern has 300 characters at most, without line breaks.")
        raise Refused(sentence, field="allowed")
    if len(found) > MOST:
        raise Refused(
            N_("%(most)s patterns at most. Use * to cover several models with one."),
            field="allowed",
            most=MOST,
        )
    return found


def fits(patterns: Sequence[str]) -> ColumnElement[bool]:
    """`calls.snapshot.is_allowed` for queries; not for an empty list."""
    return or_(ServedModel.model_id.in_(patterns), *map(_fits, filter(WILD.search, patterns)))


class Pattern(TypeDecorator[str]):
    """A pattern as a regular expression of the database.

    SQLite asks Python's `re`, where only the standard library's own form is never slow: with many
    stars in a pattern a plain one would keep the whole process waiting.
    """

    impl = String
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or dialect.name != "sqlite":
            return value and expression(value)
        return rf"\A{translate(value)}"


def expression(pattern: str) -> str:
    """The pattern as a regular expression that Python and PostgreSQL read alike."""
    return r"\A" + "".join(map(_piece, re.findall(r"\[!?\]?[^\]]*\]|.", pattern))) + r"\Z"


def _fits(pattern: str) -> ColumnElement[bool]:
    start = pattern[:-1]
    if pattern.endswith("*") and not WILD.search(start):  # most are so, and cost no expression
        begins = func.substr(ServedModel.model_id, 1, len(start))
        return begins == literal(start, String)
    return ServedModel.model_id.regexp_match(literal(pattern, Pattern))


def _piece(piece: str) -> str:
    if len(piece) == 1:
        return {"*": ".*", "?": "."}.get(piece) or re.escape(piece)
    is_not = piece.startswith("[!")
    pairs = re.findall(r"(?s)(.)-(.)|(.)", piece[1 + is_not : -1])
    # A range from high to low is empty; written out, one is no expression to either of them.
    ranges = [_range(low or one, high or one) for low, high, one in pairs if not low > high]
    if not ranges:
        return "." if is_not else "(?!)"
    return f"[{'^' * is_not}{''.join(ranges)}]"


def _range(low: str, high: str) -> str:
    """Characters by their numbers: what else means something between brackets differs."""
    return f"\\U{ord(low):08x}-\\U{ord(high):08x}"
