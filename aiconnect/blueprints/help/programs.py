"""The programs whose settings the help has: what each is, and when its own words were looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from aiconnect.errors import N_

PLACEHOLDER = "aic_your_access_token"
"""What stands in the settings for an access token: help never shows a real one."""

CHATS, EDITORS, LIBRARIES = N_("Chat programs"), N_("Editors and agents"), N_("Libraries")
LOOKED_UP = date(2026, 11, 23)
"""When the names of their settings were last compared with what their makers say."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program: its name, its kind, what it needs, and where its maker writes about that.

    `adds_v1`: it wants the address without /v1 at its end, and adds that itself, or /api.
    """

    name: str
    group: str
    lede: str
    docs_url: str
    adds_v1: bool = False
    looked_up: date = LOOKED_UP


PROGRAMS: Mapping[str, Program] = {
    "open-webui": Program(
        "Open WebUI",
        CHATS,
        N_("One connection gives everybody there the models of one access token."),
        "https://docs.openwebui.com/getting-started/quick-start/connect-a-provider/starting-with-openai/",
    ),
    "sillytavern": Program(
        "SillyTavern",
        CHATS,
        N_("As a custom source of chat completions."),
        "https://docs.sillytavern.app/usage/api-connections/openai/",
    ),
    "continue": Program(
        "Continue",
        EDITORS,
        N_("The extension for VS Code and JetBrains, by an entry in its config.yaml."),
        "https://docs.continue.dev/customize/model-providers/top-level/openai",
    ),
    "zed": Program(
        "Zed",
        EDITORS,
        N_("As an OpenAI-compatible provider of its agent and its inline assistant."),
        "https://zed.dev/docs/ai/use-api-access",
    ),
    "claude-code": Program(
        "Claude Code",
        EDITORS,
        N_("With any model that can use tools, by a few variables."),
        "https://code.claude.com/docs/en/llm-gateway",
        adds_v1=True,
    ),
    "openai-python": Program(
        "openai (Python)",
        LIBRARIES,
        N_("The package that OpenAI makes, for every model here."),
        "https://github.com/openai/openai-python",
    ),
    "openai-js": Program(
        "openai (JavaScript)",
        LIBRARIES,
        N_("The package that OpenAI makes for Node, Deno and Bun, for every model here."),
        "https://github.com/openai/openai-node",
    ),
    "anthropic": Program(
        "anthropic (Python, JavaScript)",
        LIBRARIES,
        N_("The packages that Anthropic makes, for every model here and not Claude alone."),
        "https://github.com/anthropics/anthropic-sdk-python",
        adds_v1=True,
    ),
    "ollama": Program(
        "ollama (Python, JavaScript)",
        LIBRARIES,
        N_("The packages that Ollama makes, and programs that call an Ollama server."),
        "https://github.com/ollama/ollama-python",
        adds_v1=True,
    ),
    "curl": Program(
        "curl",
        N_("Command line"),
        N_("To see that a call works, in each of the three ways a program may speak."),
        "https://curl.se/docs/manpage.html",
    ),
}
"""Slug of its page to the program; their order is that of the list."""
