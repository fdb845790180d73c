"""Names that stand for several models in order: routes and collections."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
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
    """A named, ordered set of models; `collection/<name>` calls it and falls back in its order."""

    __tablename__ = "collections"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Words(60), unique=True)
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
    """A model in a collection, lowest position first."""

    __tablename__ = "collection_models"
    __table_args__ = (UniqueConstraint("collection_id", "connection_id", "model_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id", ondelete="CASCADE"))
    position: Mapped[int]
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), index=True
    )
    model_id: Mapped[str] = mapped_column(Words(300))
    collection: Mapped[Collection] = relationship(back_populates="models")
    connection: Mapped[Connection] = relationship()
