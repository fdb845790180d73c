"""Channels: mail addresses and webhooks that alerts are sent to."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Conflict, NotFound, Refused
from aiconnect.models import AlertChannel
from aiconnect.secret import Secret
from aiconnect.services import audit, marks
from aiconnect.services.alerts import addresses, outbox
from aiconnect.services.alerts.kinds import KINDS
from aiconnect.services.alerts.rules import check_right
from aiconnect.services.audit import Actor
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing

MAIL, WEBHOOK = "mail", "webhook"
MOST = 20
LONGEST_NAME = 60
SEALED_KIND, SEALED_FIELD = "alert_channel", "secret"

CHANGED = N_(
    "Somebody has changed this channel meanwhile. Open it anew to see how it is, or save again to "
    "set yours."
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A channel as it was entered. `kinds` empty: every kind; quiet minutes after midnight."""

    name: str
    address: str
    private: bool = False
    kinds: tuple[str, ...] = ()
    quiet_from: int | None = None
    quiet_until: int | None = None
    digest: bool = False


def every(session: Session) -> Sequence[AlertChannel]:
    """All of them by name."""
    return session.scalars(select(AlertChannel).order_by(AlertChannel.name)).all()


def listening(session: Session) -> Sequence[AlertChannel]:
    """Those that are on."""
    rows = select(AlertChannel).where(AlertChannel.enabled).order_by(AlertChannel.id)
    return session.scalars(rows, execution_options={"populate_existing": True}).all()


def wants(channel: AlertChannel, kind: str) -> bool:
    """Whether a channel is told of this kind."""
    return not channel.kinds or kind in channel.kinds


def get(session: Session, channel_id: int) -> AlertChannel:
    """Raises NotFound."""
    found = session.get(AlertChannel, channel_id)
    if found is None:
        raise NotFound(N_("There is no such channel."))
    return found


def add(
    session: Session, actor: Actor, kind: str, draft: Draft, vault: Vault
) -> tuple[AlertChannel, Secret | None]:
    """Make a channel; a webhook's signing secret is in this answer and nowhere else."""
    check_right(actor)
    with writing(session):
        count = session.scalar(select(func.count()).select_from(AlertChannel)) or 0
        if count >= MOST:
            raise Refused(N_("%(most)s channels at most."), field="name", most=MOST)
        channel = AlertChannel(kind=kind, made_at=clock.now(), made_by=actor.name)
        channel.address = addresses.checked(kind, draft.address, private=draft.private)
        _put(session, channel, draft)
        session.add(channel)
        session.flush()
        secret = _sign_anew(channel, vault) if kind == WEBHOOK else None
        audit.record(session, actor, "add.alert_channel", channel.name, kind=kind)
    return channel, secret


def mark(channel: AlertChannel) -> str:
    """A short text that is another one as soon as what `change` sets is."""
    return marks.mark(
        channel.name, channel.address, channel.private, channel.kinds, channel.digest,
        channel.quiet_from, channel.quiet_until,
    )  # fmt: skip


def change(
    session: Session, actor: Actor, channel_id: int, draft: Draft, *, seen: str | None = None
) -> AlertChannel:
    """Set what a channel is; an address that is left empty stays as it is.

    `seen` is the `mark` of what was looked at; raises Conflict where somebody has changed it since.
    """
    check_right(actor)
    with writing(session):
        channel = _current(session, channel_id)
        if seen not in {None, mark(channel)}:
            raise Conflict(CHANGED)
        if draft.address or draft.private != channel.private:
            address = draft.address or channel.address
            channel.address = addresses.checked(channel.kind, address, private=draft.private)
        _put(session, channel, draft)
        audit.record(session, actor, "change.alert_channel", channel.name)
    return channel


def switch(session: Session, actor: Actor, channel_id: int, *, enabled: bool) -> AlertChannel:
    """Let a channel be told, or not; what waits for one that is switched off is dropped."""
    check_right(actor)
    with writing(session):
        channel = _current(session, channel_id)
        channel.enabled = enabled
        if not enabled:
            outbox.drop_waiting(session, channel)
        verb = "enable" if enabled else "disable"
        audit.record(session, actor, f"{verb}.alert_channel", channel.name)
    return channel


def new_secret(session: Session, actor: Actor, channel_id: int, vault: Vault) -> Secret:
    """Sign with another secret from now on; gives it, this once."""
    check_right(actor)
    with writing(session):
        channel = _current(session, channel_id)
        if channel.kind != WEBHOOK:
            raise Refused(N_("Only webhooks are signed."))
        secret = _sign_anew(channel, vault)
        audit.record(session, actor, "rotate.alert_channel", channel.name)
    return secret


def remove(session: Session, actor: Actor, channel_id: int) -> str:
    """Remove a channel and what waits for it; gives its name."""
    check_right(actor)
    with writing(session):
        channel = _current(session, channel_id)
        name = channel.name
        session.delete(channel)
        audit.record(session, actor, "remove.alert_channel", name)
    return name


def signing_secret(channel: AlertChannel, vault: Vault) -> Secret:
    """What signs a webhook's messages; raises CannotOpen."""
    return vault.open(SEALED_KIND, channel.id, SEALED_FIELD, channel.sealed or "")


def _current(session: Session, channel_id: int) -> AlertChannel:
    found = session.get(AlertChannel, channel_id, populate_existing=True)
    if found is None:
        raise NotFound(N_("There is no such channel."))
    return found


def _put(session: Session, channel: AlertChannel, draft: Draft) -> None:
    channel.name = _name(session, draft.name, channel.id)
    channel.private = draft.private and channel.kind == WEBHOOK
    channel.kinds = [code for code in KINDS if code in draft.kinds]
    if len(channel.kinds) == len(KINDS):
        channel.kinds = []
    channel.digest = draft.digest
    channel.quiet_from, channel.quiet_until = _quiet(draft)


def _name(session: Session, typed: str, own_id: int | None) -> str:
    name = " ".join(typed.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        sentence = N_("Write a name of 1 to %(most)s characters.")
        raise Refused(sentence, field="name", most=LONGEST_NAME)
    with session.no_autoflush:
        holder = session.scalar(select(AlertChannel.id).where(AlertChannel.name == name))
    if holder not in {None, own_id}:
        sentence = N_("There is a channel named %(name)s already. Choose another name.")
        raise Conflict(sentence, field="name", name=name)
    return name


def _quiet(draft: Draft) -> tuple[int | None, int | None]:
    begins, ends = draft.quiet_from, draft.quiet_until
    if begins is None and ends is None:
        return None, None
    if begins is None or ends is None or begins == ends:
        sentence = N_("Write when the quiet hours begin and when they end, or leave both empty.")
        raise Refused(sentence, field="quiet_until")
    return begins % 1440, ends % 1440


def _sign_anew(channel: AlertChannel, vault: Vault) -> Secret:
    secret = Secret(f"whsec_{secrets.token_urlsafe(32)}")
    channel.sealed = vault.seal(SEALED_KIND, channel.id, SEALED_FIELD, secret)
    return secret
