"""Words of a try-out: what an answer took, and who refused or failed, with the next step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal

from aiconnect.blueprints.filters import money, number
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.showing import Shown
from aiconnect.errors import KINDS, N_
from aiconnect.services import refusals
from aiconnect.services.recorded_calls import Seen

FEWEST = 8
"""Tokens of an answer whose speed says something."""

ANOTHER = N_("Choose another model, or try again later.")
TEST = N_("Test the connection: its page says what is wrong and how to mend it.")
FAILURES: Mapping[str, tuple[str, str]] = {
    "model_not_found": (
        N_("Nothing here that works is called so: %(model)s"),
        N_("Find a model in the list: it shows which ones can be called now."),
    ),
    "connection_off": (
        N_("The connection %(connection)s is off"),
        N_("Switch it on at its page, or choose another model."),
    ),
    "model_type": (
        N_("Nothing behind %(model)s can take this"),
        N_("Choose a model that chats and, with a picture, one that sees pictures."),
    ),
    "cannot_carry": (
        N_("%(model)s cannot take %(what)s"),
        N_("Leave it out, or choose another model."),
    ),
    "person_limited": (
        N_("aiconnect refused it: you are at your limit of %(limit)s"),
        N_("Try again in %(seconds)s s. An admin can raise the limit."),
    ),
    "connection_limited": (
        N_("aiconnect refused it: %(connection)s is at its limit of %(limit)s"),
        N_("Try again in %(seconds)s s, or choose a model of another connection."),
    ),
    "budget_spent": (
        N_("aiconnect did not send it: the budget %(budget)s has no room for it"),
        N_(
            "It has %(left)s of %(limit)s USD left, and this could cost up to %(most)s USD. Choose "
            "a free or cheaper model, allow a shorter answer, or ask an admin to raise it."
        ),
    ),
    "budget_held": (
        N_("aiconnect did not send it: others' calls hold the rest of the budget %(budget)s"),
        N_("Try again in %(seconds)s s."),
    ),
    "unpriced_model": (
        N_("aiconnect did not send it: nobody knows what %(model)s costs"),
        N_("The budget %(budget)s lets nothing through without a price: an admin can set one."),
    ),
    "spend_frozen": (
        N_("aiconnect did not send it: spending is frozen"),
        N_("Choose a model that costs nothing, or wait until an admin lifts the freeze."),
    ),
    "no_capacity": (
        N_("aiconnect refused it: this server is at its limit of calls at once"),
        N_("Try again in a moment."),
    ),
    "ledger_full": (
        N_("aiconnect refused it: its disk is full, and calls that cost money wait"),
        N_("Tell whoever runs this server."),
    ),
    "provider_paused": (
        N_("aiconnect leaves the provider of %(connection)s alone for a while"),
        N_("It has failed several times (%(detail)s). Choose another model, or try again later."),
    ),
    "provider_auth": (N_("The provider of %(connection)s refuses its key"), TEST),
    "provider_no_credit": (
        N_("The account of %(connection)s at its provider has no credit left"),
        N_("Add credit there, or choose a model of another connection."),
    ),
    "provider_rate_limited": (N_("The provider of %(connection)s asks to wait"), ANOTHER),
    "provider_error": (N_("The provider of %(connection)s failed"), ANOTHER),
    "provider_unreachable": (N_("The provider of %(connection)s could not be reached"), TEST),
    "provider_broke": (
        N_("The provider of %(connection)s broke off before its answer was complete"),
        N_("Try again. What came until then is above."),
    ),
    "provider_silent": (
        N_("The provider of %(connection)s said nothing in time"),
        N_("Try again, or raise the waiting time of the connection: a large model may need more."),
    ),
    "provider_refused": (
        N_("The provider of %(connection)s refuses this request"),
        N_("What it says is below. Change the request, or choose another model."),
    ),
    "address_refused": (
        N_("aiconnect does not call the address of %(connection)s"),
        N_("It is one that this server may not reach. See the page of the connection."),
    ),
    "too_large": (
        N_("The request is larger than this server takes"),
        N_("Shorten the prompt, or choose a smaller picture."),
    ),
    "internal": (
        N_("Something failed in aiconnect"),
        N_("Try again. The id of the call finds it in the log."),
    ),
}
"""By the code of an error: who did what, and the next step."""

CONTENT = (
    N_("This content was refused"),
    N_("Nothing is wrong with the connection. Reword it, or choose a model that other rules "
       "hold for."),
)  # fmt: skip
FINISHES: Mapping[str, str] = {
    "length": N_("It stopped at the longest answer that was allowed, or that it can write."),
    "content_filter": N_(
        "A filter of the provider ended the answer. That is a rule of the provider and no fault "
        "of the connection."
    ),
    "tool_calls": N_("It wanted to call a tool, and there are none here."),
}
REFUSED = N_("The model itself declined: %(words)s")
ENDS: Mapping[str, tuple[str, str]] = {
    "done": ("ok", N_("Finished")),
    "failed": ("bad", N_("Failed")),
    "left": ("off", N_("Stopped, as you left the page")),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong: who did what, the next step, what the provider said, and who refused.

    `who` is "" where nobody refused; with `is_content` it was what was asked or written.
    """

    title: str
    step: str
    detail: str = ""
    who: str = ""
    is_content: bool = False


def state_of(answer: Mapping[str, Any]) -> Shown:
    """How an answer ended."""
    shape, word = ENDS.get(answer["ended"], ("running", N_("Writing")))
    return Shown(shape, _(word))


def running() -> Shown:
    """How one is shown that is being written."""
    return Shown("running", _("Writing"))


def failure_of(answer: Mapping[str, Any]) -> Failure | None:
    """What went wrong with an answer; None where nothing did."""
    code = answer["code"]
    if not code:
        return None
    facts = defaultdict(lambda: "?", answer["facts"])
    is_content = code in refusals.OF_CONTENT
    named = CONTENT if is_content else FAILURES.get(code)
    title, step = named or (KINDS[code].message if code in KINDS else N_("It failed"), ANOTHER)
    who, detail = refusals.by(code), str(facts.get("detail", ""))
    said = _(refusals.WORDS[who]) if who else ""
    return Failure(_filled(title, facts), _filled(step, facts), detail, said, is_content)


def notes_of(answer: Mapping[str, Any]) -> list[str]:
    """What else is to be known of how it ended: who refused, or cut it short."""
    notes = [_(REFUSED, words=answer["refusal"])] if answer["refusal"] else []
    if answer["finish"] in FINISHES:
        notes.append(_(FINISHES[answer["finish"]]))
    is_empty = not (answer["text"] or notes or answer["code"])
    if is_empty and answer["ended"] == "done":
        notes.append(_("It answered without a word."))
    return notes


def figures_of(seen: Seen) -> list[str]:
    """What an answer took, in a few words each: tokens, cost, time, speed."""
    one = seen.record
    every = [_tokens(seen), _cost(seen)]
    if one.first_token_ms is not None:
        every.append(_("first word after %(seconds)s s", seconds=_seconds(one.first_token_ms)))
    if one.latency_ms is not None:
        every.append(_("%(seconds)s s in all", seconds=_seconds(one.latency_ms)))
    return [*filter(None, every), *_speed(seen)]


def _tokens(seen: Seen) -> str:
    one = seen.record
    inward = sum(part or 0 for part in (one.input_tokens, one.cache_read_tokens, one.cache_write_tokens))  # fmt: skip # noqa: E501
    outward = (one.output_tokens or 0) + (one.reasoning_tokens or 0)
    if not inward and not outward:
        return ""
    facts = {"inward": number(inward), "outward": number(outward)}
    if one.tokens_estimated:
        return _("about %(inward)s tokens in, %(outward)s out", **facts)
    return _("%(inward)s tokens in, %(outward)s out", **facts)


def _cost(seen: Seen) -> str:
    if seen.record.outcome in {"refused", "failed"}:
        return ""
    if seen.record.cost_state == "free":
        return _("free")
    if seen.cost is None:
        return _("cost unknown")
    if seen.record.cost_state == "estimated":
        return _("%(money)s, estimated", money=money(seen.cost))
    return money(seen.cost)


def _speed(seen: Seen) -> list[str]:
    """Tokens a second, by the provider's own figure where it gives one."""
    one = seen.record
    written = (one.output_tokens or 0) + (one.reasoning_tokens or 0)
    arriving = (one.latency_ms or 0) - (one.first_token_ms or 0)
    ms = one.generation_ms or (arriving if one.first_token_ms is not None else 0)
    if written < FEWEST or ms <= 0 or one.outcome != "ok":
        return []
    return [_("%(count)s tokens a second", count=number(written * 1000 / ms))]


def _seconds(ms: int) -> str:
    return str(format_decimal(ms / 1000, format="#,##0.0#" if ms < 1000 else "#,##0.0"))


def _filled(sentence: str, facts: Mapping[str, str]) -> str:
    return _(sentence) % facts
