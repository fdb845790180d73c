"""What people prefer and know about models: pins, last choices, the team's picks, tags, advice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aiconnect.models.base import Base, UtcDateTime, Words
from aiconnect.models.connection import Connection


class Pin(Base):
    """A model that a person wants to see first."""

    __tablename__ = "pins"
    __table_args__ = (UniqueConstraint("person_id", "connection_id", "model_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), index=True
    )
    model_id: Mapped[str] = mapped_column(Words(300))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    connection: Mapped[Connection] = relationship()


class LastChoice(Base):
    """The name that a person chose last for a use: `connection/model`, a route, a collection.

    `use` is where it was chosen: try, route, collection, token.
    """

    __tablename__ = "last_choices"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    use: Mapped[str] = mapped_column(Words(20), primary_key=True)
    model: Mapped[str] = mapped_column(Words(360))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class TeamPick(Base):
    """A model that the team recommends for a use: chat, long, fast, cheap, local."""

    __tablename__ = "team_picks"
    __table_args__ = (UniqueConstraint("use", "connection_id", "model_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    use: Mapped[str] = mapped_column(Words(20))
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), index=True
    )
    model_id: Mapped[str] = mapped_column(Words(300))
    note: Mapped[str] = mapped_column(Words(300), default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Words(254), default="")
    connection: Mapped[Connection] = relationship()


class ModelTag(Base):
    """What the team says of models whose name fits a pattern; it goes before the shipped rules.

    `tag` is nsfw, filtered or unfiltered, or none: the shipped rule does not hold here.
    """

    __tablename__ = "model_tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    pattern: Mapped[str] = mapped_column(Words(360), unique=True)
    tag: Mapped[str] = mapped_column(Words(12))
    note: Mapped[str] = mapped_column(Words(300), default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Words(254), default="")


class GuidanceNote(Base):
    """What the team has seen or read about mature content, beside what is shipped.

    `area` and `level` are codes of `services.guidance`; `kind` is policy (a vendor's own words) or
    seen (by the team); `dated` is when it was true, `source` where it can be read.
    """

    __tablename__ = "guidance_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    pattern: Mapped[str] = mapped_column(Words(360))
    area: Mapped[str] = mapped_column(Words(12))
    level: Mapped[str] = mapped_column(Words(12))
    kind: Mapped[str] = mapped_column(Words(12))
    source: Mapped[str] = mapped_column(Words(500), default="")
    note: Mapped[str] = mapped_column(Words(500), default="")
    dated: Mapped[datetime] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Words(254), default="")


class UnfilteredModel(Base):
    """A line of the team's list of unfiltered models; `is_out` takes a shipped one off the list.

    `place` says where it runs: local, openrouter, or in words.
    """

    __tablename__ = "unfiltered_models"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Words(200), unique=True)
    place: Mapped[str] = mapped_column(Words(100), default="")
    note: Mapped[str] = mapped_column(Words(300), default="")
    is_out: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Words(254), default="")
