"""The database's schema: which one it has, which one this version needs, and the way between."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

from aiconnect.errors import StartRefused

if TYPE_CHECKING:
    from alembic.config import Config


def migrations() -> Path:
    """The folder of migrations: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "_migrations"
    return inside if inside.is_dir() else package.parent / "migrations"


def known() -> list[str]:
    """Every schema that this version knows, oldest first: files are named `0001_what.py`."""
    versions = (migrations() / "versions").glob("[0-9]*_*.py")
    return sorted(path.name.partition("_")[0] for path in versions)


def head() -> str:
    """The schema that this version needs."""
    return known()[-1]


def current(engine: Engine) -> str | None:
    """The schema that the database has; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def check(engine: Engine) -> None:
    """Raise StartRefused unless the schema is the one that this version needs."""
    found = current(engine)
    if found is None:
        raise StartRefused("The database is empty. Run `aiconnect init`.")
    check_age(found)
    if found != head():
        raise StartRefused(
            f"The database has schema {found}, this version needs {head()}. Run `aiconnect init`."
        )


def check_age(found: str | None) -> None:
    """Raise StartRefused where the schema is newer than anything this version knows."""
    if found is not None and found not in known():
        raise StartRefused(
            f"The database was made by a newer aiconnect (schema {found}, this version knows "
            f"{head()}). Start that version again, or an older copy of the database."
        )


def upgrade(engine: Engine, to: str = "head") -> None:
    """Migrate up. Alembic is imported here: no other command should wait for it."""
    from alembic import command  # noqa: PLC0415

    command.upgrade(config(engine), to)


def downgrade(engine: Engine, to: str) -> None:
    """Migrate down; for tests and for an operator in need."""
    from alembic import command  # noqa: PLC0415

    command.downgrade(config(engine), to)


def config(engine: Engine) -> Config:
    """Alembic's configuration for this engine."""
    from alembic.config import Config  # noqa: PLC0415

    made = Config(attributes={"engine": engine})
    made.set_main_option("script_location", str(migrations()).replace("%", "%%"))
    return made
