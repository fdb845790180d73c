"""Spending: rollups, budgets, alerts, tables of prices, readings of accounts."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

AUTOINCREMENT = {"sqlite_autoincrement": True}
SUMS = (
    "calls", "fallbacks", "estimated", "unpriced", "input_tokens",
    "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "cost",
    "notional", "timed", "latency_ms", "written_tokens", "written_ms",
)  # fmt: skip
OF_FEW: dict[str, list[str]] = {
    "failed": [], "failed_person": ["person_id"], "failed_token": ["access_token_id"],
    "failed_connection": ["connection_id"], "failed_model": ["model"],
}  # fmt: skip
NEW_TABLES = (
    "alert_deliveries", "alert_channels", "alerts", "alert_rules", "account_readings", "call_texts",
    "price_tables", "budget_tallies", "budgets", "usage_rollups",
)  # fmt: skip


def words(length: int) -> sa.types.TypeEngine[str]:
    """Text that PostgreSQL compares byte by byte, as SQLite does."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


@contextmanager
def ids_used_up() -> Iterator[None]:
    """SQLite forgets which ids of connections were used when it rebuilds their table."""
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
        with op.batch_alter_table("connections", table_kwargs=AUTOINCREMENT) as batch:
            batch.add_column(
                sa.Column("flat_fee", sa.Boolean(), nullable=False, server_default=sa.false())
            )
        with op.batch_alter_table("connections", table_kwargs=AUTOINCREMENT) as batch:
            batch.alter_column("flat_fee", server_default=None)
    op.add_column("served_models", sa.Column("price", sa.JSON(), nullable=True))
    op.add_column("model_changes", sa.Column("facts", sa.JSON(), nullable=True))
    widen_records()
    make_rollups()
    make_budgets()
    make_prices()
    make_alerts()


def widen_records() -> None:
    op.add_column("usage_records", sa.Column("held", sa.BigInteger(), nullable=True))
    op.add_column("usage_records", sa.Column("details", sa.JSON(), nullable=True))
    op.add_column("usage_records", sa.Column("seq", sa.BigInteger(), nullable=True))
    op.add_column(
        "usage_records",
        sa.Column("is_fallback", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    # Those that have ended are numbered in the order of their beginning, as good as any.
    op.execute(
        "UPDATE usage_records SET seq = numbered.n FROM (SELECT id AS record, row_number() OVER "
        "(ORDER BY at, id) AS n FROM usage_records WHERE outcome IS NOT NULL) AS numbered "
        "WHERE usage_records.id = numbered.record"
    )
    op.create_index("ix_usage_records_person", "usage_records", ["person_id", "at"])
    op.create_index("ix_usage_records_token", "usage_records", ["access_token_id", "at"])
    op.create_index("ix_usage_records_model", "usage_records", ["model", "at"])
    op.create_index("ix_usage_records_seq", "usage_records", ["seq"])
    few = sa.text("outcome <> 'ok'")
    for name, columns in OF_FEW.items():
        op.create_index(
            f"ix_usage_records_{name}", "usage_records", [*columns, "at", "id"],
            sqlite_where=few, postgresql_where=few,
        )  # fmt: skip


def make_rollups() -> None:
    op.create_table(
        "usage_rollups",
        sa.Column("key", words(32), nullable=False),
        sa.Column("span", words(5), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("person", words(254), nullable=False),
        sa.Column("access_token_id", sa.Integer(), nullable=False),
        sa.Column("access_token", words(60), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("connection", words(60), nullable=False),
        sa.Column("model", words(300), nullable=False),
        sa.Column("collection", words(60), nullable=False),
        sa.Column("outcome", words(8), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS),
        sa.PrimaryKeyConstraint("key", name="pk_usage_rollups"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "call_texts",
        sa.Column("id", words(36), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=True),
        sa.Column("answered", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_call_texts"),
    )
    op.create_index("ix_call_texts_at", "call_texts", ["at"])
    op.create_table(
        "account_readings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("window", words(8), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_account_readings_connection_id_connections",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_readings"),
    )
    op.create_index("ix_account_readings_at", "account_readings", ["connection_id", "at"])


def make_budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", words(60), nullable=False),
        sa.Column("scope", words(10), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.Column("limit", sa.BigInteger(), nullable=False),
        sa.Column("period", words(5), nullable=False),
        sa.Column("is_soft", sa.Boolean(), nullable=False),
        sa.Column("warn_percent", sa.Integer(), nullable=False),
        sa.Column("allows_unpriced", sa.Boolean(), nullable=False),
        sa.Column("cap_tokens", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", words(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_budgets"),
        sa.UniqueConstraint("name", name="uq_budgets_name"),
    )
    op.create_table(
        "budget_tallies",
        sa.Column("budget_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("exceeded", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["budget_id"],
            ["budgets.id"],
            name="fk_budget_tallies_budget_id_budgets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("budget_id", "start", name="pk_budget_tallies"),
    )


def make_prices() -> None:
    op.create_table(
        "price_tables",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", words(10), nullable=False),
        sa.Column("version", words(40), nullable=False),
        sa.Column("digest", words(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(), nullable=False),
        sa.Column("fetched_by", words(254), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", words(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_price_tables"),
    )


def make_alerts() -> None:
    op.create_table(
        "alert_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", words(24), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", words(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_rules"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("kind", words(24), nullable=False),
        sa.Column("subject", words(120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(), nullable=True),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.Column("seen_by", words(254), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["alert_rules.id"], name="fk_alerts_rule_id_alert_rules",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )  # fmt: skip
    op.create_index("ix_alerts_open", "alerts", ["rule_id", "subject", "resolved_at"])
    op.create_index("ix_alerts_opened_at", "alerts", ["opened_at", "id"])
    op.create_table(
        "alert_channels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", words(60), nullable=False),
        sa.Column("kind", words(8), nullable=False),
        sa.Column("address", words(500), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", words(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_channels"),
        sa.UniqueConstraint("name", name="uq_alert_channels_name"),
    )
    op.create_table(
        "alert_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("event", words(10), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("state", words(10), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failure", words(300), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["alert_channels.id"],
            name="fk_alert_deliveries_channel_id_alert_channels", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name="fk_alert_deliveries_alert_id_alerts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert_deliveries"),
        sa.UniqueConstraint(
            "channel_id", "alert_id", "event", name="uq_alert_deliveries_channel_id"
        ),
    )  # fmt: skip
    op.create_index("ix_alert_deliveries_due", "alert_deliveries", ["state", "due_at"])


def downgrade() -> None:
    # What counts the numbers and how far they are rolled up means nothing without them.
    op.execute("DELETE FROM settings WHERE name LIKE 'ledger.%'")
    for name in NEW_TABLES:
        op.drop_table(name)
    for name in (*OF_FEW, "seq", "model", "token", "person"):
        op.drop_index(f"ix_usage_records_{name}", "usage_records")
    for name in ("is_fallback", "seq", "details", "held"):
        op.drop_column("usage_records", name)
    op.drop_column("model_changes", "facts")
    op.drop_column("served_models", "price")
    with (
        ids_used_up(),
        op.batch_alter_table("connections", table_kwargs=AUTOINCREMENT) as batch,
    ):
        batch.drop_column("flat_fee")
