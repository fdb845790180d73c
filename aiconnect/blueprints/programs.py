"""What a program is told to reach this server."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request

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
    usable = (
        f"{one.connection.name}/{one.model_id}"
        for one in catalog.served(db.session())
        if one.type == "chat" and catalog.available(one)[0]
    )
    return next(usable, "connection/model")
