"""What programs that speak Ollama ask about models before they chat (docs.ollama.com, 2026-11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from aiconnect.adapters.types import ModelCard

VERSION = "0.12.0"
"""The version of Ollama whose API this is.

Programs compare it with the first one that has what they need, and refuse to work with an older
one: abilities in `/api/show`, thinking and its levels, models that run elsewhere. This one has all
of that, and no API of Ollama's that came later is served at `/api`.
"""
ABILITIES = {"tools": "tools", "vision": "vision", "reasoning": "thinking", "insert": "insert",
             "audio": "audio"}  # fmt: skip
KINDS = {"chat": "completion", "embedding": "embedding", "image": "image"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A model as programs see it: its name here, when it came (seconds since 1970), its facts."""

    name: str
    made: int
    card: ModelCard


def version() -> dict[str, str]:
    """The answer of `GET /api/version`."""
    return {"version": VERSION}


def tags(models: Iterable[Listed]) -> dict[str, Any]:
    """The answer of `GET /api/tags`, newest first."""
    ordered = sorted(models, key=lambda one: one.made, reverse=True)
    return {"models": [_tag(one) for one in ordered]}


def show(model: Listed) -> dict[str, Any]:
    """The answer of `POST /api/show`."""
    return {
        "parameters": "",
        "template": "",
        "details": _details(model.card),
        "model_info": _facts(model.card),
        "capabilities": _capabilities(model.card),
        "modified_at": _moment(model.made),
    }


def _tag(model: Listed) -> dict[str, Any]:
    """The digest is of the name: there is no file, and programs only compare it."""
    window = {"context_length": model.card.context} if model.card.context else {}
    return {
        "name": model.name,
        "model": model.name,
        "modified_at": _moment(model.made),
        "size": model.card.size or 0,
        "digest": sha256(model.name.encode(errors="replace")).hexdigest(),
        "details": _details(model.card) | window,
        "capabilities": _capabilities(model.card),
    }


def _details(card: ModelCard) -> dict[str, Any]:
    family = card.family or ""
    return {
        "parent_model": "",
        "format": "",
        "family": family,
        "families": [family] if family else [],
        "parameter_size": card.parameters or "",
        "quantization_level": card.quantization or "",
    }


def _facts(card: ModelCard) -> dict[str, Any]:
    kind = card.family or "unknown"
    window = {f"{kind}.context_length": card.context} if card.context else {}
    return {"general.architecture": kind} | window


def _capabilities(card: ModelCard) -> list[str]:
    kind = KINDS.get(card.type)
    able = [ABILITIES[one] for one in card.capabilities if one in ABILITIES]
    return ([kind] if kind else []) + able


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
