"""Help: getting keys, reaching model servers, connecting programs, what is stored."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, render_template

from aiconnect.blueprints.access import signed_in
from aiconnect.blueprints.programs import base_url, example_model
from aiconnect.blueprints.sentences import _
from aiconnect.errors import KINDS, N_

bp = Blueprint("help", __name__)

TOPICS: Mapping[str, tuple[str, str]] = {
    "programs": (N_("Connect a program"), N_("Its settings for this server, and how to try them.")),
    "errors": (N_("When a call is refused"), N_("What each code means, and who can mend it.")),
    "openai": (N_("Get a key from OpenAI"), N_("Where it is made, and what it costs.")),
    "ollama": (N_("Connect Ollama"), N_("Which address to write, and how to let Ollama listen.")),
    "lmstudio": (N_("Connect LM Studio"), N_("Start its server and let this one reach it.")),
    "llamacpp": (N_("Connect llama.cpp"), N_("Start llama-server so that this one reaches it.")),
    "compatible": (
        N_("Connect any OpenAI-compatible server"),
        N_("Which part of an address to write, and what private addresses are."),
    ),
    "storage": (N_("What this server stores"), N_("And what it never does.")),
}
"""Slug of a help page to its title and what it answers."""


EXAMPLES: Mapping[str, str] = {
    "connection": "llama",
    "limit": "32",
    "method": "PUT",
    "model": "llama/story",
    "origin": "https://app.example.org",
    "path": "/v1/…",
    "seconds": "60",
}
"""What stands in the places of the sentences that programs get."""


@bp.get("/help")
def index() -> str:
    """Every help page."""
    topics = [(slug, _(title), _(lede)) for slug, (title, lede) in TOPICS.items()]
    return render_template("help/index.html", topics=topics)


@bp.get("/help/<topic>")
def show(topic: str) -> str:
    """One help page."""
    if topic not in TOPICS:
        abort(404)
    title, lede = TOPICS[topic]
    return render_template(
        f"help/{topic}.html",
        title=_(title),
        lede=_(lede),
        base_url=base_url(),
        model=example_model() if signed_in() else "connection/model",
        refusals=_refusals,
    )


def _refusals() -> list[tuple[str, int, str]]:
    """(code, status, sentence) of every way a program's call is refused."""
    facts = {**EXAMPLES, "detail": _("the reason, in words")}
    return [(code, kind.status, _(kind.message, **facts)) for code, kind in KINDS.items()]
