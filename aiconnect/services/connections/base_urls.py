"""Base URLs as people type and paste them: brought into one form, judged without calling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from aiconnect.errors import N_, Refused
from aiconnect.providers.spec import Provider, Reach
from aiconnect.wire.addresses import ShippedPolicy

LONGEST = 500
LOCAL_ENDS = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intranet")
# What people paste from a provider's examples: the path of one call instead of the base of all.
CALL_ENDS = (
    "/chat/completions", "/completions", "/embeddings", "/responses", "/models",
    "/api/chat", "/api/generate", "/api/tags",
)  # fmt: skip
BASE_ENDS = ("/v1", "/api")
HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?")
NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)\.?")


def normalise(row: Provider, typed: str) -> str:
    """The base URL in one form; raises Refused(field="url") where it cannot be one."""
    if not row.has("url"):
        return _fixed(row, typed)
    text = typed.strip() or row.base_url
    if not text:
        raise Refused(
            N_("Write the address of the server, like %(example)s."),
            field="url",
            example=_example(row),
        )
    parts = _split(_with_own_path(row, text))
    host = _host(parts)
    port = f":{_port(parts)}" if _port(parts) else ""
    path = _path(parts.path, is_bare=not urlsplit(row.base_url).path and bool(row.base_url))
    url = f"{parts.scheme.lower()}://{host}{port}{path}"
    if len(url) > LONGEST:
        raise _malformed(typed)
    return url


def _with_own_path(row: Provider, text: str) -> str:
    """The address with the path that such a host always has, whatever call of it was pasted."""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname or ""
    except ValueError:
        return text  # what is wrong with it is said of it as it stands
    is_own = host.endswith(row.own_hosts) and parts.username is None
    return f"{parts.scheme}://{parts.netloc}{row.own_path}" if row.own_hosts and is_own else text


def is_private(url: str) -> bool:
    """Whether the host is one of this machine or network, as far as its name tells."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    reason = _reason(host)
    if reason is not None:
        return reason == "private"
    return _is_name(host) and ("." not in host or host.endswith(LOCAL_ENDS))


def allow(row: Provider, url: str, *, private: bool) -> None:
    """Raise Refused where this provider's connections may not lead to this address."""
    host = _bare(urlsplit(url))  # an address stays one with a dot behind it
    reason = _reason(host)
    if reason not in {None, "private"}:
        sentence = N_("%(host)s is an address that aiconnect never calls. Use another one.")
        raise Refused(sentence, field="url", host=host)
    if row.reach is Reach.LOCAL or private:
        return
    if is_private(url):
        sentence = N_("%(host)s is in a private network. Allow private addresses to use it.")
        raise Refused(sentence, field="private", host=host)
    if not url.startswith("https://"):
        raise Refused(
            N_("A public address must begin with https://, or the key could be read on its way."),
            field="url",
        )


def refuse_gone(rows: Mapping[str, Provider], url: str) -> None:
    """Raise Refused where the host once served a provider and does no more."""
    host = _bare(urlsplit(url))
    row = next((row for row in rows.values() if host in row.gone), None)
    if row is not None:
        sentence = N_(
            "%(host)s was the shared service of %(provider)s and has closed. Write the address of "
            "your own service, or choose another provider."
        )
        raise Refused(sentence, field="url", host=host, provider=row.name)


def keeps_secrets(before: str, after: str) -> bool:
    """Whether secrets may follow: to the same host and port, and never out of TLS.

    Usual ports are not written in a base URL, so http to https there is the same server.
    """
    old, new = urlsplit(before), urlsplit(after)
    is_same_server = (_bare(old), old.port) == (_bare(new), new.port)
    return is_same_server and (new.scheme == "https" or old.scheme == "http")


def _bare(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".")


def _fixed(row: Provider, typed: str) -> str:
    usual = (row.base_url, *row.other_urls)
    wanted = typed.strip().rstrip("/").lower().removeprefix("https://")
    if not wanted:
        return row.base_url
    found = next((url for url in usual if wanted in {_short(url), urlsplit(url).hostname}), None)
    if found is not None:
        return found
    if row.other_urls:
        sentence = N_("%(provider)s answers at these addresses: %(urls)s. Choose one of them.")
        raise Refused(sentence, field="url", provider=row.name, urls=", ".join(usual))
    sentence = N_(
        "The address of %(provider)s is fixed. For another, add an OpenAI-compatible connection."
    )
    raise Refused(sentence, field="url", provider=row.name)


def _short(url: str) -> str:
    return url.removeprefix("https://").lower()


def _split(typed: str) -> SplitResult:
    text = typed
    try:
        if "://" not in text:
            scheme = "http" if is_private(f"http://{text}") else "https"
            text = f"{scheme}://{text}"
        parts = urlsplit(text)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise _malformed(typed) from None
    if not is_usable or any(character.isspace() for character in text):
        raise _malformed(typed)
    if parts.username is not None or parts.password is not None:
        raise Refused(
            N_("Leave name and password out of the address; the key has a field of its own."),
            field="url",
        )
    if parts.query:
        raise Refused(N_("Leave out what follows the question mark in the address."), field="url")
    return parts


def _host(parts: SplitResult) -> str:
    name = parts.hostname or ""
    if ":" in name:
        return f"[{name}]"
    try:
        host = name.encode("idna").decode()
    except UnicodeError:
        raise _malformed(name) from None
    # 127.1, 0x7f.1 and 2130706433 are addresses to the resolver and names to everyone else.
    is_odd = NUMBER.fullmatch(host.rsplit(".", 1)[-1]) and _is_name(host)
    if is_odd or not HOST.fullmatch(host):
        raise _malformed(name)
    return host


def _port(parts: SplitResult) -> int | None:
    usual = {"http": 80, "https": 443}[parts.scheme]
    return None if parts.port == usual else parts.port


def _path(path: str, *, is_bare: bool) -> str:
    if not re.fullmatch("[!-~]*", path):
        raise _malformed(path)
    path = re.sub("//+", "/", path).rstrip("/")
    for end in CALL_ENDS:
        path = path.removesuffix(end).rstrip("/")
    if is_bare:
        for end in BASE_ENDS:
            path = path.removesuffix(end)
    return path


def _reason(host: str) -> str | None:
    """Why a literal address may not be called just so; None for a public one and for names."""
    if _is_name(host):
        return None
    return ShippedPolicy().allows(host, 0, private=False)


def _is_name(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return True
    return False


def _example(row: Provider) -> str:
    return next((field.example for field in row.fields if field.name == "url"), "")


def _malformed(typed: str) -> Refused:
    return Refused(
        N_("%(typed)s cannot be called. Write an address like https://api.example.com/v1."),
        field="url",
        typed=typed[:200],
    )
