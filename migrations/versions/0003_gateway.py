"""The gateway: routes, collections, limits, prices, and what a call has tried."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LIMITED = ("people", "access_tokens", "connections")
LIMITS = ("requests_per_minute", "tokens_per_minute", "parallel")


def words(length: int) -> sa.types.TypeEngine[str]:
    """Text that PostgreSQL compares byte by byte, as SQLite does."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    # Nowhere in a batch: a column that may be empty is added without copying the table.
    for table in LIMITED:
        for name in LIMITS:
            op.add_column(table, sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("access_tokens", sa.Column("collections", sa.JSON(), nullable=True))
    op.add_column("usage_records", sa.Column("tries", sa.JSON(), nullable=True))
    op.add_column("usage_records", sa.Column("asked", words(300), nullable=True))
    op.add_column("usage_records", sa.Column("wire", words(40), nullable=True))
    op.add_column("usage_records", sa.Column("price", words(80), nullable=True))
    make_routes()
    make_collections()
    make_prices()


def make_routes() -> None:
    op.create_table(
        "routes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", words(200), nullable=False),
        sa.Column("total_seconds", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", words(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_routes"),
        sa.UniqueConstraint("name", name="uq_routes_name"),
    )
    op.create_table(
        "route_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("route_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("model_id", words(300), nullable=False),
        sa.Column("first_byte_seconds", sa.Integer(), nullable=True),
        sa.Column("retries", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["route_id"], ["routes.id"], name="fk_route_steps_route_id_routes", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_route_steps_connection_id_connections",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_route_steps"),
    )
    op.create_index("ix_route_steps_route_id", "route_steps", ["route_id"])
    op.create_index("ix_route_steps_connection_id", "route_steps", ["connection_id"])


def make_collections() -> None:
    op.create_table(
        "collections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", words(60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", words(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collections"),
        sa.UniqueConstraint("name", name="uq_collections_name"),
    )
    op.create_table(
        "collection_models",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("model_id", words(300), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
            name="fk_collection_models_collection_id_collections",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_collection_models_connection_id_connections",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_collection_models"),
        sa.UniqueConstraint(
            "collection_id", "connection_id", "model_id", name="uq_collection_models_collection_id"
        ),
    )
    op.create_index("ix_collection_models_connection_id", "collection_models", ["connection_id"])


def make_prices() -> None:
    op.create_table(
        "own_prices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model", words(360), nullable=False),
        sa.Column("input", sa.BigInteger(), nullable=True),
        sa.Column("output", sa.BigInteger(), nullable=True),
        sa.Column("cache_read", sa.BigInteger(), nullable=True),
        sa.Column("cache_write", sa.BigInteger(), nullable=True),
        sa.Column("reasoning", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.DateTime(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", words(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_own_prices"),
    )
    op.create_index("ix_own_prices_model", "own_prices", ["model", "valid_from"])


def downgrade() -> None:
    for name in ("own_prices", "collection_models", "collections", "route_steps", "routes"):
        op.drop_table(name)
    for name in ("price", "wire", "asked", "tries"):
        op.drop_column("usage_records", name)
    # The earlier version would let a token that is limited to collections call every model.
    op.execute(
        "UPDATE access_tokens SET revoked_at = made_at "
        "WHERE CAST(collections AS TEXT) <> 'null' AND revoked_at IS NULL"
    )
    op.drop_column("access_tokens", "collections")
    for table in LIMITED:
        for name in LIMITS:
            op.drop_column(table, name)
