"""Collections: named, ordered sets of models; `collection/<name>` calls one, in its order.

The team's are seen by everyone and changed by admins. A personal one is its owner's alone: nobody
else sees it, changes it, limits an access token to it or calls it. Members may keep some.
"""

from aiconnect.services.collections.beginning import COMMON, begin
from aiconnect.services.collections.carrying import LARGEST, Brought, Carried, bring, export, read
from aiconnect.services.collections.changing import add, describe, duplicate, remove, rename
from aiconnect.services.collections.filling import append, mark, put, settle, take
from aiconnect.services.collections.finding import (
    all,  # noqa: A004 (read as `collections.all`)
    by_name,
    get,
    ids,
    limited,
    memberships,
    names,
    resting_on,
    visible,
)
from aiconnect.services.collections.listing import Line, lines, models, usable
from aiconnect.services.collections.naming import of_copy
from aiconnect.services.collections.ordering import Reordered, Wish, move, reorder
from aiconnect.services.collections.rights import may_change, may_keep

__all__ = [
    "COMMON",
    "LARGEST",
    "Brought",
    "Carried",
    "Line",
    "Reordered",
    "Wish",
    "add",
    "all",
    "append",
    "begin",
    "bring",
    "by_name",
    "describe",
    "duplicate",
    "export",
    "get",
    "ids",
    "limited",
    "lines",
    "mark",
    "may_change",
    "may_keep",
    "memberships",
    "models",
    "move",
    "names",
    "of_copy",
    "put",
    "read",
    "remove",
    "rename",
    "reorder",
    "resting_on",
    "settle",
    "take",
    "usable",
    "visible",
]
