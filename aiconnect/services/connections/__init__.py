"""Connections: added, changed, switched, removed, opened for a call."""

from aiconnect.services.connections.adding import Draft, add
from aiconnect.services.connections.allowing import fits
from aiconnect.services.connections.base_urls import is_private, normalise
from aiconnect.services.connections.certificates import read_ca
from aiconnect.services.connections.changing import Changes, edit, rotate
from aiconnect.services.connections.entered import clean as read_models
from aiconnect.services.connections.entered import ids as entered_models
from aiconnect.services.connections.entered import model_counts
from aiconnect.services.connections.finding import all, by_name, get, row_of, storable_id  # noqa: A004 (read as `connections.all`)
from aiconnect.services.connections.headers import read_headers
from aiconnect.services.connections.keys import open_key
from aiconnect.services.connections.opening import closed, identity, opened, target
from aiconnect.services.connections.ordering import move
from aiconnect.services.connections.others import Theirs, personal, theirs
from aiconnect.services.connections.remarks import remark
from aiconnect.services.connections.rights import (
    Access,
    access,
    check_add,
    may_add,
    may_change,
    may_end,
    own,
    owners,
    seen,
    visible,
    whole,
)
from aiconnect.services.connections.switching import disable, enable, remove

__all__ = [
    "Access",
    "Changes",
    "Draft",
    "Theirs",
    "access",
    "add",
    "all",
    "by_name",
    "check_add",
    "closed",
    "disable",
    "edit",
    "enable",
    "entered_models",
    "fits",
    "get",
    "identity",
    "is_private",
    "may_add",
    "may_change",
    "may_end",
    "model_counts",
    "move",
    "normalise",
    "open_key",
    "opened",
    "own",
    "owners",
    "personal",
    "read_ca",
    "read_headers",
    "read_models",
    "remark",
    "remove",
    "rotate",
    "row_of",
    "seen",
    "storable_id",
    "target",
    "theirs",
    "visible",
    "whole",
]
