"""A ledger of many records, made fast: by plain rows, indexes last."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Engine, text

from aiconnect.models import UsageRecord

DAYS = 180
PROGRAMS, FAVOURITES = 3, 6
"""Each person has so many programs, and each of those so many models that it calls."""
PEOPLE, MODELS, CONNECTIONS, COLLECTIONS = 50, 500, 8, 6
NAMES = (
    "id", "at", "ended_at", "writer", "person_id", "person", "access_token_id", "access_token",
    "connection_id", "connection", "model", "is_stream", "outcome", "code", "status",
    "input_tokens", "cache_read_tokens", "output_tokens", "reasoning_tokens", "tokens_estimated",
    "cost", "cost_state", "latency_ms", "first_token_ms", "attempts", "asked", "wire", "price",
    "seq", "is_fallback",
)  # fmt: skip
WRITER = "00000000-0000-7000-8000-000000000001"
AT_ONCE = 50_000
PATIENT = "SET LOCAL statement_timeout = 0"
"""Filling takes longer than any page may."""
MIX = 2_654_435_761
"""Knuth's: spreads numbers that follow one another."""


def make(engine: Engine, count: int, now: datetime) -> None:
    """Fill an empty ledger with calls of the last half year, the same for every database."""
    table: Any = UsageRecord.__table__
    indexes = sorted(table.indexes, key=lambda one: str(one.name))
    for index in indexes:
        index.drop(engine)
    rows = records(count, now)
    FILLED[engine.dialect.name](engine, rows)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(PATIENT))
        for index in indexes:
            index.create(connection)
        if engine.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))


def records(count: int, now: datetime) -> Iterator[tuple[Any, ...]]:
    """Rows in the order of NAMES: some models and people are much busier than others."""
    first, apart = now - timedelta(days=DAYS), timedelta(days=DAYS) / count
    for number in range(1, count + 1):
        yield _record(number, first + number * apart)


def _record(number: int, at: datetime) -> tuple[Any, ...]:
    mixed = number * MIX % 2**32
    one, other, third = mixed & 0x3FF, mixed >> 10 & 0x3FF, mixed >> 20 & 0x3FF
    person = one * one * PEOPLE >> 20
    program = person * PROGRAMS + third % PROGRAMS
    model = (program * 37 + (other * other * FAVOURITES >> 20) ** 2 * 13) % MODELS
    connection = model % CONNECTIONS
    outcome, code, status = _ended(third)
    is_ok = outcome == "ok"
    asked = f"collection/night{model % COLLECTIONS}" if third % 3 == 0 else f"model-{model}"
    ms = int(at.timestamp() * 1000)
    written = 40 + other if is_ok else None
    cost = 0 if connection == 0 else (1000 * third + number % 1000) * 977 if is_ok else None
    state = "free" if connection == 0 else "measured" if is_ok else "unknown"
    return (
        f"{ms >> 16:08x}-{ms & 0xFFFF:04x}-7000-8000-{number:012x}", at, at, WRITER,
        person + 1, f"person{person}@example.org", program + 1, f"program {program}",
        connection + 1, f"provider{connection}", f"model-{model}",
        third & 1 == 1, outcome, code, status,
        200 + one * 3, third * 2 if third & 3 == 0 else None, written, None, third % 50 == 0,
        cost, state, 400 + other * 9, 150 + one, 1, asked, "openai.chat",
        "genai-prices" if cost else None, number, third % 40 == 1,
    )  # fmt: skip


def _ended(third: int) -> tuple[str, str | None, int]:
    """Three of a hundred calls do not end well."""
    if third >= 31:
        return "ok", None, 200
    if third >= 15:
        return "failed", "provider_error", 502
    return ("refused", "token_limited", 429) if third >= 5 else ("caller_left", None, 200)


def _fill_sqlite(engine: Engine, rows: Iterator[tuple[Any, ...]]) -> None:
    """Past SQLAlchemy, with times as it writes them."""
    marks = ", ".join("?" * len(NAMES))
    statement = f"INSERT INTO usage_records ({', '.join(NAMES)}) VALUES ({marks})"
    connection = sqlite3.connect(str(engine.url.database), isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    while piece := list(islice(rows, AT_ONCE)):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, map(_with_texts, piece))
        connection.execute("COMMIT")
    connection.close()


def _with_texts(row: Sequence[Any]) -> tuple[Any, ...]:
    at = row[1].astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return (row[0], at, at, *row[3:])


def _fill_postgresql(engine: Engine, rows: Iterator[tuple[Any, ...]]) -> None:
    statement = f"COPY usage_records ({', '.join(NAMES)}) FROM STDIN"
    raw: Any = engine.raw_connection()
    try:
        with raw.cursor() as cursor:
            cursor.execute(PATIENT)
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        raw.commit()
    finally:
        raw.close()


FILLED = {"sqlite": _fill_sqlite, "postgresql": _fill_postgresql}
