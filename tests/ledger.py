"""Records for the ledger, with what a test says about them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from aiconnect import ids
from aiconnect.models import CostState, Outcome, UsageRecord

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def record(**more: Any) -> UsageRecord:
    usual: dict[str, Any] = {
        "id": ids.uuid7(),
        "at": NOON,
        "person": "alice@example.org",
        "access_token": "laptop",
        "connection": "ollama",
        "model": "llama",
        "is_stream": False,
        "outcome": Outcome.OK,
        "status": 200,
        "input_tokens": 10,
        "output_tokens": 5,
        "tokens_estimated": False,
        "cost_state": CostState.UNKNOWN,
        "attempts": 1,
    }
    return UsageRecord(**{**usual, **more})


def add(session: Session, *records: UsageRecord) -> None:
    session.add_all(records)
    session.commit()
