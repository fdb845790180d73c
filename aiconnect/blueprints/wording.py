"""Words for what the database and programs name by codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_

ROLES: Mapping[str, str] = {
    "owner": N_("owner"),
    "admin": N_("admin"),
    "member": N_("member"),
    "viewer": N_("viewer, who only looks"),
}
TYPES: Mapping[str, str] = {
    "chat": N_("Text"),
    "embedding": N_("Embedding"),
    "image": N_("Image"),
    "audio": N_("Audio"),
    "rerank": N_("Reranking"),
}
CAPABILITIES: Mapping[str, str] = {
    "vision": N_("sees images"),
    "tools": N_("calls tools"),
    "thinking": N_("thinks first"),
    "reasoning": N_("thinks first"),
    "insert": N_("fills gaps"),
}
FAMILIES: Mapping[str, tuple[str, str]] = {
    "oauth": (
        N_("Sign in, no key to copy"),
        N_("You are sent to the provider and come back connected."),
    ),
    "cloud": (
        N_("Cloud, with an API key"),
        N_(
            "You make a key on the provider's site and paste it here. "
            "A chat subscription does not include API credit."
        ),
    ),
    "local": (
        N_("On your own machines"),
        N_("Free to use, nothing leaves your network. Needs a computer with enough memory."),
    ),
    "compatible": (
        N_("Other services, OpenAI-compatible"),
        N_("Most companies and programs that serve models speak OpenAI's API as well."),
    ),
}
"""A family of providers: what it is called, and what it means for who connects one."""

HIDDEN_CAPABILITIES = frozenset({"completion", "chat", "embedding"})
"""What the type of a model says already."""

REASONS: Mapping[str, str] = {
    "connection_off": N_("The connection is off"),
    "unreachable": N_("The connection is unreachable"),
    "needs_attention": N_("The connection needs attention"),
    "not_listed": N_("No longer listed"),
    "hidden": N_("Switched off"),
    "not_allowed": N_("Not on the allow-list"),
    "retired": N_("Retired"),
    "over_budget": N_("Over budget"),
    "spend_frozen": N_("Spending is frozen"),
    "unpriced": N_("Its price is not known, and a budget wants one"),
}
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone|iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux|X11", "Linux"),
)


def role_word(role: str) -> str:
    """A role, as a person reads it."""
    return _(ROLES[role])


def family_words(family: str) -> tuple[str, str]:
    """What a family of providers is called, and what it means for who connects one."""
    heading, meaning = FAMILIES[family]
    return _(heading), _(meaning)


def type_word(kind: str) -> str:
    """What a model makes."""
    return _(TYPES[kind]) if kind in TYPES else kind


def capability_words(names: Iterable[str]) -> list[str]:
    """What a model can do besides making what its type says."""
    shown = [name for name in names if name not in HIDDEN_CAPABILITIES]
    return [_(CAPABILITIES.get(name, name.replace("_", " "))) for name in shown]


def reason_word(reason: str) -> str:
    """Why a model cannot be used now."""
    return _(REASONS[reason]) if reason in REASONS else reason.replace("_", " ").capitalize()


def loaded_word(is_loaded: bool | None) -> str:  # noqa: FBT001 (a template passes what the row says)
    """Whether a model is in memory; empty where that is not known."""
    if is_loaded is None:
        return _("Usable")
    return _("Loaded") if is_loaded else _("Loads when called")


def browser_name(agent: str) -> str:
    """A browser as its owner calls it: Firefox on Linux."""
    browser = next((name for sign, name in BROWSERS if re.search(sign, agent)), "")
    system = next((name for sign, name in SYSTEMS if re.search(sign, agent)), "")
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or agent.split("/", maxsplit=1)[0][:40] or _("Unknown")


def host_of(url: str) -> str:
    """Host and port of an address."""
    return urlsplit(url).netloc or url
