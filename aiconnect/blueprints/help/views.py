"""Help: getting keys, reaching model servers, connecting programs, what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import format_date

from aiconnect.blueprints.access import may, signed_in
from aiconnect.blueprints.help.programs import PLACEHOLDER, PROGRAMS
from aiconnect.blueprints.hosts import LOOPBACK
from aiconnect.blueprints.programs import base_url, example, name_of
from aiconnect.blueprints.sentences import _
from aiconnect.errors import KINDS, N_
from aiconnect.extensions import parts

bp = Blueprint("help", __name__)

TOPICS: Mapping[str, tuple[str, str]] = {
    "programs": (N_("Connect a program"), N_("Its settings for this server, and how to try them.")),
    "models": (
        N_("Choose a model"),
        N_("Finding one, what is recommended, collections, and what programs write."),
    ),
    "mature": (
        N_("Mature scenes, and what refuses them"),
        N_("What is known of each provider, unfiltered models, and who refused a call."),
    ),
    "browsers": (
        N_("Programs that run in a browser"),
        N_("Which pages may call this server, and how to allow one."),
    ),
    "budgets": (
        N_("How budgets count"),
        N_("What counts, what is held, what programs are told, and how to stop all spending."),
    ),
    "errors": (N_("When a call is refused"), N_("What each code means, and who can mend it.")),
    "openrouter": (
        N_("Connect OpenRouter"),
        N_("Hundreds of models by signing in, with no key to copy."),
    ),
    "openai": (N_("Get a key from OpenAI"), N_("Where it is made, and what it costs.")),
    "anthropic": (
        N_("Get a key from Anthropic"),
        N_("Which of its keys is the right one, and how credit works."),
    ),
    "gemini": (
        N_("Get a key from Google"),
        N_("AI Studio, the Google Cloud project behind it, and where it is free."),
    ),
    "groq": (N_("Get a key from Groq"), N_("Where it is made, its limits, and its speed.")),
    "xai": (N_("Get a key from xAI"), N_("Where it is made, and why Grok is not Groq.")),
    "azure": (N_("Connect Azure OpenAI"), N_("Address, key, and the names of deployments.")),
    "anyscale": (N_("Connect Anyscale"), N_("Your own service: the shared one has closed.")),
    "ollama": (N_("Connect Ollama"), N_("Which address to write, and how to let Ollama listen.")),
    "lmstudio": (N_("Connect LM Studio"), N_("Start its server and let this one reach it.")),
    "llamacpp": (N_("Connect llama.cpp"), N_("Start llama-server so that this one reaches it.")),
    "vllm": (N_("Connect vLLM"), N_("Start it with a key, and which address to write.")),
    "compatible": (
        N_("Connect any OpenAI-compatible server"),
        N_("Which part of an address to write, and what private addresses are."),
    ),
    "network": (
        N_("Which address to write"),
        N_("Docker, Podman, WSL, firewalls, proxies, and certificates of your own."),
    ),
    "alerts": (
        N_("Alerts"),
        N_("What is told, from beginning to end, by mail and webhook; how to check one."),
    ),
    "usage": (
        N_("Usage and cost"),
        N_("How sums, projections and doubts come about, who sees whose calls, and exports."),
    ),
    "prices": (
        N_("Where prices come from"),
        N_("Which price counts for a call, prices of your own, and newer ones."),
    ),
    "storage": (N_("What this server stores"), N_("And what it never does.")),
}
"""Slug of a help page to its title and what it answers."""


USUAL_CONTEXT = 32_000
"""Tokens that a model reads at once, for an example without one: little enough for most."""

EXAMPLES: Mapping[str, str] = {
    "budget": "drafting",
    "connection": "llama",
    "limit": "32",
    "method": "PUT",
    "model": "llama/story",
    "origin": "https://app.example.org",
    "path": "/v1/…",
    "reset": "2026-12-01 00:00 (Asia/Jakarta)",
    "seconds": "60",
    "spent": "32.00",
}
"""What stands in the places of the sentences that programs get."""


@bp.get("/help")
def index() -> str:
    """Every help page."""
    topics = [(slug, _(title), _(lede)) for slug, (title, lede) in TOPICS.items()]
    others = [row for row in parts().rows.values() if row.slug not in TOPICS]
    return render_template("help/index.html", topics=topics, others=others)


@bp.get("/help/<topic>")
def show(topic: str) -> str:
    """One help page; a provider without one gets what its row says."""
    row = parts().rows.get(topic)
    if topic not in TOPICS and row is None:
        abort(404)
    title, lede = TOPICS.get(topic) or (N_("Connect %(provider)s"), row.summary if row else "")
    return render_template(
        f"help/{topic}.html" if topic in TOPICS else "help/provider.html",
        title=_(title, provider=row.name) if row else _(title),
        lede=_(lede),
        row=row,
        base_url=base_url(),
        secret=PLACEHOLDER,
        model=name_of(example() if signed_in() else None),
        programs=_programs,
        refusals=_refusals,
        prices_url=_prices_url(),
    )


@bp.get("/help/programs/<slug>")
def program(slug: str) -> str:
    """The settings of one program for this server."""
    row = PROGRAMS.get(slug)
    if row is None:
        abort(404)
    return render_template(
        f"help/programs/{slug}.html",
        title=_("Connect %(program)s", program=row.name),
        lede=_(row.lede),
        program=row,
        looked_up=format_date(row.looked_up, "d MMMM y"),
        **_settings(),
    )


def _prices_url() -> str:
    """Where prices are, for those who may see them; with a model in this page's address its own."""
    model = request.args.get("model", "")
    if model and may("prices.own"):
        return url_for("prices.own", model=model)
    return url_for("prices.index", q=model or None) if may("prices.index") else ""


def _settings() -> dict[str, Any]:
    """What the settings of a program say of this server and of its reader."""
    url, model = base_url(), example() if signed_in() else None
    return {
        "base_url": url,
        "address": url.removesuffix("/v1"),
        "is_local": urlsplit(url).hostname in LOOPBACK,
        "secret": PLACEHOLDER,
        "has_model": model is not None,
        "model": name_of(model),
        "context": (model.context if model else None) or USUAL_CONTEXT,
    }


def _programs() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """(group, its programs as (slug, name, what it is)) in the order of the list."""
    rows = [(row.group, (slug, row.name, _(row.lede))) for slug, row in PROGRAMS.items()]
    grouped = groupby(rows, itemgetter(0))
    return [(_(group), [line for _group, line in lines]) for group, lines in grouped]


def _refusals() -> list[tuple[str, int, str]]:
    """(code, status, sentence) of every way a program's call is refused."""
    facts = {**EXAMPLES, "detail": _("the reason, in words"), "what": _("something in it")}
    return [(code, kind.status, _(kind.message, **facts)) for code, kind in KINDS.items()]
