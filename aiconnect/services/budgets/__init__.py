"""Budgets: so much money for so long, of the team, a person, a token, a connection, a collection.

What is spent of one is the sum of the ledger (tallies.py), counted in the transaction in which a
record settles.
"""

from aiconnect.services.budgets.entered import Draft, name_after
from aiconnect.services.budgets.forces import in_force
from aiconnect.services.budgets.freezing import Freeze, freeze, is_frozen, unfreeze
from aiconnect.services.budgets.keeping import Tally
from aiconnect.services.budgets.purses import Purse, purse
from aiconnect.services.budgets.rows import (
    add,
    by_name,
    collection_changed,
    edit,
    get,
    of_new_token,
    remove,
    visible,
)
from aiconnect.services.budgets.spending import Exceeding, On, exceeding, spent_on
from aiconnect.services.budgets.standing import Past, Standing, past, standing, standings
from aiconnect.services.budgets.tallies import (
    count,
    current,
    follow_zone,
    ids,
    recount,
    recount_all,
)
from aiconnect.services.budgets.targets import choices

__all__ = [
    "Draft",
    "Exceeding",
    "Freeze",
    "On",
    "Past",
    "Purse",
    "Standing",
    "Tally",
    "add",
    "by_name",
    "choices",
    "collection_changed",
    "count",
    "current",
    "edit",
    "exceeding",
    "follow_zone",
    "freeze",
    "get",
    "ids",
    "in_force",
    "is_frozen",
    "name_after",
    "of_new_token",
    "past",
    "purse",
    "recount",
    "recount_all",
    "remove",
    "spent_on",
    "standing",
    "standings",
    "unfreeze",
    "visible",
]
