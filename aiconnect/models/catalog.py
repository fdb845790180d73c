"""Models as connections serve them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aiconnect.models.base import Base, Count, Size, UtcDateTime, Words
from aiconnect.models.connection import Connection


class ServedModel(Base):
    """A model of one connection.

    `listed` is False once the provider no longer lists it, since `gone_at`; `hidden` is what
    somebody has switched off; `retires_at` is what the provider announced.

    The columns from `name` to `moderated` are as in `adapters.types.ModelCard`. `price` is what
    its provider's list says that it costs, in nano-dollars per million tokens, or None: {"input":
    …, "output": …, "cache_read": …, "cache_write": …, "reasoning": …, "per_call": …}.
    """

    __tablename__ = "served_models"
    __table_args__ = (UniqueConstraint("connection_id", "model_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    model_id: Mapped[str] = mapped_column(Words(300), index=True)
    name: Mapped[str] = mapped_column(Words(300), default="")
    type: Mapped[str] = mapped_column(Words(20), default="chat")
    context: Mapped[int | None] = mapped_column(Count)
    output_limit: Mapped[int | None] = mapped_column(Count)
    family: Mapped[str | None] = mapped_column(Words(80))
    parameters: Mapped[str | None] = mapped_column(Words(40))
    quantization: Mapped[str | None] = mapped_column(Words(40))
    size: Mapped[int | None] = mapped_column(Size)
    loaded: Mapped[bool | None]
    capabilities: Mapped[list[str]] = mapped_column(JSON, default=list)
    moderated: Mapped[bool | None]
    price: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    by_hand: Mapped[bool] = mapped_column(default=False)
    hidden: Mapped[bool] = mapped_column(default=False)
    retires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    listed: Mapped[bool] = mapped_column(default=True)
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    connection: Mapped[Connection] = relationship()


class ModelChange(Base):
    """A model that a listing found new, gone or changed.

    `what` is added, gone, retiring or repriced; `facts` are what changed, in words for a template.
    """

    __tablename__ = "model_changes"
    __table_args__ = (Index("ix_model_changes_at", "at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), index=True
    )
    model_id: Mapped[str] = mapped_column(Words(300))
    what: Mapped[str] = mapped_column(Words(10))
    facts: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    connection: Mapped[Connection] = relationship()
