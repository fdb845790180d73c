"""The models that connections serve: stored as listed, listed anew, shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from aiconnect import clock
from aiconnect.adapters.types import ModelCard
from aiconnect.client import Client
from aiconnect.errors import Finding, ProviderError, Refused
from aiconnect.models import Connection, ServedModel, State
from aiconnect.providers.spec import Provider
from aiconnect.services import audit, connections, installation, states
from aiconnect.services.audit import Actor
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing

COPIED = (
    "name", "type", "context", "output_limit", "family", "parameters", "quantization", "size",
    "loaded",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refresh:
    """How a new listing differs from the last one; `finding` says why there is none."""

    found: int = 0
    added: int = 0
    gone: int = 0
    finding: Finding | None = None


def store_models(
    session: Session, connection: Connection, cards: Sequence[ModelCard], now: datetime
) -> Refresh:
    """Make the listed models exactly these, within the running unit of work.

    One that is gone stays as a row that is not listed; one entered by hand is served all the same.
    """
    here = ServedModel.connection_id == connection.id
    known = {row.model_id: row for row in session.scalars(select(ServedModel).where(here))}
    before = {model_id for model_id, row in known.items() if row.listed}
    for card in cards:
        row = known.get(card.id) or _new(session, connection, card.id, now)
        _copy(card, row, now)
    listed = {card.id for card in cards}
    for model_id in before - listed:
        known[model_id].listed, known[model_id].loaded = False, None
    connection.listed_at = now
    installation.bump_revision(session)
    return Refresh(len(listed), len(listed - before), len(before - listed))


def refresh(
    session: Session,
    actor: Actor,
    connection_id: int,
    *,
    client: Client,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> Refresh:
    """List a connection's models anew; its state becomes what the list step of a test would say."""
    connection = connections.get(session, connection_id)
    row = connections.row_of(rows, connection.provider)
    asked = connection.base_url
    session.commit()  # no transaction stays open while the provider is waited for
    cards, code, facts = _ask(connection, client=client, rows=rows, vault=vault)
    finding = states.with_common(connection, row, code, facts)
    with writing(session):
        connection = connections.get(session, connection_id)
        if connection.base_url != asked:
            return Refresh(finding=finding)
        now = clock.now()
        states.flip(connection, finding, now)
        if cards is None:
            found = Refresh(finding=finding)
        else:
            found = store_models(session, connection, cards, now)
        audit.record(session, actor, "refresh.models", connection.name, found=str(found.found))
    return found


def served(session: Session, connection_id: int | None = None) -> list[ServedModel]:
    """The models that are listed or entered by hand, in the team's order of connections."""
    rows = (
        select(ServedModel)
        .join(ServedModel.connection)
        .options(joinedload(ServedModel.connection))
        .where(or_(ServedModel.listed, ServedModel.by_hand))
        .order_by(Connection.position, Connection.id, ServedModel.model_id)
    )
    if connection_id is not None:
        rows = rows.where(ServedModel.connection_id == connection_id)
    return list(session.scalars(rows))


def available(model: ServedModel) -> tuple[bool, str]:
    """Whether a call for the model can be expected to work, and if not why, as a code."""
    reasons = {
        State.OFF: "connection_off",
        State.UNREACHABLE: "unreachable",
        State.NEEDS_ATTENTION: "needs_attention",
    }
    reason = reasons.get(model.connection.shown_state)
    if reason is None and not (model.listed or model.by_hand):
        reason = "not_listed"
    return reason is None, reason or ""


def _ask(
    connection: Connection, *, client: Client, rows: Mapping[str, Provider], vault: Vault
) -> tuple[Sequence[ModelCard] | None, str, Mapping[str, str]]:
    try:
        target = connections.target(connection, rows=rows, vault=vault, ways=client.ways)
    except Refused:
        return None, "key_unreadable", {}
    try:
        cards = client.models(target).cards
    except ProviderError as error:
        code = error.code
        if code == "key_refused" and target.secret is None:
            code = "key_missing"
        return None, code, error.finding.facts
    return cards, "ok" if cards else "no_models", {"models": str(len(cards))}


def _new(session: Session, connection: Connection, model_id: str, now: datetime) -> ServedModel:
    row = ServedModel(connection_id=connection.id, model_id=model_id, first_seen=now)
    session.add(row)
    return row


def _copy(card: ModelCard, row: ServedModel, now: datetime) -> None:
    for field in COPIED:
        setattr(row, field, getattr(card, field))
    row.capabilities = list(card.capabilities)
    row.listed, row.last_seen = True, now
