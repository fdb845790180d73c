"""Names that stand for several models in order: routes and collections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aiconnect.models.base import Base, UtcDateTime, Words
from aiconnect.models.connection import Connection


class Route(Base):
    """A public model name; its steps are tried in order, the second on are the fallbacks.

    `total_seconds` bounds all tries of a call together, None for the server's own limit.
    """

    __tablename__ = "routes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Words(200), unique=True)
    total_seconds: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Words(254), default="")
    steps: Mapped[list[RouteStep]] = relationship(
        back_populates="route",
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="RouteStep.position, RouteStep.id",
    )


class RouteStep(Base):
    """One model of a route, lowest position first.

    `first_byte_seconds` is how long this step may be silent before the next one is tried, and
    `retries` how often it is tried again before that; None for the usual.
    """

    __tablename__ = "route_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("routes.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), index=True
    )
    model_id: Mapped[str] = mapped_column(Words(300))
    first_byte_seconds: Mapped[int | None]
    retries: Mapped[int | None]
    route: Mapped[Route] = relationship(back_populates="steps")
    connection: Mapped[Connection] = relationship()


class Collection(Base):
    """A named, ordered set of models; `collection/<name>` calls it and falls back in its order.

    `owner_id` is whose personal one it is, None: the team's. `version` counts its changes, so that
    two people who reorder it at once do not undo each other's work; `changed_by` made the last.
    """

    __tablename__ = "collections"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Words(60), unique=True)
    description: Mapped[str] = mapped_column(Words(500), default="")
    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(Words(254), default="")
    position: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Words(254), default="")
    models: Mapped[list[CollectionModel]] = relationship(
        back_populates="collection",
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="CollectionModel.position, CollectionModel.id",
    )


class CollectionModel(Base):
    """A model in a collection, lowest position first.

    `parameters` are the collection's own settings for it (temperature, top_p, max_tokens ...), as
    OpenAI's chat names them; they go before what a caller of the collection asks for.
    """

    __tablename__ = "collection_models"
    __table_args__ = (UniqueConstraint("collection_id", "connection_id", "model_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id", ondelete="CASCADE"))
    position: Mapped[int]
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), index=True
    )
    model_id: Mapped[str] = mapped_column(Words(300))
    note: Mapped[str] = mapped_column(Words(300), default="")
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    collection: Mapped[Collection] = relationship(back_populates="models")
    connection: Mapped[Connection] = relationship()
