"""Which names this server answers to, whose forms it takes, and where a request comes from.

A page of the admin on loopback would otherwise be open to DNS rebinding: a foreign page whose
name suddenly points to 127.0.0.1 may read everything.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from flask import Flask, abort, request

from aiconnect.blueprints.errors import Told
from aiconnect.errors import N_
from aiconnect.extensions import parts

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(app: Flask) -> None:
    """Check the Host of every request and the origin of every form."""
    app.before_request(_check_host)
    app.before_request(_check_origin)
    app.before_request(_check_letters)


def names() -> frozenset[str]:
    """Every host name that this server answers to, lower case, without ports."""
    settings = parts().settings
    given = (*settings.trusted_hosts, urlsplit(settings.public_url).netloc)
    return LOOPBACK | {name for name in map(_name, given) if name}


def address() -> str:
    """Where the browser is, past the proxies that AICONNECT_TRUSTED_PROXIES names."""
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    hops = [*(hop.strip() for hop in forwarded), request.remote_addr or ""]
    while len(hops) > 1 and hops[-2] and _is_trusted(hops[-1]):
        hops.pop()
    return hops[-1][:64]


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _check_host() -> None:
    if request.endpoint == "static" or _name(request.host) in names():
        return
    raise Told(
        400,
        N_("This server does not know the name %(host)s"),
        N_("aiconnect answers only to names it was told, so that other sites cannot pose as it."),
        (
            N_("On the machine it runs on, open it as http://localhost and its port."),
            N_(
                "To open it under this name, its operator sets AICONNECT_PUBLIC_URL=%(url)s "
                "(or adds %(host)s to AICONNECT_TRUSTED_HOSTS) and restarts it."
            ),
        ),
        host=_name(request.host) or request.host,
        url=f"{request.scheme}://{request.host}",
    )


def _check_origin() -> None:
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site in {"same-origin", "none"}:
        return
    if site is None and (origin is None or urlsplit(origin).netloc == request.host):
        return
    raise Told(
        403,
        N_("This form was not sent from a page of this server"),
        N_("Another site, or a page opened long ago, tried to send it. Nothing was changed."),
        (N_("Open the page here, and send its form again."),),
    )


def _check_letters() -> None:
    """No browser sends a NUL, no page may hold one, and PostgreSQL takes none."""
    values = (value for _, value in request.values.items(multi=True))
    if any("\0" in one for one in (request.path, *values)):
        abort(400)


def _is_trusted(hop: str) -> bool:
    try:
        peer = ip_address(hop)
        return any(
            peer in ip_network(net, strict=False) for net in parts().settings.trusted_proxies
        )
    except ValueError:
        return False
