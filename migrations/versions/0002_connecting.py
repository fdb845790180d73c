"""Every provider: personal connections, headers, certificates, hidden models, jobs, OAuth."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("connections", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("ca_pem", sa.Text(), nullable=True))
        batch.add_column(sa.Column("first_byte_seconds", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("allowed", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(
            sa.Column("hides_new", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("account", sa.JSON(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("account_at", sa.DateTime(), nullable=True))
        batch.create_foreign_key(
            "fk_connections_owner_id_people", "people", ["owner_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_index("ix_connections_owner_id", ["owner_id"])
    with op.batch_alter_table("connections", table_kwargs={"sqlite_autoincrement": True}) as batch:
        for name in ("allowed", "hides_new", "failures", "account"):
            batch.alter_column(name, server_default=None)

    with op.batch_alter_table("credentials") as batch:
        batch.alter_column("field", type_=sa.String(length=120), existing_nullable=False)
        batch.add_column(
            sa.Column("source", sa.String(length=10), nullable=False, server_default="typed")
        )
        batch.create_unique_constraint("uq_credentials_connection_id", ["connection_id", "field"])
    with op.batch_alter_table("credentials") as batch:
        batch.alter_column("source", server_default=None)

    with op.batch_alter_table("served_models") as batch:
        batch.add_column(
            sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.add_column(sa.Column("retires_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("gone_at", sa.DateTime(), nullable=True))
    with op.batch_alter_table("served_models") as batch:
        batch.alter_column("hidden", server_default=None)

    with op.batch_alter_table("usage_records") as batch:
        batch.add_column(sa.Column("generation_ms", sa.Integer(), nullable=True))
        batch.create_index("ix_usage_records_connection", ["connection_id", "at"])

    op.create_table(
        "model_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.String(length=300), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_model_changes_connection_id_connections",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_model_changes"),
    )
    op.create_index("ix_model_changes_connection_id", "model_changes", ["connection_id"])
    op.create_index("ix_model_changes_at", "model_changes", ["at", "id"])

    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "job_runs",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("wanted_at", sa.DateTime(), nullable=True),
        sa.Column("began_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("result", sa.String(length=10), nullable=True),
        sa.Column("said", sa.String(length=300), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_job_runs"),
    )

    op.create_table(
        "oauth_attempts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("sign_in_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("is_personal", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_oauth_attempts_connection_id_connections",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sign_in_id"],
            ["sign_ins.id"],
            name="fk_oauth_attempts_sign_in_id_sign_ins",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_attempts"),
        sa.UniqueConstraint("sha256", name="uq_oauth_attempts_sha256"),
    )
    op.create_index("ix_oauth_attempts_connection_id", "oauth_attempts", ["connection_id"])
    op.create_index("ix_oauth_attempts_sign_in_id", "oauth_attempts", ["sign_in_id"])


def downgrade() -> None:
    for name in ("oauth_attempts", "job_runs", "leases", "model_changes"):
        op.drop_table(name)

    with op.batch_alter_table("usage_records") as batch:
        batch.drop_index("ix_usage_records_connection")
        batch.drop_column("generation_ms")

    with op.batch_alter_table("served_models") as batch:
        for name in ("gone_at", "retires_at", "hidden"):
            batch.drop_column(name)

    # The earlier version knows the key alone.
    op.execute("DELETE FROM credentials WHERE field <> 'api_key'")
    with op.batch_alter_table("credentials") as batch:
        batch.drop_constraint("uq_credentials_connection_id", type_="unique")
        batch.drop_column("source")
        batch.alter_column("field", type_=sa.String(length=40), existing_nullable=False)

    # It would show a personal connection to everyone, and call it for everyone.
    op.execute("DELETE FROM connections WHERE owner_id IS NOT NULL")
    with op.batch_alter_table("connections", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_index("ix_connections_owner_id")
        batch.drop_constraint("fk_connections_owner_id_people", type_="foreignkey")
        for name in (
            "account_at", "account", "failures", "hides_new", "allowed", "first_byte_seconds",
            "ca_pem", "owner_id",
        ):  # fmt: skip
            batch.drop_column(name)
