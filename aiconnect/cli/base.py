"""How every command fails: an expected fault is one line on stderr and exit 1, no traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from typing_extensions import override

from aiconnect.errors import NotFound, ProviderError, Refused, StartRefused

LISTED_BY = {
    "email": "user",
    "provider": "provider",
    "connection": "connection",
    "access_token": "token",
    "job": "job",
    "model": "model",
    "collection": "collection",
    "route": "route",
    "budget": "budget",
    "setting": "setting",
}


class Sorry(click.ClickException):
    """A fault in one line."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


@contextmanager
def faults_in_one_line() -> Iterator[None]:
    """Word what may be expected to go wrong; a fault of ours keeps its trace."""
    try:
        yield
    except NotFound as error:
        group = LISTED_BY.get(error.field or "")
        more = f" See `aiconnect {group} list`." if group else ""
        raise Sorry(f"{error}{more}") from None
    except (Refused, StartRefused) as error:
        raise Sorry(str(error)) from None
    except ProviderError as error:
        raise Sorry(f"The provider could not be called ({error.code}).") from None
    except BrokenPipeError:
        _close_stdout()
        raise SystemExit(1) from None
    except OSError as error:
        raise Sorry(f"{error.filename or 'aiconnect'}: {error.strerror or error}.") from None
    except Exception as error:
        if not _is_database_fault(error):
            raise
        raise Sorry(
            f"The database cannot be used: {_reason(error)}. See `aiconnect doctor`."
        ) from None


class Command(click.Command):
    """A command that fails in one line."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        with faults_in_one_line():
            return super().invoke(ctx)


class Group(click.Group):
    """A group whose commands fail in one line."""

    command_class = Command

    @override
    def invoke(self, ctx: click.Context) -> Any:
        with faults_in_one_line():
            return super().invoke(ctx)


def _is_database_fault(error: Exception) -> bool:
    """Whether the database said no (locked, full, damaged): asked without importing it."""
    sqlalchemy = sys.modules.get("sqlalchemy.exc")
    return sqlalchemy is not None and isinstance(error, sqlalchemy.DatabaseError)


def _reason(error: Exception) -> str:
    """What the database said; PostgreSQL adds lines about the statement, which are left out."""
    return str(getattr(error, "orig", error)).partition("\n")[0].rstrip(".")


def _close_stdout() -> None:
    """The reader has left (`| head`): nothing more is written, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
