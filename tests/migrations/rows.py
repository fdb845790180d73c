"""One row of every table, children of each other: what a migration must not lose."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, func, inspect, select

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456)  # noqa: DTZ001 (as columns hold it: UTC, naive)

ROWS: dict[str, dict[str, Any]] = {
    "people": {
        "id": 7, "email": "a@example.org", "role": "owner", "password_hash": "$argon2",
        "language": "id", "theme": "system", "made_at": NOW, "disabled_at": None,
        "time_zone": "Asia/Jakarta", "mature_since": NOW,
        "requests_per_minute": 60, "tokens_per_minute": None, "parallel": 4,
    },
    "connections": {
        "id": 5, "name": "c", "provider": "openai", "owner_id": None,
        "base_url": "https://x.example", "private": True, "ca_pem": None,
        "first_byte_seconds": 30, "allowed": ["gpt-*"], "hides_new": True, "enabled": True,
        "position": 3, "state": "connected", "state_since": NOW, "finding": None,
        "facts": {"a": "é"}, "failures": 2, "account": {"left": "1"}, "account_at": NOW,
        "doubted_at": NOW, "key_notes": {"k": "v"},
        "checked_at": NOW, "listed_at": NOW, "learned": {"x": True}, "made_at": NOW,
        "made_by": "a", "switched_at": None, "retried_at": NOW,
        "requests_per_minute": 60, "tokens_per_minute": None, "parallel": 4, "flat_fee": True,
    },
    "credentials": {
        "id": 1, "connection_id": 5, "field": "api_key", "sealed": "gAAAA", "last4": "abcd",
        "made_at": NOW, "made_by": "a", "source": "typed",
    },
    "served_models": {
        "id": 1, "connection_id": 5, "model_id": "m", "name": "M", "type": "chat",
        "context": 8192, "output_limit": None, "family": "f", "parameters": "7B",
        "quantization": "Q4", "size": 5_000_000_000, "loaded": None, "capabilities": ["tools"],
        "moderated": True, "price": {"input": 1}, "by_hand": False, "hidden": True,
        "retires_at": NOW, "gone_at": None, "listed": True, "first_seen": NOW, "last_seen": NOW,
    },
    "checks": {
        "id": "1", "connection_id": 5, "base_url": "x", "started_at": NOW, "started_by": "a",
        "finished_at": NOW, "steps": [{"step": "list", "ms": 4}], "state": "connected",
        "finding": None, "facts": {},
    },
    "model_changes": {
        "id": 1, "connection_id": 5, "model_id": "m", "what": "added", "facts": {"a": "b"},
        "at": NOW,
    },
    "sign_ins": {
        "id": 1, "person_id": 7, "sha256": "s", "made_at": NOW, "seen_at": NOW, "ends_at": NOW,
        "revoked_at": None, "browser": "b", "address": "::1",
    },
    "one_time_links": {
        "id": 1, "sha256": "l", "purpose": "sign_in", "person_id": 7, "ends_at": NOW,
        "used_at": None,
    },
    "access_tokens": {
        "id": 1, "name": "t", "person_id": 7, "sha256": "t", "last4": "abcd", "patterns": ["*"],
        "made_at": NOW, "expires_at": None, "revoked_at": None, "last_used_at": NOW,
        "collections": None, "requests_per_minute": 60, "tokens_per_minute": None, "parallel": 4,
    },
    "sign_in_attempts": {"id": 1, "subject": "a", "at": NOW},
    "audit_entries": {
        "id": "1", "at": NOW, "actor": "a", "via": "page", "action": "x", "subject": "s",
        "facts": {"n": "1"},
    },
    "settings": {"name": "n", "value": "v"},
    "usage_records": {
        "id": "1", "at": NOW, "ended_at": NOW, "writer": "w", "person_id": 7, "person": "a",
        "access_token_id": 1, "access_token": "t", "connection_id": 5, "connection": "c",
        "model": "m", "is_stream": True, "outcome": "ok", "code": None, "status": 200,
        "input_tokens": 1, "cache_read_tokens": 2, "cache_write_tokens": 3, "output_tokens": 4,
        "reasoning_tokens": 5, "tokens_estimated": False, "cost": 5_000_000_000,
        "cost_state": "measured", "latency_ms": 6, "first_token_ms": 7, "generation_ms": 8,
        "attempts": 1, "tries": [["c", "m", "silent", 5]], "asked": "r", "wire": "openai.chat",
        "price": "own:1", "held": 6_000_000_000, "details": {"images": 1}, "seq": 1,
        "is_fallback": True,
    },
    "usage_rollups": {
        "key": "k", "span": "hour", "start": NOW, "person_id": 7, "person": "a",
        "access_token_id": 1, "access_token": "t", "connection_id": 5, "connection": "c",
        "model": "m", "collection": "", "outcome": "ok", "calls": 1,
        "fallbacks": 0, "estimated": 0, "unpriced": 0, "input_tokens": 1, "cache_read_tokens": 2,
        "cache_write_tokens": 3, "output_tokens": 4, "reasoning_tokens": 5,
        "cost": 5_000_000_000, "notional": 0, "timed": 1, "latency_ms": 6, "written_tokens": 9,
        "written_ms": 8,
    },
    "call_texts": {"id": "1", "at": NOW, "asked": "gAAAA", "answered": None},
    "account_readings": {
        "id": 1, "connection_id": 5, "at": NOW, "window": "month", "used": 7_000_000_000,
    },
    "budgets": {
        "id": 4, "name": "b", "scope": "person", "target_id": 7, "limit": 9_000_000_000,
        "period": "month", "is_soft": False, "warn_percent": 80, "allows_unpriced": True,
        "cap_tokens": 8192, "version": 1, "made_at": NOW, "made_by": "a",
    },
    "budget_tallies": {
        "budget_id": 4, "start": NOW, "spent": 5_000_000_000, "version": 3, "exceeded": 1,
    },
    "price_tables": {
        "id": 1, "state": "accepted", "version": "v", "digest": "d", "content": b"c",
        "fetched_at": NOW, "fetched_by": "a", "decided_at": NOW, "decided_by": "a",
    },
    "alert_rules": {
        "id": 2, "kind": "budget", "settings": {"percent": 80}, "enabled": True, "made_at": NOW,
        "made_by": "a",
    },
    "alerts": {
        "id": 3, "rule_id": 2, "kind": "budget", "subject": "budget:4", "facts": {"a": "b"},
        "opened_at": NOW, "resolved_at": None, "seen_at": NOW, "seen_by": "a",
    },
    "alert_channels": {
        "id": 6, "name": "m", "kind": "webhook", "address": "https://x.example", "sealed": "gAAAA",
        "private": False, "kinds": ["budget"], "quiet_from": 1320, "quiet_until": 420,
        "digest": True, "enabled": True, "made_at": NOW, "made_by": "a",
    },
    "alert_deliveries": {
        "id": 1, "channel_id": 6, "alert_id": 3, "event": "opened", "message": {"a": "b"},
        "state": "waiting", "due_at": NOW, "tries": 2, "failure": "timeout", "made_at": NOW,
        "ended_at": None,
    },
    "routes": {"id": 2, "name": "r", "total_seconds": 60, "made_at": NOW, "made_by": "a"},
    "route_steps": {
        "id": 1, "route_id": 2, "position": 0, "connection_id": 5, "model_id": "m",
        "first_byte_seconds": 5, "retries": None,
    },
    "collections": {
        "id": 3, "name": "c", "position": 0, "made_at": NOW, "made_by": "a", "description": "",
        "owner_id": None, "version": 1, "changed_at": NOW, "changed_by": "b",
    },
    "collection_models": {
        "id": 1, "collection_id": 3, "position": 0, "connection_id": 5, "model_id": "m",
        "note": "", "parameters": {},
    },
    "pins": {"id": 1, "person_id": 7, "connection_id": 5, "model_id": "m", "made_at": NOW},
    "last_choices": {"person_id": 7, "use": "try", "model": "c/m", "at": NOW},
    "team_picks": {
        "id": 1, "use": "chat", "connection_id": 5, "model_id": "m", "note": "n", "made_at": NOW,
        "made_by": "a",
    },
    "model_tags": {
        "id": 1, "pattern": "c/*", "tag": "nsfw", "note": "n", "made_at": NOW, "made_by": "a",
    },
    "guidance_notes": {
        "id": 1, "pattern": "c/*", "area": "sexual", "level": "writes", "kind": "seen",
        "source": "s", "note": "n", "dated": NOW, "made_at": NOW, "made_by": "a",
    },
    "unfiltered_models": {
        "id": 1, "name": "m", "place": "local", "note": "n", "is_out": False, "made_at": NOW,
        "made_by": "a",
    },
    "try_outs": {
        "id": "1", "person_id": 7, "asked": {"prompt": "p"}, "answers": None, "made_at": NOW,
        "ended_at": NOW,
    },
    "own_prices": {
        "id": 1, "model": "c/m", "input": 1, "output": 2, "cache_read": None,
        "cache_write": None, "reasoning": None, "valid_from": NOW, "made_at": NOW, "made_by": "a",
    },
    "leases": {"name": "scheduler", "owner": "p", "until": NOW},
    "job_runs": {
        "name": "j", "due_at": NOW, "wanted_at": None, "began_at": NOW, "ended_at": NOW,
        "result": "ok", "said": "done", "runs": 4,
    },
    "oauth_attempts": {
        "id": "1", "provider": "openrouter", "sign_in_id": 1, "connection_id": 5, "name": "",
        "is_personal": False, "mode": "paste", "sha256": "o", "verifier": "v", "made_at": NOW,
        "ends_at": NOW, "used_at": None, "outcome": None,
    },
}  # fmt: skip
"""A column that a later schema adds gets its value here."""


def load(engine: Engine, **more: dict[str, Any]) -> None:
    """Put a row into each table that the database has now; `more` changes values by table."""
    with engine.begin() as connection:
        for table in _tables(connection):
            row = {**ROWS[table.name], **more.get(table.name, {})}
            connection.execute(table.insert(), {one.name: row[one.name] for one in table.columns})


def contents(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in _tables(connection)
        }


def counts(engine: Engine) -> dict[str, int]:
    """How many rows each table has."""
    with engine.connect() as connection:
        count = select(func.count())
        tables = _tables(connection)
        return {one.name: connection.execute(count.select_from(one)).scalar_one() for one in tables}


def kept(below: dict[str, Any], above: dict[str, Any]) -> bool:
    """Whether every value of the smaller schema is in the larger one's rows, as it was."""
    return all(
        all(_within(*pair) for pair in zip(found, above[name], strict=True))
        for name, found in below.items()
    )


def _within(less: dict[str, Any], more: dict[str, Any]) -> bool:
    return all(more[name] == value for name, value in less.items())


def _tables(connection: Connection) -> list[Table]:
    names = [name for name in inspect(connection).get_table_names() if name in ROWS]
    metadata = MetaData()
    metadata.reflect(connection, only=names)
    return metadata.sorted_tables
