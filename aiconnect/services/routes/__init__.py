"""Routes: public model names, each with models that are tried in order."""

from aiconnect.services.routes.changing import add, change, remove
from aiconnect.services.routes.explaining import (
    ANYBODY,
    WHYS,
    Explained,
    Line,
    caller_of,
    explain,
)
from aiconnect.services.routes.finding import all, by_name, get, resting_on  # noqa: A004 (read as `routes.all`)
from aiconnect.services.routes.naming import remark
from aiconnect.services.routes.stepping import add_step, change_step, move_step, remove_step

__all__ = [
    "ANYBODY",
    "WHYS",
    "Explained",
    "Line",
    "add",
    "add_step",
    "all",
    "by_name",
    "caller_of",
    "change",
    "change_step",
    "explain",
    "get",
    "move_step",
    "remark",
    "remove",
    "remove_step",
    "resting_on",
]
