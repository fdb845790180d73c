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
    outlines,
    resting_on,
    visible,
)
from aiconnect.services.collections.listing import Line, Summary, lines, models, summaries
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
    "Summary",
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
    "outlines",
    "put",
    "read",
    "remove",
    "rename",
    "reorder",
    "resting_on",
    "settle",
    "summaries",
    "take",
    "visible",
]
