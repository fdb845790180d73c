"""OpenAI's list of models, which Anthropic's clients ask for at the same path."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiconnect.adapters.dialects.anthropic import model_object, models_page
from aiconnect.gateway.answers import json_answer
from aiconnect.gateway.endpoints.calling import StartResponse, admitted
from aiconnect.gateway.endpoints.listing import Entry, entries, entry, text
from aiconnect.gateway.parts import Parts
from aiconnect.gateway.requests import Environ, speaks_anthropic

MODELS = "/v1/models/"


def list_models(parts: Parts, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """GET /v1/models: what this access token may use."""
    found = entries(parts.snapshot(), admitted(parts, environ))
    if speaks_anthropic(environ):
        page = models_page(_anthropic(one) for one in found)
    else:
        page = {"object": "list", "data": [_model(one) for one in found]}
    return json_answer(environ, start_response, page)


def show_model(parts: Parts, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """GET /v1/models/{id}: one of them, by any of its names."""
    caller = admitted(parts, environ)
    found = entry(parts.snapshot(), caller, text(environ, MODELS))
    shown = model_object(_anthropic(found)) if speaks_anthropic(environ) else _model(found)
    return json_answer(environ, start_response, shown)


def _model(one: Entry) -> dict[str, Any]:
    return {
        "id": one.name,
        "object": "model",
        "created": one.made,
        "owned_by": one.owner,
        "type": one.card.type,
    }


def _anthropic(one: Entry) -> tuple[str, str, int]:
    return one.name, one.card.name, one.made
