"""What lists that come in pages share."""

from __future__ import annotations

from urllib.parse import parse_qsl

from tests.fakes.exchange import Request


def query_of(request: Request) -> dict[str, str]:
    """The query of a request; a name that comes twice keeps its last value."""
    return dict(parse_qsl(request.query))
