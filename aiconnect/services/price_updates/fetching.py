"""A table fetched, looked over and kept until somebody decides about it."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, CallError, ProviderError, Refused
from aiconnect.models import PriceTable
from aiconnect.services import audit
from aiconnect.services.audit import Actor
from aiconnect.services.price_updates import switches
from aiconnect.services.price_updates.judging import judge
from aiconnect.services.pricing.tables import ACCEPTED
from aiconnect.services.writing import writing
from aiconnect.wire.types import HttpCall, Route, Timeout

if TYPE_CHECKING:  # commands list prices without ever calling anyone
    from aiconnect.client import Client

FETCHED = "fetched"
PATIENCE = Timeout(connect=5.0, first_byte=15.0, silence=10.0, total=30.0)
LARGEST = 12 * 1_048_576
HEADERS = {"Accept": "application/json"}

UNANSWERED = N_(
    "No prices were fetched: %(host)s gave no whole answer. Prices stay as they are; try again "
    "later."
)
UNREACHED = N_(
    "No prices were fetched: %(host)s cannot be reached. Prices stay as they are; try again later."
)
UNTRUSTED = N_(
    "No prices were fetched: the certificate of %(host)s is not trusted here. Prices stay as they "
    "are; AICONNECT_CA_FILE names further ones to trust."
)
UNLED = N_(
    "No prices were fetched: the outgoing proxy does not lead to %(host)s. Prices stay as they "
    "are; see AICONNECT_OUTGOING_PROXY."
)
WHYS = {
    "too_large": N_("No prices were fetched: the file is larger than any table of prices."),
    "redirected": N_(
        "No prices were fetched: the address leads to another one. Set price-url to that."
    ),
    "name_not_found": N_(
        "No prices were fetched: there is no host %(host)s, or its name cannot be looked up. "
        "Prices stay as they are; see whether this server reaches the internet."
    ),
    "address_refused": N_(
        "No prices were fetched: %(host)s is an address that this server does not call. Set "
        "price-url to another."
    ),
    **dict.fromkeys(("refused", "timeout"), UNREACHED),
    **dict.fromkeys(("broke", "reset", "silent"), UNANSWERED),
    **dict.fromkeys(("tls_expired", "tls_failed", "tls_name", "tls_untrusted"), UNTRUSTED),
    **dict.fromkeys(("proxy_auth", "proxy_refused", "proxy_unreachable"), UNLED),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found: a table that waits for a decision, or (`table` None) what is in use."""

    table: PriceTable | None

    @property
    def is_new(self) -> bool:
        return self.table is not None


def check(
    session: Session, actor: Actor, *, client: Client, patience: Timeout = PATIENCE
) -> Checked:
    """Fetch the present table and keep it until somebody decides; nothing counts before.

    Raises Refused where nothing can be fetched, or what came is no sane table.
    """
    address = switches.url(session)
    session.commit()  # no transaction stays open while the file is waited for
    content = fetch(client, address, patience=patience)
    judge(content)
    now, digest = clock.now(), hashlib.sha256(content).hexdigest()
    with writing(session):
        return Checked(_keep(session, actor, content, digest, now))


def fetch(client: Client, address: str, *, patience: Timeout = PATIENCE) -> bytes:
    """The file as it is there; a private address may be one's own mirror."""
    route = Route(
        private=True, ca_file=client.ways.ca_file, proxy=client.ways.proxy, timeout=patience
    )
    try:
        reply = client.send(HttpCall("GET", address, HEADERS), route)
    except (ProviderError, CallError) as error:
        raise _unfetched(error.code, address) from None
    if reply.status != 200:
        sentence = N_("No prices were fetched: the server answered %(status)s.")
        raise Refused(sentence, status=reply.status)
    if len(reply.body) > LARGEST:
        raise _unfetched("too_large", address)
    return reply.body


def _unfetched(code: str, address: str) -> Refused:
    usual = N_("No prices were fetched: %(code)s. Nothing has changed; try again later.")
    return Refused(WHYS.get(code, usual), code=code, host=urlsplit(address).hostname or address)


def _keep(
    session: Session, actor: Actor, content: bytes, digest: str, now: datetime
) -> PriceTable | None:
    """One table at a time waits; the one in use is nothing new, a dismissed one is asked again."""
    session.execute(
        delete(PriceTable).where(PriceTable.state == FETCHED, PriceTable.digest != digest)
    )
    rows = select(PriceTable).where(PriceTable.digest == digest).order_by(PriceTable.id.desc())
    same = session.scalars(rows).first()
    if same is not None and same.state == ACCEPTED:
        return None
    if same is not None and same.state == FETCHED:
        same.fetched_at, same.fetched_by = now, actor.name
        return same
    table = PriceTable(
        state=FETCHED,
        version=f"genai-prices {now:%Y-%m-%d} {digest[:8]}",
        digest=digest,
        content=zlib.compress(content),
        fetched_at=now,
        fetched_by=actor.name,
    )
    session.add(table)
    session.flush()
    audit.record(session, actor, "fetch.prices", table.version)
    return table
