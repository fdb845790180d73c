"""What is shipped about providers and families of models: little, dated, with where it stands.

Most pages about this are advertisements with invented figures; what only they say is left out.
What nobody has shown is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiconnect.errors import N_
from aiconnect.services.guidance.words import POLICY, REPORTED


@dataclass(frozen=True, slots=True)
class Subject:
    """A provider or a family of models; `note` is what holds in every area."""

    pattern: str
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Row:
    """A shipped line; `dated` is the day, in ISO 8601, on which its source said so."""

    pattern: str
    area: str
    level: str
    kind: str
    dated: str
    source: str
    note: str = ""


SUBJECTS: Sequence[Subject] = (
    Subject(
        "gpt-*", "OpenAI (GPT)",
        N_("Moderates. An adult mode was announced in October 2025 and put off without a date in "
           "March 2026."),
    ),
    Subject(
        "claude-*", "Anthropic (Claude)",
        N_("Moderates. Its usage policy has no exception for adults."),
    ),
    Subject(
        "gemini-*", "Google (Gemini)",
        N_("Filters before and after the model. Some thresholds can be set by a program, some "
           "cannot."),
    ),
    Subject(
        "llama*", "Meta (Llama)",
        N_("The terms are those of Meta's own service. Its open models run elsewhere too."),
    ),
    Subject("grok-*", "xAI (Grok)", N_("The terms of its API were not read for this page.")),
    Subject("mistral-*", "Mistral", N_("Its open models are the base of many tunes for fiction.")),
    Subject("deepseek-*", "DeepSeek", N_("What is reported is about DeepSeek's own API.")),
    Subject(
        "openrouter", "OpenRouter",
        N_("A router: it depends on the model and on who serves it. Some routes are moderated; "
           "those models have the tag Filtered."),
    ),
    Subject("groq", "Groq", N_("Serves open models. Its own policy was not read for this page.")),
    Subject(
        "ollama", "Ollama, LM Studio, llama.cpp",
        N_("On your own machine no provider stands between. Only the model itself can refuse."),
    ),
)  # fmt: skip
TRACKER = N_("A tracker of providers' policies (AI Haven), as it stood that day")
ROWS: Sequence[Row] = (
    Row("gpt-*", "sexual", "forbids", POLICY, "2026-07-05", TRACKER,
        N_("Explicit sexual content is not available.")),
    Row("claude-*", "sexual", "forbids", POLICY, "2026-07-05", TRACKER,
        N_("The usage policy in force since 15 September 2025 bars sexually explicit content.")),
    Row("gemini-*", "sexual", "forbids", POLICY, "2026-07-05", TRACKER,
        N_("Explicit content is prohibited, with some room for art and education.")),
    Row("llama*", "sexual", "forbids", POLICY, "2026-07-05", TRACKER,
        N_("The terms of Meta's own service since 13 May 2026.")),
    Row("gpt-*", "sexual", "refuses", REPORTED, "2026-07-05", N_("Reports of writers"),
        N_("Writers name the risk to the account as well.")),
    Row("claude-*", "violence", "framing", REPORTED, "2026-07-05", N_("Reports of writers"),
        N_("Said to be flexible with dark fiction.")),
)  # fmt: skip
UNFILTERED: Sequence[tuple[str, str]] = (
    ("Rocinante 12B", "both"),
    ("Cydonia 24B", "both"),
    ("Lunaris 8B", "both"),
    ("Euryale 70B", "both"),
    ("Magnum 72B", "both"),
    ("MythoMax 13B", "both"),
    ("Mistral Nemo", "both"),
    ("DeepSeek V3", "openrouter"),
    ("Cydrion 22B", "local"),
    ("DreamGen Lucid", "local"),
)
"""Open models that pages about fiction name again and again, and where one finds them."""
