"""Words about models: why one cannot be chosen, what one is recommended for and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from markupsafe import Markup

from aiconnect.blueprints import pauses
from aiconnect.blueprints.filters import at, money, number
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.wording import reason_word
from aiconnect.errors import N_
from aiconnect.models.connection import Connection
from aiconnect.services import choosing, pricing
from aiconnect.services.choosing import Recommendation, Seen

SOURCES: Mapping[str, str] = {
    "genai-prices": N_("the table %(name)s"),
    "list": N_("the provider's own list"),
    "own": N_("set by your team"),
}


def why_not(seen: Seen, connection: Connection) -> str:
    """Why a model cannot be chosen, and since when; "" where it can."""
    word = WORDS.get(seen.reason)
    return word(seen, connection) if word else reason_word(seen.reason) if seen.reason else ""


def _timed(sentence: str, moment: datetime | None) -> str:
    """A marked sentence of ours with a time in it, which is an element of the page."""
    return Markup(_(sentence)) % {"time": at(moment) if moment else ""}  # noqa: S704 (no input)


def _gone(seen: Seen, _connection: Connection) -> str:
    moment = seen.line.gone_at or seen.line.last_seen
    return _timed(N_("No longer listed, last seen %(time)s"), moment)


def _retired(seen: Seen, _connection: Connection) -> str:
    return _timed(N_("Retired %(time)s"), seen.line.retires_at)


def _unreachable(_seen: Seen, connection: Connection) -> str:
    return _timed(N_("Unreachable since %(time)s"), connection.state_since)


def _needs_attention(_seen: Seen, connection: Connection) -> str:
    return _timed(N_("Needs attention since %(time)s"), connection.state_since)


def _paused(seen: Seen, _connection: Connection) -> str:
    shown = pauses.pause_of(*seen.line.key)
    return shown.word if shown else _("Left alone after failures")


WORDS: Mapping[str, Callable[[Seen, Connection], str]] = {
    "not_listed": _gone,
    "retired": _retired,
    "unreachable": _unreachable,
    "needs_attention": _needs_attention,
    "paused": _paused,
    "personal": lambda *_both: _("Personal: a route is for the whole team"),
    "mature_off": lambda *_both: _("Mature content is off for you"),
}
"""Reasons that say more than their word."""


def purpose(one: Recommendation) -> str:
    """What a model is recommended for."""
    word = _(choosing.PURPOSES[one.use])
    if one.is_team:
        return _("Your team recommends it: %(purpose)s", purpose=word)
    return _("Recommended: %(purpose)s", purpose=word)


def because(one: Recommendation, seen: Seen) -> str:
    """Why it is recommended for that."""
    if one.is_team:
        return one.note or _("An admin of your team picked it.")
    return BECAUSE[one.use](seen)


def _chat(seen: Seen) -> str:
    return _(
        "It takes %(context)s tokens and costs no more than half of the others with a known price.",
        context=number(seen.line.context or 0),
    )


def _long(seen: Seen) -> str:
    return _("It takes the most: %(context)s tokens.", context=number(seen.line.context or 0))


def _fast(seen: Seen) -> str:
    if seen.speed is None:
        return ""
    return _(
        "It writes fastest: %(speed)s tokens a second, measured over %(calls)s calls.",
        speed=number(seen.speed.tokens_per_second),
        calls=number(seen.speed.calls),
    )


def _cheap(seen: Seen) -> str:
    if not seen.line.output:
        return _("Its provider takes nothing for it.")
    return _(
        "It is the cheapest in the cloud: %(input)s in and %(output)s out for a million tokens.",
        input=money(pricing.usd(seen.line.input)),
        output=money(pricing.usd(seen.line.output)),
    )


def _local(seen: Seen) -> str:
    if seen.line.loaded:
        return _("It runs on your own machines and is in memory already.")
    return _("It is the largest on your own machines: free, and nothing leaves your network.")


BECAUSE: Mapping[str, Callable[[Seen], str]] = {
    "chat": _chat,
    "long": _long,
    "fast": _fast,
    "cheap": _cheap,
    "local": _local,
}


def price_source(seen: Seen) -> str:
    """Where a price is from, with its version."""
    source = seen.line.price.source if seen.line.price else ""
    kind = source.partition(":")[0].partition(" ")[0]
    if kind in SOURCES:
        return _(SOURCES[kind], name=source)
    return _("no call to it costs anything") if seen.line.cost == choosing.FREE else ""


def price_words(seen: Seen) -> str:
    """What a million tokens cost, in and out, in a line of prose."""
    line = seen.line
    if line.cost == choosing.UNKNOWN:
        return _("price unknown")
    if line.cost == choosing.FREE:
        return _("free")
    return _(
        "%(input)s in, %(output)s out",
        input=money(pricing.usd(line.input)),
        output=money(pricing.usd(line.output)),
    )
