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
CAUTIONS: Mapping[str, str] = {
    "rate_limited": N_("Rate limited"),
    "no_model_list": N_("No model list"),
    "no_models": N_("No models"),
    "no_credit": N_("No credit"),
    "model_loading": N_("Loading a model"),
    "provider_down": N_("Provider has trouble"),
}
"""A warning says what it is."""

NEW_KEY = ("connections.key", N_("Replace the key"))
NEW_ADDRESS = ("connections.edit", N_("Edit the address"))
FIXES: Mapping[str, tuple[str, str]] = {
    "key_refused": NEW_KEY,
    "key_missing": ("connections.key", N_("Enter a key")),
    "key_unreadable": NEW_KEY,
    "name_not_found": NEW_ADDRESS,
    "address_refused": NEW_ADDRESS,
    "not_an_api": NEW_ADDRESS,
    "wrong_path": NEW_ADDRESS,
    "wrong_kind": NEW_ADDRESS,
    "plain_http": NEW_ADDRESS,
    "https_expected": NEW_ADDRESS,
    "redirected": NEW_ADDRESS,
    "no_model_list": ("connections.edit", N_("Enter the models")),
}
"""Findings that a page here can mend."""

STEPS: Mapping[str, str] = {
    "name": N_("Find the name"),
    "connect": N_("Connect"),
    "tls": N_("Encryption"),
    "kind": N_("Kind of server"),
    "key": N_("Key"),
    "models": N_("Models"),
}
STEP_STATES: Mapping[str, str] = {
    "failed": N_("Failed"),
    "later": N_("Not reached"),
    "running": N_("Under way"),
}
STEP_TEXTS: Mapping[tuple[str, str], str] = {
    ("name", "ok"): N_("It leads to %(found)s"),
    ("name", "skipped"): N_("It is an address already"),
    ("connect", "ok"): N_("%(found)s accepts connections"),
    ("tls", "ok"): N_("%(found)s, the certificate fits"),
    ("tls", "skipped"): N_("Not used: plain http"),
    ("kind", "ok"): N_("It is the right kind of server"),
    ("key", "ok"): N_("Accepted"),
    ("key", "skipped"): N_("None given"),
    ("models", "ok"): N_("%(models)s listed"),
    ("models", "skipped"): N_("It lists none"),
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


def fix_of(connection: Connection) -> tuple[str, str] | None:
    """The endpoint and label of the page that mends what was found, where one does."""
    fix = FIXES.get(connection.finding or "")
    return (fix[0], _(fix[1])) if fix else None


def _shown(state: str, finding: str | None) -> Shown:
    word = CAUTIONS.get(finding or "") if state == State.WARNING else None
    return Shown(SHAPES[state], _(word or WORDS[state]))


def step_text(line: Mapping[str, Any]) -> str:
    """What a step of a test says of itself."""
    if line["state"] in STEP_STATES:
        return _(STEP_STATES[line["state"]])
    facts = {"found": "", "models": "", **line["facts"]}
    if "unproven" in facts:
        return _("Sent; this server does not check it for a list")
    if line["step"] == "kind" and facts.get("server"):
        return " ".join(filter(None, (facts["server"], facts.get("version"))))
    words = STEP_TEXTS.get((line["step"], line["state"])) or N_("Done")
    return _(words, **facts)


def step_word(step: str) -> str:
    """The name of a step."""
    return _(STEPS[step])
