"""Words for what the ledger keeps as codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiconnect.blueprints.filters import money, number
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.showing import Shown
from aiconnect.blueprints.usage.asking import Asked
from aiconnect.errors import N_
from aiconnect.services import pricing, refusals

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "ok": ("ok", N_("Answered")),
    "failed": ("bad", N_("Failed")),
    "refused": ("warn", N_("Refused")),
    "cut": ("bad", N_("Broke off")),
    "caller_left": ("off", N_("The program left")),
    "interrupted": ("gone", N_("Interrupted: the server ended")),
}
"""How a call ended: a shape of the style sheet, and words."""

COST_STATES: Mapping[str, str] = {
    "measured": N_("measured"),
    "estimated": N_("estimated"),
    "unknown": N_("no price, or no count of tokens, is known"),
    "free": N_("free"),
    "notional": N_("what it would cost without a subscription"),
}
DETAILS: Mapping[str, str] = {
    "input_audio": N_("of these in, of sound"),
    "input_image": N_("of these in, of pictures"),
    "input_video": N_("of these in, of video"),
    "cache_read_audio": N_("of these from a cache, of sound"),
    "cache_read_image": N_("of these from a cache, of pictures"),
    "cache_write_1h": N_("of these to a cache, kept for an hour"),
    "output_audio": N_("of these out, of sound"),
    "output_image": N_("of these out, of pictures"),
    "output_video": N_("of these out, of video"),
    "images": N_("Pictures made"),
    "seconds": N_("Seconds of sound"),
    "characters": N_("Characters spoken"),
    "searches": N_("Searches of the web"),
}
"""Counts beside the five of tokens."""
SERVED: Mapping[str, str] = {
    "batch": N_("as part of a batch"),
    "flex": N_("when there was room (flex)"),
    "priority": N_("before others (priority)"),
    "fast": N_("fast, for a higher price"),
}
"""How a provider says that it served a call."""
COLUMNS: Mapping[str, str] = {
    "id": N_("The call's id, as its page has it; made when it began."),
    "at": N_("When it began: UTC, to the millisecond."),
    "user": N_("Whose access token it was."),
    "access_token": N_("The name of the access token."),
    "connection": N_("The connection that answered, or was tried last; empty where none was."),
    "model": N_("The model there; of a call that reached no connection, what was asked for."),
    "outcome": N_("ok, failed, refused, cut, caller_left or interrupted."),
    "status": N_("The HTTP status that the program got."),
    "input_tokens": N_("Tokens in, without those of the two next columns."),
    "cache_read_tokens": N_("Tokens in that were read from the provider's cache."),
    "cache_write_tokens": N_("Tokens in that were written to it."),
    "output_tokens": N_("Tokens out, without those of the next column."),
    "reasoning_tokens": N_("Tokens of thinking."),
    "cost_usd": N_("US dollars, exact; empty where the cost is not known."),
    "cost_state": N_("measured, estimated, unknown, free, or notional (a subscription)."),
    "latency_ms": N_("Milliseconds to the end of the answer."),
    "first_token_ms": N_("Milliseconds to its first word, of a stream."),
    "attempts": N_("How many tries it took."),
    "asked": N_("The name that the program called: a model, a route or a collection."),
    "wire": N_("The endpoint that it spoke to."),
    "price": N_("Which price the cost was reckoned with."),
    "tries": N_("What was tried or skipped before, as JSON: connection, model, why, milliseconds."),
    "code": N_("The code of an error or refusal; the help has a line for each."),
    "is_stream": N_("Whether the answer came in pieces."),
    "is_fallback": N_("Whether another step than the first one answered."),
    "tokens_estimated": N_("Whether the provider did not count, so that sizes stand for tokens."),
    "generation_ms": N_("The provider's own figure for the time in which it wrote."),
    "held_usd": N_("What budgets had set aside for it, in US dollars."),
    "details": N_("Counts beside the five of tokens, as JSON: pictures, seconds of sound …"),
}
"""What each column of an export says."""
WHYS: Mapping[str, str] = {
    "not_served": N_("is not served any more"),
    "not_allowed": N_("the access token may not use it"),
    "off": N_("its connection is off"),
    "key_unreadable": N_("the key of its connection does not open"),
    "wrong_type": N_("is a model of another type"),
    "other_model": N_("is another model, whose vectors mean something else"),
    "no_tools": N_("calls no tools"),
    "no_pictures": N_("sees no pictures"),
    "too_long": N_("the request is longer than it can read"),
    "cannot_carry": N_("has no place for something in the request"),
    "connection_limited": N_("its connection was at its limit"),
    "connection_off": N_("its connection is off"),
    "provider_paused": N_("left alone for a while, as it had failed several times"),
    "provider_auth": N_("the provider refused the key"),
    "provider_no_credit": N_("the account at the provider has no credit"),
    "provider_rate_limited": N_("the provider asked to wait"),
    "provider_error": N_("the provider failed"),
    "provider_unreachable": N_("could not be reached"),
    "provider_broke": N_("broke off before its answer was complete"),
    "provider_silent": N_("said nothing in time"),
    "address_refused": N_("its address is one that this server does not call"),
    "model_not_found": N_("the provider does not know it"),
    "content_moderated": N_("the moderation of the router refused the content"),
    "content_filtered": N_("the filter of the provider refused the content"),
    "model_refused": N_("the model itself refused"),
    "budget_spent": N_("a budget had no room for what it could cost"),
    "budget_held": N_("calls under way held the rest of a budget"),
    "unpriced_model": N_("nobody knows what it costs, and a budget wants a price"),
    "spend_frozen": N_("spending was frozen"),
}
"""Why an attempt was not the last one, or a step was not tried."""


def outcome_of(outcome: str) -> Shown:
    """How a call ended."""
    shape, word = OUTCOMES.get(outcome, ("off", outcome))
    return Shown(shape, _(word))


def refused_word(code: str | None) -> str:
    """Who refused a call, or the content of one that was answered; "" where nobody did."""
    who = refusals.by(code)
    return _(refusals.WORDS[who]) if who else ""


def is_about_content(code: str | None) -> bool:
    """Whether what was asked or answered was not wanted."""
    return code in refusals.OF_CONTENT


def cost_word(state: str) -> str:
    """How well a cost is known."""
    return _(COST_STATES.get(state, state))


def price_word(price: str | None) -> str:
    """Which price a cost was reckoned with; empty where none was."""
    if not price:
        return ""
    if price == "provider":
        return _("the provider's own figure")
    kind, _colon, name = price.partition(":")
    if kind == "own":
        return _("the team's own price")
    if kind == "list" and name:
        return _("the list of prices of the connection %(name)s", name=name)
    return _("prices of %(table)s", table=price)


def detail_words(details: Mapping[str, int] | None) -> list[tuple[str, str]]:
    """(what, how many) of the counts beside the five, in the order of DETAILS."""
    known = details or {}
    found = [(_(word), number(known[name])) for name, word in DETAILS.items() if known.get(name)]
    others = [name for name in known if name not in DETAILS and name not in SERVED]
    return found + [(name.replace("_", " "), number(known[name])) for name in others]


def served_word(details: Mapping[str, int] | None) -> str:
    """How the provider served a call, where it says that at all."""
    return ", ".join(_(word) for name, word in SERVED.items() if (details or {}).get(name))


def held_note(held: int, cost: int | None) -> str:
    """What budgets had set aside for a call, and whether that was enough."""
    amount = money(pricing.usd(held))
    if cost is not None and cost > held:
        return _("%(amount)s: it cost more than that", amount=amount)
    return amount


def try_word(attempt: Sequence[Any]) -> str:
    """An attempt in a sentence: spare/gpt-6: the provider asked to wait, after 120 ms."""
    connection, model, why, ms = attempt
    name, code = f"{connection}/{model}", str(why)
    reason = _(WHYS[code]) if code in WHYS else code.replace("_", " ")
    if not isinstance(ms, int):
        return _("%(name)s was not tried: %(why)s", name=name, why=reason)
    return _("%(name)s: %(why)s, after %(ms)s ms", name=name, why=reason, ms=number(ms))


def scope(asked: Asked, *, is_single: bool = False) -> str:
    """Of whom a page of usage is: everybody, what filters leave; of single calls, one's own."""
    if is_single and not asked.choices.sees_all:
        return _("your own, with filters") if asked.active else _("your own")
    return _("with filters") if asked.active else _("everyone, every connection")
