"""What a program is told to reach this server."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request

from aiconnect.blueprints.access import actor
from aiconnect.extensions import db, parts
from aiconnect.models import ServedModel
from aiconnect.services import catalog

ANY_MODEL = "connection/model"
"""What stands for a model's name where the reader has none yet."""


def base_url() -> str:
    """Where programs send their calls: the public address, else the one this page came from."""
    return f"{parts().settings.public_url or request.host_url.rstrip('/')}/v1"


def example() -> ServedModel | None:
    """A chat model that the reader may use and that works now."""
    found = catalog.page(db.session(), actor(), kind="chat", state="available", size=1)
    return next(iter(found.items), None)


def example_model(patterns: Iterable[str] = ()) -> str:
    """What a program calls such a model, for examples; one that a pattern names comes first."""
    named = [pattern for pattern in patterns if "*" not in pattern and "?" not in pattern]
    return named[0] if named else name_of(example())


def name_of(model: ServedModel | None) -> str:
    """What a program calls this model; without one, what stands for a name."""
    return f"{model.connection.name}/{model.model_id}" if model else ANY_MODEL
