"""The first schema: people, connections, models, access tokens, ledger, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def words(length: int) -> sa.types.TypeEngine[str]:
    """Text that PostgreSQL compares byte by byte, as SQLite does."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", words(36), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", words(254), nullable=False),
        sa.Column("via", words(10), nullable=False),
        sa.Column("action", words(60), nullable=False),
        sa.Column("subject", words(300), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"])

    op.create_table(
        "connections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", words(60), nullable=False),
        sa.Column("provider", words(40), nullable=False),
        sa.Column("base_url", words(500), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", words(20), nullable=False),
        sa.Column("state_since", sa.DateTime(), nullable=False),
        sa.Column("finding", words(40), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("checked_at", sa.DateTime(), nullable=True),
        sa.Column("listed_at", sa.DateTime(), nullable=True),
        sa.Column("learned", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", words(254), nullable=False),
        sa.Column("switched_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_connections"),
        sa.UniqueConstraint("name", name="uq_connections_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", words(254), nullable=False),
        sa.Column("role", words(10), nullable=False),
        sa.Column("password_hash", words(200), nullable=True),
        sa.Column("language", words(8), nullable=False),
        sa.Column("theme", words(8), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("email", name="uq_people_email"),
    )
    op.create_table(
        "settings",
        sa.Column("name", words(60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_settings"),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", words(80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempts"),
    )
    op.create_index("ix_sign_in_attempts_subject", "sign_in_attempts", ["subject"])

    op.create_table(
        "usage_records",
        sa.Column("id", words(36), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("writer", words(36), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("person", words(254), nullable=False),
        sa.Column("access_token_id", sa.Integer(), nullable=True),
        sa.Column("access_token", words(60), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=True),
        sa.Column("connection", words(60), nullable=False),
        sa.Column("model", words(300), nullable=False),
        sa.Column("is_stream", sa.Boolean(), nullable=False),
        sa.Column("outcome", words(12), nullable=True),
        sa.Column("code", words(40), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=True),
        sa.Column("cache_read_tokens", sa.Integer(), nullable=True),
        sa.Column("cache_write_tokens", sa.Integer(), nullable=True),
        sa.Column("output_tokens", sa.Integer(), nullable=True),
        sa.Column("reasoning_tokens", sa.Integer(), nullable=True),
        sa.Column("tokens_estimated", sa.Boolean(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("cost_state", words(10), nullable=False),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.Column("first_token_ms", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_usage_records"),
    )
    op.create_index("ix_usage_records_at", "usage_records", ["at", "id"])
    op.create_index("ix_usage_records_writer", "usage_records", ["writer", "outcome"])

    op.create_table(
        "access_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", words(60), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("sha256", words(64), nullable=False),
        sa.Column("last4", words(4), nullable=False),
        sa.Column("patterns", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name="fk_access_tokens_person_id_people",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_access_tokens"),
        sa.UniqueConstraint("name", name="uq_access_tokens_name"),
        sa.UniqueConstraint("sha256", name="uq_access_tokens_sha256"),
    )
    op.create_index("ix_access_tokens_person_id", "access_tokens", ["person_id"])

    op.create_table(
        "checks",
        sa.Column("id", words(36), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("base_url", words(500), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("started_by", words(254), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("state", words(20), nullable=True),
        sa.Column("finding", words(40), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_checks_connection_id_connections",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_checks"),
    )
    op.create_index("ix_checks_connection_id", "checks", ["connection_id"])

    op.create_table(
        "credentials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("field", words(40), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("last4", words(4), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", words(254), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_credentials_connection_id_connections",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_credentials"),
    )
    op.create_index("ix_credentials_connection_id", "credentials", ["connection_id"])

    op.create_table(
        "one_time_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", words(64), nullable=False),
        sa.Column("purpose", words(10), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name="fk_one_time_links_person_id_people",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_links"),
        sa.UniqueConstraint("sha256", name="uq_one_time_links_sha256"),
    )
    op.create_table(
        "served_models",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("model_id", words(300), nullable=False),
        sa.Column("name", words(300), nullable=False),
        sa.Column("type", words(20), nullable=False),
        sa.Column("context", sa.Integer(), nullable=True),
        sa.Column("output_limit", sa.Integer(), nullable=True),
        sa.Column("family", words(80), nullable=True),
        sa.Column("parameters", words(40), nullable=True),
        sa.Column("quantization", words(40), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("loaded", sa.Boolean(), nullable=True),
        sa.Column("capabilities", sa.JSON(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("first_seen", sa.DateTime(), nullable=False),
        sa.Column("last_seen", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_served_models_connection_id_connections",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_served_models"),
        sa.UniqueConstraint("connection_id", "model_id", name="uq_served_models_connection_id"),
    )
    op.create_index("ix_served_models_model_id", "served_models", ["model_id"])

    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("sha256", words(64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("browser", words(200), nullable=False),
        sa.Column("address", words(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_sign_ins_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sign_ins"),
        sa.UniqueConstraint("sha256", name="uq_sign_ins_sha256"),
    )
    op.create_index("ix_sign_ins_person_id", "sign_ins", ["person_id"])


def downgrade() -> None:
    tables = (
        "sign_ins",
        "served_models",
        "one_time_links",
        "credentials",
        "checks",
        "access_tokens",
        "usage_records",
        "sign_in_attempts",
        "settings",
        "people",
        "connections",
        "audit_entries",
    )
    for table in tables:
        op.drop_table(table)
