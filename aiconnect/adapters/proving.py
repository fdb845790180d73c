"""What the answer to a proof says about the key."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiconnect.adapters.said import is_page
from aiconnect.adapters.types import Target
from aiconnect.adapters.values import mapping, parse
from aiconnect.errors import ProviderError
from aiconnect.providers.spec import Proof
from aiconnect.wire.types import Reply

PROVEN = {"proven": "yes"}
# An empty request is refused for what is missing in it, after the key was looked at.
LOOKED_AT = {400, 404, 422}
AGAINST_KEY = {"key_refused", "no_credit", "no_permission"}


def can_be_asked(target: Target) -> bool:
    """Whether there is a key, a call that proves it, and that call stays with the provider.

    A proof at a whole address goes to another host than the connection's: it is made only while
    the connection leads to the row's own.
    """
    proof, row = target.provider.proof, target.provider
    if proof is None or not target.secret:
        return False
    own = {_place(url) for url in (row.base_url, *row.other_urls)}
    return "://" not in proof.path or _place(target.base_url) in own


def is_proven(proof: Proof, reply: Reply, error: ProviderError | None) -> bool:
    """Whether this answer shows that the key is good; `error` is how it reads otherwise."""
    if error is None:
        return True
    looked_at = proof.method == "POST" and reply.status in LOOKED_AT
    is_object = isinstance(parse(reply.body), dict) and not is_page(reply)
    return looked_at and is_object and error.code not in AGAINST_KEY


def useless(proof: Proof, reply: Reply) -> ProviderError | None:
    """The finding where the provider knows the key and says what it cannot be used for."""
    body = mapping(parse(reply.body))
    said = {**mapping(body.get("data")), **body}
    flag = next((name for name in proof.refused_when if said.get(name) is True), None)
    if flag is None:
        return None
    facts = {"status": str(reply.status), "reason": flag, "detail": flag.replace("_", " ")}
    return ProviderError("key_refused", status=reply.status, facts=facts)


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
