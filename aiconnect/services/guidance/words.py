"""The words of the guidance: areas, levels, kinds; codes are kept, these are shown."""

from __future__ import annotations

from collections.abc import Mapping

from aiconnect.errors import N_

AREAS: Mapping[str, str] = {
    "sexual": N_("Sexual content"),
    "violence": N_("Graphic violence or torture"),
    "drugs": N_("Drugs and alcohol"),
    "selfharm": N_("Self-harm or suicide"),
    "trauma": N_("Abuse or trauma"),
    "language": N_("Language"),
}
ABOUT: Mapping[str, str] = {
    "sexual": N_("Between adults, from romance to explicit scenes."),
    "violence": N_("Fights, wounds, war and torture, told in detail."),
    "drugs": N_("Use and its consequences. Recipes and doses are another matter."),
    "selfharm": N_("Characters who hurt themselves or think of ending their lives."),
    "trauma": N_("Abuse, assault and what it leaves behind."),
    "language": N_("Swearing, slurs and insults in what characters say."),
}
LEVELS: Mapping[str, str] = {
    "writes": N_("Writes it"),
    "framing": N_("Writes it with framing"),
    "refuses": N_("Often refuses"),
    "forbids": N_("The vendor forbids it"),
    "unknown": N_("Unknown"),
}
SHAPES: Mapping[str, str] = {
    "writes": "ok",
    "framing": "ok",
    "refuses": "warn",
    "forbids": "bad",
    "unknown": "untested",
}
"""A shape of the style sheet for each level."""
POLICY, SEEN, REPORTED = "policy", "seen", "reported"
KINDS: Mapping[str, str] = {
    POLICY: N_("Vendor policy"),
    SEEN: N_("Seen by the team"),
}
"""What a member's entry may be."""
