"""Every provider: personal connections, headers, certificates, hidden models, jobs, OAuth."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def words(length: int) -> sa.types.TypeEngine[str]:
    """Text that PostgreSQL compares byte by byte, as SQLite does."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


@contextmanager
def ids_used_up() -> Iterator[None]:
    """Keep the highest id that a connection ever had: SQLite forgets it with the rebuilt table."""
    if op.get_bind().dialect.name != "sqlite":
        yield
        return
    name = {"name": "connections"}
    found = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name").bindparams(**name)
    highest = op.get_bind().execute(found).scalar()
    yield
    if highest is None:
        return
    op.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name").bindparams(**name))
    again = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :highest)")
    op.execute(again.bindparams(**name, highest=highest))


def upgrade() -> None:
    with ids_used_up():
        widen_connections()

    with op.batch_alter_table("credentials") as batch:
        batch.alter_column(
            "field",
            type_=words(120),
            existing_type=words(40),
            existing_nullable=False,
        )
        batch.add_column(sa.Column("source", words(10), nullable=False, server_default="typed"))
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

    # Not in a batch: the ledger may have millions of rows, and a batch may copy them all.
    op.add_column("usage_records", sa.Column("generation_ms", sa.Integer(), nullable=True))
    op.create_index("ix_usage_records_connection", "usage_records", ["connection_id", "at"])

    make_tables()


def widen_connections() -> None:
    with op.batch_alter_table("connections", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("ca_pem", sa.Text(), nullable=True))
        batch.add_column(sa.Column("first_byte_seconds", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("allowed", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(
            sa.Column("hides_new", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("doubted_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("account", sa.JSON(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("account_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("key_notes", sa.JSON(), nullable=False, server_default="{}"))
        batch.create_foreign_key(
            "fk_connections_owner_id_people", "people", ["owner_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_index("ix_connections_owner_id", ["owner_id"])
    with op.batch_alter_table("connections", table_kwargs={"sqlite_autoincrement": True}) as batch:
        for name in ("allowed", "hides_new", "failures", "account", "key_notes"):
            batch.alter_column(name, server_default=None)


def make_tables() -> None:
    op.create_table(
        "model_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("model_id", words(300), nullable=False),
        sa.Column("what", words(10), nullable=False),
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
        sa.Column("name", words(40), nullable=False),
        sa.Column("owner", words(60), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "job_runs",
        sa.Column("name", words(40), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("wanted_at", sa.DateTime(), nullable=True),
        sa.Column("began_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("result", words(10), nullable=True),
        sa.Column("said", words(300), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_job_runs"),
    )

    op.create_table(
        "oauth_attempts",
        sa.Column("id", words(36), nullable=False),
        sa.Column("provider", words(40), nullable=False),
        sa.Column("sign_in_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=True),
        sa.Column("name", words(60), nullable=False),
        sa.Column("is_personal", sa.Boolean(), nullable=False),
        sa.Column("mode", words(10), nullable=False),
        sa.Column("sha256", words(64), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("outcome", words(40), nullable=True),
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

    op.drop_index("ix_usage_records_connection", "usage_records")
    op.drop_column("usage_records", "generation_ms")

    with op.batch_alter_table("served_models") as batch:
        for name in ("gone_at", "retires_at", "hidden"):
            batch.drop_column(name)

    # The earlier version knows the key alone.
    op.execute("DELETE FROM credentials WHERE field <> 'api_key'")
    with op.batch_alter_table("credentials") as batch:
        batch.drop_constraint("uq_credentials_connection_id", type_="unique")
        batch.drop_column("source")
        batch.alter_column(
            "field",
            type_=words(40),
            existing_type=words(120),
            existing_nullable=False,
        )

    drop_personal_connections()
    with ids_used_up():
        narrow_connections()


def drop_personal_connections() -> None:
    """The earlier version would show them to everyone, and call them for everyone."""
    for table in ("checks", "credentials", "served_models"):  # no cascade: foreign keys are off
        op.execute(
            f"DELETE FROM {table} WHERE connection_id IN "  # noqa: S608 (three names of ours)
            "(SELECT id FROM connections WHERE owner_id IS NOT NULL)"
        )
    op.execute("DELETE FROM connections WHERE owner_id IS NOT NULL")


def narrow_connections() -> None:
    with op.batch_alter_table("connections", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_index("ix_connections_owner_id")
        batch.drop_constraint("fk_connections_owner_id_people", type_="foreignkey")
        for name in (
            "key_notes", "account_at", "account", "doubted_at", "failures", "hides_new", "allowed",
            "first_byte_seconds", "ca_pem", "owner_id",
        ):  # fmt: skip
            batch.drop_column(name)
