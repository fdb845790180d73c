"""Other spellings of a base URL: without what is doubled, with /v1, over http, at another host."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

# What belongs to one call, pasted after the base of all.
CALL_ENDS = re.compile(
    r"(?i)/(?:chat/completions|completions|embeddings|responses|messages|models"
    r"|api/(?:chat|generate|tags|embed|show|embeddings))(?:/.*)?$"
)
DOUBLED = re.compile(r"(?i)((?:/[a-z0-9._-]+)+?)\1+(?=/|$)")
VERSION = re.compile(r"/v[0-9]+[a-z0-9]*$")
CONTAINER_HOST = "host.docker.internal"


def undoubled(url: str) -> str:
    """Without the path of one call, double slashes, and parts that stand there twice."""
    parts = urlsplit(url)
    path = re.sub("//+", "/", parts.path)
    path = DOUBLED.sub(r"\1", CALL_ENDS.sub("", path)).rstrip("/")
    return urlunsplit(parts._replace(path=path))


def with_version(url: str) -> str:
    """With /v1 at its end, once."""
    return url if VERSION.search(url) else url.rstrip("/") + "/v1"


def without_version(url: str) -> str:
    """Without /v1 at its end."""
    return VERSION.sub("", url.rstrip("/"))


def with_scheme(url: str, scheme: str) -> str:
    """The same address over http or https."""
    return urlunsplit(urlsplit(url)._replace(scheme=scheme))


def with_host(url: str, host: str) -> str:
    """The same address at another host, its port kept."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{host}{port}"))
