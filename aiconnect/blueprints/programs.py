"""What a program is told to reach this server."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request

from aiconnect.blueprints.access import actor
from aiconnect.extensions import db, parts
from aiconnect.services import catalog


def base_url() -> str:
    """Where programs send their calls: the public address, else the one this page came from."""
    return f"{parts().settings.public_url or request.host_url.rstrip('/')}/v1"


def example_model(patterns: Iterable[str] = ()) -> str:
    """A chat model that works now, for examples; one that a pattern names comes first."""
    named = [pattern for pattern in patterns if "*" not in pattern and "?" not in pattern]
    if named:
        return named[0]
    found = catalog.page(db.session(), actor(), kind="chat", state="available", size=1)
    first = next(iter(found.items), None)
    return f"{first.connection.name}/{first.model_id}" if first else "connection/model"
