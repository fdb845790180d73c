"""What the look of a key says, before anyone is called: a remark, never a refusal."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from aiconnect.errors import N_
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services.connections.keys import bare

COMMON = "sk-"
"""Begins keys of many hosts: by itself it says nothing against an address of one's own."""


def remark(
    row: Provider,
    rows: Mapping[str, Provider],
    secret: Secret,
    *,
    translate: Callable[[str], str] = str,
) -> str | None:
    """A sentence where the key looks like another provider's, or unlike this one's."""
    key = bare(secret.reveal())
    sentence, other = _said(row, recognised(rows, key), key)
    if sentence is None:
        return None
    facts = {"other": other.name if other else "", "begins": _begins(row)}
    return translate(sentence) % {**facts, "provider": row.name}


def _begins(row: Provider) -> str:
    """The shortest beginnings: `sk-` says all of `sk-proj-`."""
    every = row.key_prefixes
    shortest = (one for one in every if not any(one != o and one.startswith(o) for o in every))
    return " · ".join(shortest)


def recognised(rows: Mapping[str, Provider], key: str) -> Provider | None:
    """Whose key this looks like: the longest beginning decides, then a form that says more."""
    prefix, found = _by_prefix(rows, key)
    if prefix in {"", COMMON}:
        found = next((row for row in rows.values() if _is_marked(row, key)), found)
    return found


def _said(row: Provider, other: Provider | None, key: str) -> tuple[str | None, Provider | None]:
    if other is not None and other.gone:
        return N_(
            "This looks like a key of %(other)s's shared service, which has closed. A service of "
            "your own there has an address and a token of its own."
        ), other
    is_own = other is row or (not row.key_prefixes and _fits(row, key))
    if is_own or (other is not None and _says_nothing(row, other, key)):
        return None, None
    if other is not None:
        return N_(
            "This looks like a key of %(other)s; you chose %(provider)s. Test the connection: if "
            "it is refused, replace the key, or connect %(other)s instead."
        ), other
    if row.key_form and row.key_prefixes and not _fits(row, key):
        return N_(
            "Keys of %(provider)s usually look different: they begin with %(begins)s. The test "
            "tells whether this one is accepted."
        ), None
    if row.key_form and not _fits(row, key):
        return N_("Keys of %(provider)s usually look different."), None
    return None, None


def _says_nothing(row: Provider, other: Provider, key: str) -> bool:
    """Whether the beginning is common, and the chosen provider takes keys of any form."""
    prefix = max(filter(key.startswith, other.key_prefixes), key=len, default="")
    return prefix == COMMON and not row.key_form


def _by_prefix(rows: Mapping[str, Provider], key: str) -> tuple[str, Provider | None]:
    pairs = ((prefix, row) for row in rows.values() for prefix in row.key_prefixes)
    found = (pair for pair in pairs if key.startswith(pair[0]))
    return max(found, key=lambda pair: len(pair[0]), default=("", None))


def _is_marked(row: Provider, key: str) -> bool:
    """Whether its keys have a form that is told by its beginning, though others share that."""
    return not row.key_prefixes and row.key_form.startswith(COMMON) and _fits(row, key)


def _fits(row: Provider, key: str) -> bool:
    return bool(row.key_form) and re.fullmatch(row.key_form, key) is not None
