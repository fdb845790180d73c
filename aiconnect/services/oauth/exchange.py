"""A code from a provider's sign-in, exchanged for a key: one call, to the provider's own host."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aiconnect.adapters.said import read_error
from aiconnect.adapters.values import parse
from aiconnect.client import Client
from aiconnect.errors import AiconnectError, CallError, ProviderError, Refused
from aiconnect.providers.oauth import OAuth
from aiconnect.providers.spec import Provider, Reach
from aiconnect.secret import Secret
from aiconnect.services.connections import base_urls, keys
from aiconnect.wire.types import HttpCall, Reply, Route, Timeout

PATIENCE = Timeout(connect=5.0, first_byte=10.0, silence=10.0, total=15.0)
HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}

UNANSWERED: Mapping[str, str] = {
    "timeout": "no_way",
    "silent": "no_answer",
    "out_of_time": "no_answer",
    "reset": "no_answer",
    "broke": "no_answer",
    "no_capacity": "no_capacity",
    "redirected": "not_them",
    "not_an_api": "not_them",
    "too_large": "not_them",
    "tls_untrusted": "not_trusted",
    "tls_name": "not_trusted",
    "tls_expired": "not_trusted",
    "address_refused": "address",
}
"""Why there was no answer to read, by the code of what was found; anything else is no way there."""

STATUSES: Mapping[int, str] = {
    400: "code_malformed",
    401: "code_refused",
    403: "code_refused",
    404: "no_such_door",
    405: "no_such_door",
    429: "too_many",
}


class NoKey(AiconnectError):
    """The code brought no key; `outcome` says why."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def exchange(
    client: Client,
    oauth: OAuth,
    row: Provider,
    code: Secret,
    verifier: Secret,
    *,
    patience: Timeout = PATIENCE,
) -> Secret:
    """The key that the code stands for; raises NoKey."""
    said = {
        "code": code.reveal(),
        "code_verifier": verifier.reveal(),
        "code_challenge_method": "S256",
    }
    call = HttpCall("POST", oauth.exchange_url(row), HEADERS, body=json.dumps(said).encode())
    try:
        base_urls.allow(row, call.url, private=False)
        reply = client.send(call, _route(client, row, patience))
    except Refused:
        raise NoKey("address") from None
    except (ProviderError, CallError) as error:
        raise NoKey(UNANSWERED.get(error.code, "no_way")) from None
    return _key(row, reply)


def _route(client: Client, row: Provider, patience: Timeout) -> Route:
    return Route(
        private=row.reach is Reach.LOCAL,
        ca_file=client.ways.ca_file,
        proxy=client.ways.proxy,
        timeout=patience,
    )


def _key(row: Provider, reply: Reply) -> Secret:
    if reply.status != 200:
        raise NoKey(_why(reply))
    said = parse(reply.body)
    if said is None:
        raise NoKey("not_them")
    key = said.get("key") if isinstance(said, dict) else None
    if not isinstance(key, str) or not keys.SHAPE.fullmatch(key):
        raise NoKey("no_key")
    return keys.clean(row, Secret(key)) or Secret(key)


def _why(reply: Reply) -> str:
    if reply.status >= 500 or reply.status == 408:
        return "trouble"
    if parse(reply.body) is None:
        return "not_them"  # a proxy or a portal in between: the provider itself answers in JSON
    outcome = STATUSES.get(reply.status, "not_them")
    has_expired = outcome == "code_refused" and "expired" in read_error(reply).message.lower()
    return "code_expired" if has_expired else outcome
