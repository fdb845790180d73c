"""Reads an error out of a body of any of the shapes that providers use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from itertools import islice
from typing import Any

from aiconnect.adapters.values import count, entries, mapping, moment, parse, text
from aiconnect.adapters.waiting import seconds
from aiconnect.wire.types import Reply

MOST_FLAGGED = 8
_TITLE = re.compile(r"(?is)<title[^>]{0,200}>(.{0,300}?)</title>")
# Where Google lets a project's owner switch an API on.
_SWITCH = re.compile(r"https://console\.(?:developers|cloud)\.google\.com/[!-~]{1,300}")


@dataclass(frozen=True, slots=True)
class Said:
    """An error as a provider put it.

    `codes` are all codes in it, in lower case; `status` is one of the body's own; `wait` is in
    seconds; `link` is where the provider says that it can be put right. `flagged` is what a filter
    found, in its own words, and `upstream` for whom a router looked.
    """

    message: str = ""
    codes: frozenset[str] = frozenset()
    status: int | None = None
    is_error: bool = False
    wait: float | None = None
    resets_at: datetime | None = None
    request_id: str = ""
    link: str = ""
    flagged: tuple[str, ...] = ()
    upstream: str = ""


def is_page(reply: Reply) -> bool:
    """Whether a web page came instead of an answer."""
    start = reply.body[:200].lstrip().lower()
    return reply.content_type == "text/html" or start.startswith((b"<!doctype", b"<html"))


def read_error(reply: Reply) -> Said:
    """The error in a body of any of the shapes that providers and what stands before them use."""
    if is_page(reply):
        title = _TITLE.search(reply.body[:20_000].decode("utf-8", "replace"))
        return Said(text(unescape(title[1])) if title else "")
    body = parse(reply.body)
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        return Said(text(reply.body[:300].decode("utf-8", "replace")) if body is None else "")
    error = body.get("error")
    inner = mapping(error)
    own = count(inner.get("code")) or count(inner.get("http_status")) or 0
    return Said(
        message=_message(body, inner),
        codes=frozenset(code.lower() for code in _codes(body, inner) if isinstance(code, str)),
        status=own if 400 <= own < 600 else None,
        is_error=bool(error) or body.get("object") == "error" or _is_flat(body),
        wait=_wait(body, inner),
        resets_at=_resets_at(inner),
        request_id=text(body.get("request_id"), 100),
        link=_link(inner),
        flagged=tuple(islice(_flagged(inner), MOST_FLAGGED)),
        upstream=text(mapping(inner.get("metadata")).get("provider_name"), 60),
    )


def _is_flat(body: Mapping[str, Any]) -> bool:
    """Cerebras puts the fields of an error at the top."""
    return {"message", "type", "code"} <= set(body) and isinstance(body["message"], str)


def _message(body: Mapping[str, Any], inner: Mapping[str, Any]) -> str:
    found = (
        inner.get("message"), body.get("error"), body.get("message"),
        _detail(mapping(body.get("message")).get("detail")), _detail(body.get("detail")),
        body.get("title"),
    )  # fmt: skip
    return next((said for one in found if (said := text(one))), "")


def _detail(value: object) -> str:
    if isinstance(value, list):
        return next((said for one in entries(value) if (said := text(one.get("msg")))), "")
    if isinstance(value, dict):
        return text(value.get("error")) or text(mapping(value.get("error")).get("message"))
    return text(value)


def _codes(body: Mapping[str, Any], inner: Mapping[str, Any]) -> Iterator[object]:
    metadata, details = mapping(inner.get("metadata")), inner.get("details")
    yield from (source.get(name) for source in (inner, body) for name in ("code", "type"))
    yield from (inner.get("status"), inner.get("error_type"), mapping(details).get("error_code"))
    yield from (metadata.get(name) for name in ("error_type", "limit_source"))
    yield from (mapping(one.get("availability")).get("code") for one in (inner, body))
    for detail in entries(details):  # Google's
        yield detail.get("reason")
        yield from (_quota(one) for one in entries(detail.get("violations")))
    yield from _signs(metadata)


def _flagged(inner: Mapping[str, Any]) -> Iterator[str]:
    """OpenRouter's reasons, and the kinds that Azure's filter found. Never the words themselves."""
    reasons = mapping(inner.get("metadata")).get("reasons")
    for one in reasons if isinstance(reasons, list) else ():
        if said := text(one, 40):
            yield said
    inside = mapping(inner.get("innererror"))
    for kind, found in mapping(inside.get("content_filter_result")).items():
        if mapping(found).get("filtered") is True:
            yield text(kind, 40)


def _signs(metadata: Mapping[str, Any]) -> Iterator[str]:
    """Codes of ours for what OpenRouter says without one."""
    if metadata.get("reasons"):
        yield "moderation"
    if "limit_usd" in metadata:
        yield "budget"
    if metadata.get("provider_code"):
        yield "upstream"


def _quota(violation: Mapping[str, Any]) -> str:
    """Codes of ours for Google's quotas: none of it at all, or used up for today."""
    if violation.get("quotaValue") == "0":
        return "quota_none"
    return "quota_day" if "PerDay" in text(violation.get("quotaId")) else ""


def _wait(body: Mapping[str, Any], inner: Mapping[str, Any]) -> float | None:
    found = [one.get("retryDelay") for one in entries(inner.get("details"))]
    found += [mapping(one.get("availability")).get("retry_after") for one in (inner, body)]
    waits = (seconds(str(one)) for one in found if isinstance(one, str | int | float))
    return next((wait for wait in waits if wait is not None), None)


def _resets_at(inner: Mapping[str, Any]) -> datetime | None:
    sources = (mapping(inner.get("metadata")), inner)
    return next((at for one in sources if (at := moment(one.get("resets_at")))), None)


def _link(inner: Mapping[str, Any]) -> str:
    links = (mapping(one.get("metadata")).get("activationUrl") for one in _details(inner))
    return next((link for one in links if _SWITCH.fullmatch(link := text(one, 400))), "")


def _details(inner: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return entries(inner.get("details"))
