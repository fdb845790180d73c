"""Anthropic's list of models, for its clients."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

Entry = tuple[str, str, int]
"""The id, the name for people, and when it was made in Unix seconds."""


def model_object(entry: Entry) -> dict[str, Any]:
    """One model; its client (2.x) wants a `lifecycle`, and what is listed here can be called."""
    found, shown, created = entry
    made = datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": "model",
        "id": found,
        "display_name": shown or found,
        "created_at": made,
        "lifecycle": "active",
    }


def models_page(entries: Iterable[Entry]) -> dict[str, Any]:
    """All models on one page."""
    found = [model_object(entry) for entry in entries]
    first, last = (found[0]["id"], found[-1]["id"]) if found else (None, None)
    return {"data": found, "has_more": False, "first_id": first, "last_id": last}
