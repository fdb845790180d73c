"""Connections, their sealed credentials, and the checks made of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aiconnect.models.base import Base, UtcDateTime, Words

KEY, NEXT_KEY, HEADER = "api_key", "next_key", "header"
"""Fields of credentials; a header's name follows its own after a colon."""


class State(StrEnum):
    """How a connection is, as far as known. `off` is shown for a disabled one and never stored."""

    CONNECTED = "connected"
    WARNING = "warning"
    NEEDS_ATTENTION = "needs_attention"
    UNREACHABLE = "unreachable"
    UNTESTED = "untested"
    OFF = "off"


class Connection(Base):
    """A configured link to a provider.

    `owner_id` is the person whom alone a personal connection serves, None for the team's;
    `position` is the team's order (lowest first); `ca_pem` are certificates trusted beside the
    usual ones; `first_byte_seconds` is how long a call waits for the first byte, None for the
    usual time. `allowed` are patterns of the models that are on (none: all); `hides_new` keeps
    models that are found from now on off until somebody shows them. `listed_at` is when its
    models were last listed; `learned` holds quirks that calls have shown, e.g.
    {"no_stream_options": true}; `finding` and `facts` explain `state`; `failures` counts the
    failures in a row that nobody asked for; `doubted_at` is when a call showed that the state may
    not be true any more; `account` is what the provider said at `account_at`
    about the account behind the key. `key_notes` is what is left to do about keys: what the test
    of the `next` one found, and `left`, those that were replaced and may still be valid at the
    provider. `requests_per_minute`, `tokens_per_minute` and `parallel` limit the calls that it
    takes, None: no limit. `retried_at` is when somebody wanted it tried whatever the pause.
    `flat_fee` says that a subscription pays for its calls: their cost is notional.
    """

    __tablename__ = "connections"
    __table_args__ = ({"sqlite_autoincrement": True},)  # the ledger keeps ids: none comes back

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Words(60), unique=True)
    provider: Mapped[str] = mapped_column(Words(40))
    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    base_url: Mapped[str] = mapped_column(Words(500))
    private: Mapped[bool] = mapped_column(default=False)
    ca_pem: Mapped[str | None] = mapped_column(Text)
    first_byte_seconds: Mapped[int | None]
    allowed: Mapped[list[str]] = mapped_column(JSON, default=list)
    hides_new: Mapped[bool] = mapped_column(default=False)
    enabled: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(Words(20), default=State.UNTESTED)
    state_since: Mapped[datetime] = mapped_column(UtcDateTime)
    finding: Mapped[str | None] = mapped_column(Words(40))
    facts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    failures: Mapped[int] = mapped_column(default=0)
    doubted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    account_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    key_notes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    listed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    learned: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Words(254), default="")
    switched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    requests_per_minute: Mapped[int | None]
    tokens_per_minute: Mapped[int | None]
    parallel: Mapped[int | None]
    flat_fee: Mapped[bool] = mapped_column(default=False)
    credentials: Mapped[list[Credential]] = relationship(
        back_populates="connection", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def shown_state(self) -> State:
        return State(self.state) if self.enabled else State.OFF

    @property
    def key(self) -> Credential | None:
        """The key that calls use; a key that is to follow it is not this one."""
        return next((one for one in self.credentials if one.field == KEY), None)

    @property
    def key_last4(self) -> str | None:
        return self.key.last4 if self.key else None

    @property
    def header_names(self) -> list[str]:
        """Names of the headers that the connection adds to its calls."""
        names = (one.field.partition(":") for one in self.credentials)
        return sorted(name for kind, _, name in names if kind == HEADER)


class Credential(Base):
    """A sealed secret of a connection.

    `field` is `api_key`; `next_key` for one that is tested before it takes the key's place; or
    `header:Name` for the value of a header. `source` is typed or oauth.
    """

    __tablename__ = "credentials"
    __table_args__ = (UniqueConstraint("connection_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), index=True
    )
    field: Mapped[str] = mapped_column(Words(120))
    sealed: Mapped[str] = mapped_column(Text)
    last4: Mapped[str] = mapped_column(Words(4), default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Words(254), default="")
    source: Mapped[str] = mapped_column(Words(10), default="typed")
    connection: Mapped[Connection] = relationship(back_populates="credentials")


class Check(Base):
    """One test of a connection: its steps as they finished, and what was found.

    `steps` is a list of {"step", "state": ok|failed|skipped, "ms", "facts"}; `state` and
    `finding` are None until it has finished.
    """

    __tablename__ = "checks"

    id: Mapped[str] = mapped_column(Words(36), primary_key=True)
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), index=True
    )
    base_url: Mapped[str] = mapped_column(Words(500))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[str] = mapped_column(Words(254), default="")
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    state: Mapped[str | None] = mapped_column(Words(20))
    finding: Mapped[str | None] = mapped_column(Words(40))
    facts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    connection: Mapped[Connection] = relationship()
