"""Writes what has changed in a JSON body into its bytes, so that the rest goes on as it came."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_MODEL = re.compile(rb'"model"[ \t\r\n]*:[ \t\r\n]*("(?:[^"\\]|\\.)*")')
_DISGUISED = re.compile(rb"\\u006[4-9a-fA-F]")
"""A letter of `model` written as a number: `"mod\\u0065l"` is the same name in other bytes."""


def spliced(raw: bytes, body: Mapping[str, Any], wanted: Mapping[str, Any]) -> bytes | None:
    """`raw` as it must be to say `wanted`; None where that takes writing it all anew.

    `raw` is what `body` was read from. Only another model and added fields can be spliced in.
    """
    changed = {key for key in wanted if wanted[key] is not body.get(key)}
    if len(wanted) < len(body) or not changed - {"model"} <= wanted.keys() - body.keys():
        return None
    if "model" in changed:
        # Once in all the bytes: then it is the name of the field that `body` has at its top.
        is_plain = raw.count(b'"model"') == 1 and not _DISGUISED.search(raw)
        found = _MODEL.search(raw) if is_plain else None
        if found is None:
            return None
        model = json.dumps(wanted["model"]).encode()
        raw = raw[: found.start(1)] + model + raw[found.end(1) :]
    added = {key: wanted[key] for key in wanted if key in changed and key != "model"}
    return _with(raw, added) if added else raw


def _with(raw: bytes, added: Mapping[str, Any]) -> bytes:
    """The object with these fields before its own, of which it has at least one."""
    start = raw.index(b"{") + 1
    return (
        raw[:start] + json.dumps(added, separators=(",", ":")).encode()[1:-1] + b"," + raw[start:]
    )
