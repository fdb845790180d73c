"""Choosing models: pins, picks, tags, guidance, try-outs, and richer collections."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def words(length: int) -> sa.types.TypeEngine[str]:
    """Text that PostgreSQL compares byte by byte, as SQLite does."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("collection_models") as batch:
        batch.add_column(sa.Column("note", words(300), nullable=False, server_default=""))
        batch.add_column(sa.Column("parameters", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("collection_models") as batch:
        batch.alter_column("note", server_default=None)
        batch.alter_column("parameters", server_default=None)

    with op.batch_alter_table("collections") as batch:
        batch.add_column(sa.Column("description", words(500), nullable=False, server_default=""))
        batch.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("changed_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("changed_by", words(254), nullable=False, server_default=""))
        batch.create_index("ix_collections_owner_id", ["owner_id"])
        batch.create_foreign_key(
            "fk_collections_owner_id_people", "people", ["owner_id"], ["id"], ondelete="CASCADE"
        )
    with op.batch_alter_table("collections") as batch:
        batch.alter_column("description", server_default=None)
        batch.alter_column("version", server_default=None)
        batch.alter_column("changed_by", server_default=None)

    op.add_column("people", sa.Column("time_zone", words(64), nullable=True))
    op.add_column("people", sa.Column("mature_since", sa.DateTime(), nullable=True))
    # Nobody could choose a language so far.
    op.execute("UPDATE people SET language = '' WHERE language = 'en'")
    op.add_column("connections", sa.Column("retried_at", sa.DateTime(), nullable=True))
    op.add_column("served_models", sa.Column("moderated", sa.Boolean(), nullable=True))
    make_tables()


def make_tables() -> None:
    op.create_table(
        "guidance_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pattern", words(360), nullable=False),
        sa.Column("area", words(12), nullable=False),
        sa.Column("level", words(12), nullable=False),
        sa.Column("kind", words(12), nullable=False),
        sa.Column("source", words(500), nullable=False),
        sa.Column("note", words(500), nullable=False),
        sa.Column("dated", sa.DateTime(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", words(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guidance_notes"),
    )
    op.create_table(
        "model_tags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pattern", words(360), nullable=False),
        sa.Column("tag", words(12), nullable=False),
        sa.Column("note", words(300), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", words(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_model_tags"),
        sa.UniqueConstraint("pattern", name="uq_model_tags_pattern"),
    )
    op.create_table(
        "unfiltered_models",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", words(200), nullable=False),
        sa.Column("place", words(100), nullable=False),
        sa.Column("note", words(300), nullable=False),
        sa.Column("is_out", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", words(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unfiltered_models"),
        sa.UniqueConstraint("name", name="uq_unfiltered_models_name"),
    )
    op.create_table(
        "last_choices",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("use", words(20), nullable=False),
        sa.Column("model", words(360), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name="fk_last_choices_person_id_people",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "use", name="pk_last_choices"),
    )
    op.create_table(
        "try_outs",
        sa.Column("id", words(36), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_try_outs_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_try_outs"),
    )
    op.create_index("ix_try_outs_made_at", "try_outs", ["made_at"])
    op.create_index("ix_try_outs_person_id", "try_outs", ["person_id"])
    op.create_table(
        "pins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("model_id", words(300), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_pins_connection_id_connections",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_pins_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pins"),
        sa.UniqueConstraint("person_id", "connection_id", "model_id", name="uq_pins_person_id"),
    )
    op.create_index("ix_pins_connection_id", "pins", ["connection_id"])
    op.create_table(
        "team_picks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("use", words(20), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("model_id", words(300), nullable=False),
        sa.Column("note", words(300), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", words(254), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_team_picks_connection_id_connections",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_team_picks"),
        sa.UniqueConstraint("use", "connection_id", "model_id", name="uq_team_picks_use"),
    )
    op.create_index("ix_team_picks_connection_id", "team_picks", ["connection_id"])


def downgrade() -> None:
    for name in (
        "try_outs", "last_choices", "pins", "team_picks", "unfiltered_models", "guidance_notes",
        "model_tags",
    ):  # fmt: skip
        op.drop_table(name)
    # The earlier version would show a personal collection to everybody.
    op.execute(
        "DELETE FROM collection_models WHERE collection_id IN "
        "(SELECT id FROM collections WHERE owner_id IS NOT NULL)"
    )
    op.execute("DELETE FROM collections WHERE owner_id IS NOT NULL")
    with op.batch_alter_table("collections") as batch:
        batch.drop_constraint("fk_collections_owner_id_people", type_="foreignkey")
        batch.drop_index("ix_collections_owner_id")
        for name in ("changed_by", "changed_at", "version", "owner_id", "description"):
            batch.drop_column(name)
    with op.batch_alter_table("collection_models") as batch:
        batch.drop_column("parameters")
        batch.drop_column("note")
    op.execute("UPDATE people SET language = 'en' WHERE language = ''")
    op.drop_column("people", "mature_since")
    op.drop_column("people", "time_zone")
    op.drop_column("served_models", "moderated")
    op.drop_column("connections", "retried_at")
