"""Runs a situation as a person would: a connection is added, then tested to its end."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from aiconnect.client import Client
from aiconnect.models import Check
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import checks, connections
from aiconnect.services.audit import SYSTEM
from aiconnect.services.connections import Draft
from aiconnect.services.vault import Vault
from aiconnect.wire.addresses import ShippedPolicy
from aiconnect.wire.types import Timeout
from tests.fakes.rows import OpenPolicy
from tests.faults.situations import Situation
from tests.faults.stage import KEY, Stage

QUICK = Timeout(connect=0.4, first_byte=0.4, silence=0.4, total=3)
MOST_SECONDS = 3.0


def examine(
    situation: Situation, stage: Stage, session: Session, rows: Mapping[str, Provider], vault: Vault
) -> Check:
    """Set the situation up, and test the connection."""
    place = situation.set_up(stage)
    row = rows[situation.slug]
    wants_key = place.key is not None and row.has("api_key")
    draft = Draft(
        situation.slug,
        base_url=(place.url or row.base_url) if row.has("url") else "",
        secret=Secret(KEY) if wants_key else None,
        private=place.private and row.has("url"),
    )
    if not place.private:  # as it was saved before its name led into this network
        draft = Draft(situation.slug, base_url="https://api.example.org/v1", secret=draft.secret)
    made = connections.add(session, SYSTEM, draft, rows=rows, vault=vault)
    made.base_url = place.url or made.base_url
    made.ca_pem = place.ca_pem
    session.commit()
    policy = ShippedPolicy() if place.strict else OpenPolicy()
    client = Client(policy, place.ways, patience=QUICK)
    begun = checks.start(session, SYSTEM, made.id, model=place.model)
    run = checks.run(session, begun.id, client=client, rows=rows, vault=vault, seconds=MOST_SECONDS)
    assert [step.name for step in run] == list(checks.names(begun))
    return begun
