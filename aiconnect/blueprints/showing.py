"""How states are shown: a word, a shape, a colour; and which words go with what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_
from aiconnect.models.connection import Check, Connection, State
from aiconnect.services import findings

SHAPES: Mapping[str, str] = {
    State.CONNECTED: "ok",
    State.WARNING: "warn",
    State.NEEDS_ATTENTION: "bad",
    State.UNREACHABLE: "gone",
    State.UNTESTED: "untested",
    State.OFF: "off",
}
"""State to the class and shape of the style sheet."""

WORDS: Mapping[str, str] = {
    State.CONNECTED: N_("Connected"),
    State.WARNING: N_("Works, with a caution"),
    State.NEEDS_ATTENTION: N_("Needs attention"),
    State.UNREACHABLE: N_("Unreachable"),
    State.UNTESTED: N_("Not tested"),
    State.OFF: N_("Off"),
}
NAMED: Mapping[str, str] = {
    "rate_limited": N_("Rate limited"),
    "no_model_list": N_("No model list, may still work"),
    "no_models": N_("No models"),
    "no_credit": N_("No credit"),
    "no_permission": N_("Not permitted"),
    "key_refused": N_("Key not accepted"),
    "key_missing": N_("Key missing"),
    "model_loading": N_("Loading a model"),
    "provider_down": N_("Provider has trouble"),
    "proxy_auth": N_("Proxy wants a login"),
    "proxy_unreachable": N_("Proxy unreachable"),
}
"""What is found so often that the state says it: money above all is never mistaken for a key."""

STEPS: Mapping[str, str] = {
    "name": N_("Find the name"),
    "connect": N_("Connect"),
    "tls": N_("Encryption"),
    "kind": N_("Kind of server"),
    "key": N_("Key"),
    "models": N_("Models"),
    "token": N_("One token"),
}
STEP_STATES: Mapping[str, str] = {
    "failed": N_("Failed"),
    "later": N_("Not reached"),
    "running": N_("Under way"),
}
STEP_TEXTS: Mapping[tuple[str, str], str] = {
    ("name", "ok"): N_("It leads to %(found)s"),
    ("connect", "ok"): N_("%(found)s accepts connections"),
    ("tls", "ok"): N_("%(found)s, the certificate fits"),
    ("tls", "skipped"): N_("Not used: plain http"),
    ("kind", "ok"): N_("It is the right kind of server"),
    ("key", "ok"): N_("Accepted"),
    ("key", "skipped"): N_("None given"),
    ("models", "ok"): N_("%(models)s listed"),
    ("models", "skipped"): N_("It lists none"),
    ("token", "ok"): N_("%(model)s answered"),
}
STEP_SHAPES: Mapping[str, str] = {
    "ok": "ok",
    "failed": "bad",
    "skipped": "untested",
    "later": "later",
    "running": "running",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A state as macros take it."""

    shape: str
    word: str


def state_of(connection: Connection) -> Shown:
    """How the state of a connection is shown."""
    return _shown(connection.shown_state, connection.finding)


def state_of_check(check: Check) -> Shown:
    """How what a check found is shown."""
    if check.finished_at is None:
        return Shown(SHAPES[State.UNTESTED], _("Not finished"))
    return _shown(check.state or State.UNTESTED, check.finding)


def worded(finding: str | None, facts: Mapping[str, str]) -> findings.Worded:
    """What was found, why, and what to do, in the reader's language."""
    words = findings.word(finding or "ok", facts, translate=_)
    return replace(words, title=words.title.removesuffix("."))


def _shown(state: str, finding: str | None) -> Shown:
    named = finding is not None and findings.state_of(finding, {}) == state
    word = NAMED.get(finding or "") if named else None
    return Shown(SHAPES[state], _(word or WORDS[state]))


def step_text(line: Mapping[str, Any]) -> str:
    """What a step of a test says of itself."""
    if line["state"] in STEP_STATES:
        return _(STEP_STATES[line["state"]])
    facts = {"found": "", "models": "", "model": "", **line["facts"]}
    if "unproven" in facts:
        return _("Sent; this server does not check it for a list")
    if "caution" in facts:
        return _("Accepted; what it found is below")
    if line["step"] == "name" and not facts["found"]:
        return _("Left to the outgoing proxy")
    if line["step"] == "kind" and facts.get("server"):
        return " ".join(filter(None, (facts["server"], facts.get("version"))))
    words = STEP_TEXTS.get((line["step"], line["state"])) or N_("Done")
    return _(words, **facts)


def step_word(step: str) -> str:
    """The name of a step."""
    return _(STEPS[step])
