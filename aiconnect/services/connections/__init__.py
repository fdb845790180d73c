"""Connections: added, changed, switched, removed, opened for a call."""

from aiconnect.services.connections.adding import Draft, add
from aiconnect.services.connections.base_urls import is_private, normalise
from aiconnect.services.connections.changing import (
    Changes,
    disable,
    edit,
    enable,
    forget_key,
    remove,
    rotate,
)
from aiconnect.services.connections.entered import ids as entered_models
from aiconnect.services.connections.entered import model_counts
from aiconnect.services.connections.finding import all, by_name, get, row_of  # noqa: A004 (read as `connections.all`)
from aiconnect.services.connections.keys import open_key, remark
from aiconnect.services.connections.opening import closed, opened, target

__all__ = [
    "Changes",
    "Draft",
    "add",
    "all",
    "by_name",
    "closed",
    "disable",
    "edit",
    "enable",
    "entered_models",
    "forget_key",
    "get",
    "is_private",
    "model_counts",
    "normalise",
    "open_key",
    "opened",
    "remark",
    "remove",
    "rotate",
    "row_of",
    "target",
]
