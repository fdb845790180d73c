"""What alerts say: a sentence of what is so, one of what it means, one when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiconnect.errors import N_
from aiconnect.services.alerts.tongue import Tongue, told

CASE, PATH = "case", "path"
"""Facts of every alert: which of the sentences below it is, and the page that shows more."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """Marked for translation, with places for facts."""

    title: str
    text: str
    over: str = N_("It is over.")


@dataclass(frozen=True, slots=True)
class Words:
    """The same in a reader's language."""

    title: str
    text: str
    over: str


SENTENCES: Mapping[str, Sentences] = {
    "budget.warn": Sentences(
        N_("Budget %(name)s: %(share)s per cent are spent"),
        N_("%(spent)s of %(limit)s are spent."),
        N_("Budget %(name)s is below its mark again"),
    ),
    "budget.soft": Sentences(
        N_("Budget %(name)s is spent"),
        N_("%(spent)s of %(limit)s are spent. Calls go on: this budget only warns."),
        N_("Budget %(name)s has room again"),
    ),
    "budget.hard": Sentences(
        N_("Budget %(name)s is spent"),
        N_("%(spent)s of %(limit)s are spent. Calls that cost money are refused."),
        N_("Budget %(name)s has room again"),
    ),
    "spend.jump": Sentences(
        N_("Today costs far more than usual"),
        N_("%(spent)s so far; a usual day costs %(usual)s."),
        N_("The day that cost far more than usual is over"),
    ),
    "errors.failing": Sentences(
        N_("Many calls through %(connection)s fail"),
        N_("%(failed)s of its last %(calls)s calls failed."),
        N_("Calls through %(connection)s work again"),
    ),
    "state.needs_attention": Sentences(
        N_("%(connection)s needs attention"),
        N_("Since %(since)s. Its page says why, and what to do."),
        N_("%(connection)s works again"),
    ),
    "state.unreachable": Sentences(
        N_("%(connection)s cannot be reached"),
        N_("Since %(since)s. Its page says why, and what to do."),
        N_("%(connection)s works again"),
    ),
    "price.repriced": Sentences(
        N_("%(model)s has another price"),
        N_("Its provider's list says so. Calls are reckoned with the price of their time."),
    ),
    "price.many": Sentences(
        N_("%(count)s models of %(connection)s have other prices"),
        N_("Among them: %(models)s."),
    ),
    "price.waiting": Sentences(
        N_("A table of prices waits for you"),
        N_("It was fetched on %(at)s. Look at what it changes, and take it over or leave it."),
        N_("The table of prices is decided upon"),
    ),
    "models.added": Sentences(
        N_("%(model)s is listed again"), N_("It is in your collections: %(collections)s.")
    ),
    "models.gone": Sentences(
        N_("%(model)s is gone"),
        N_("Its provider lists it no longer. It is in your collections: %(collections)s."),
    ),
    "models.retiring": Sentences(
        N_("%(model)s is to be retired"),
        N_("Its provider has announced it. It is in your collections: %(collections)s."),
    ),
    "models.repriced": Sentences(
        N_("%(model)s has another price"), N_("It is in your collections: %(collections)s.")
    ),
    "models.added_many": Sentences(
        N_("%(count)s models of %(connection)s are listed again"), N_("Among them: %(models)s.")
    ),
    "models.gone_many": Sentences(
        N_("%(count)s models of %(connection)s are gone"), N_("Among them: %(models)s.")
    ),
    "models.retiring_many": Sentences(
        N_("%(count)s models of %(connection)s are to be retired"), N_("Among them: %(models)s.")
    ),
    "models.repriced_many": Sentences(
        N_("%(count)s models of %(connection)s have other prices"), N_("Among them: %(models)s.")
    ),
    "key.old": Sentences(
        N_("The key of %(connection)s is %(days)s days old"),
        N_("Make a new one at the provider and replace it: the old one serves until then."),
        N_("The old key of %(connection)s is replaced"),
    ),
    "ledger.writing": Sentences(
        N_("Calls are not written into the database"),
        N_("Their records wait in the journal, and come into the usage once it works again."),
        N_("Calls are written into the database again"),
    ),
    "ledger.spare": Sentences(
        N_("There is no room for the journal of calls"),
        N_("Calls that cost money are refused until there is room for their records again."),
        N_("There is room for the journal of calls again"),
    ),
    "ledger.segments": Sentences(
        N_("The journal of calls piles up"),
        N_("%(segments)s full segments wait to be taken into the database."),
        N_("The journal of calls is taken in"),
    ),
    "ledger.damaged": Sentences(
        N_("Part of the journal of calls could not be read"),
        N_("%(pieces)s pieces were set aside; the usage may lack some calls."),
        N_("The damaged pieces of the journal are cleared away"),
    ),
    "disk.full": Sentences(
        N_("The disk of this server is nearly full"),
        N_("%(free)s MB are free."),
        N_("There is room on the disk again"),
    ),
}  # fmt: skip
UNKNOWN = Sentences(N_("An alert of another version"), N_("This version cannot put it into words."))


def words(kind: str, facts: Mapping[str, str], tongue: Tongue) -> Words:
    """An alert in a reader's language."""
    found = SENTENCES.get(f"{kind}.{facts.get(CASE, '')}", UNKNOWN)
    return Words(
        told(tongue, found.title, facts),
        told(tongue, found.text, facts),
        told(tongue, found.over, facts),
    )
