"""What each official client gets from each dialect; docs/clients.md is made from it.

`python -m tests.contract.matrix.table` writes that page.
"""

from __future__ import annotations

from pathlib import Path

from aiconnect.adapters import ADAPTERS
from aiconnect.adapters.types import Target
from aiconnect.providers import PROVIDERS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "clients.md"

ROWS = {
    dialect: next(s for s, r in PROVIDERS.items() if r.dialect == dialect) for dialect in ADAPTERS
}
"""One provider for each dialect: the first row that speaks it."""

FEATURES = {
    "text": "Text",
    "tools": "Tools",
    "image": "Pictures",
    "schema": "JSON of a schema",
    "thinking": "Thoughts",
    "context": "Too long",
    "refusal": "Refusals",
}
REAL = {
    "text": "Text",
    "stream": "Streamed",
    "schema": "JSON of a schema",
    "context": "Too long",
}
"""What is asked of the real llama.cpp server."""

WIRES = {
    "openai": "openai.chat",
    "openai (responses)": "openai.responses",
    "anthropic": "anthropic.messages",
    "ollama": "ollama.chat",
}
"""Each client, and what it speaks."""

FINISH = {
    "openai": {
        "stop": "stop",
        "length": "length",
        "tool_calls": "tool_calls",
        "content_filter": "content_filter",
    },
    "openai (responses)": {
        "stop": "completed",
        "length": "max_output_tokens",
        "tool_calls": "completed",
        "content_filter": "content_filter",
    },
    "anthropic": {
        "stop": "end_turn",
        "length": "max_tokens",
        "tool_calls": "tool_use",
        "content_filter": "refusal",
    },
    "ollama": {"stop": "stop", "length": "length", "tool_calls": "stop", "content_filter": "stop"},
}
"""What a client calls the reason of an end; some have no word for some of them."""

NO_WORD = {"ollama"}
"""Dialects whose providers have no word for a refusal: it comes as text."""


ABOUT_REAL = (
    "## With a real llama.cpp server",
    "",
    "The tables above are of fakes that speak as the providers do. This one is of llama.cpp itself",
    "with a small model.",
)


def native(client: str, dialect: str) -> bool:
    """Whether this client's own wire is spoken by the provider, so that bytes pass through."""
    row = PROVIDERS[ROWS[dialect]]
    target = Target(row.slug, row, row.base_url or "https://provider.example/v1")
    return ADAPTERS[row.dialect].endpoint(target, WIRES[client], "m") is not None


def cell(client: str, dialect: str, feature: str) -> str:
    """What the page says: `passes`, `translated`, or what becomes of it."""
    if feature == "context":
        return "400"
    if feature == "refusal" and (client in NO_WORD or dialect in NO_WORD):
        return "as text"
    return "passes" if native(client, dialect) else "translated"


def page() -> str:
    """The whole page."""
    lines = [
        "# Which client gets what from which provider",
        "",
        "The official Python clients were run against every dialect, whole and streamed; each cell",
        "is a test. *passes*: bytes go through as they are. *translated*: read and written anew.",
        "*400*: the caller is told in its own dialect, with the provider's words. *as text*: one",
        "of the two sides has no word for a refusal. This page is made by",
        "`python -m tests.contract.matrix.table`. Thoughts are shown where a provider tells them.",
    ]
    for client in WIRES:
        heads = ["Dialect", *FEATURES.values()]
        lines += ["", f"## The `{client}` client", "", _row(heads), _row(["---"] * len(heads))]
        for dialect, slug in ROWS.items():
            cells = [cell(client, dialect, feature) for feature in FEATURES]
            lines.append(_row([PROVIDERS[slug].name, *cells]))
    heads = ["Client", *REAL.values()]
    lines += ["", *ABOUT_REAL, "", _row(heads), _row(["---"] * len(heads))]
    for client in WIRES:
        way = "passes" if native(client, "llamacpp") else "translated"
        lines.append(_row([f"`{client}`", *(_real(way, asked) for asked in REAL)]))
    return "\n".join(lines) + "\n"


def _real(way: str, asked: str) -> str:
    return "400" if asked == "context" else way


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page())
