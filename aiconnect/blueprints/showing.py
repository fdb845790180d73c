"""How states are shown: a word, a shape, a colour; and which words go with what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    ("name", "ok"): N_("The name leads to an address"),
    ("name", "skipped"): N_("It is an address already"),
    ("connect", "ok"): N_("The port accepts connections"),
    ("tls", "ok"): N_("The certificate fits"),
    ("tls", "skipped"): N_("Not used: plain http"),
    ("kind", "ok"): N_("It is the right kind of server"),
    ("key", "ok"): N_("Accepted"),
    ("key", "skipped"): N_("None given"),
    ("models", "ok"): N_("The list was read"),
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
    """How what a finished check found is shown."""
    return _shown(check.state or State.UNTESTED, check.finding)


def worded(finding: str | None, facts: Mapping[str, str]) -> findings.Worded:
    """What was found, why, and what to do, in the reader's language."""
    return findings.word(finding or "ok", facts, translate=_)


def _shown(state: str, finding: str | None) -> Shown:
    word = CAUTIONS.get(finding or "") if state == State.WARNING else None
    return Shown(SHAPES[state], _(word or WORDS[state]))


def step_text(line: Mapping[str, Any]) -> str:
    """What a step of a test says of itself."""
    if line["state"] in STEP_STATES:
        return _(STEP_STATES[line["state"]])
    words = STEP_TEXTS.get((line["step"], line["state"])) or N_("Done")
    return _(words, **line["facts"])


def step_word(step: str) -> str:
    """The name of a step."""
    return _(STEPS[step])
