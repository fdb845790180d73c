"""What Ollama's clients ask before they chat: which models there are, and what they can do."""

from __future__ import annotations

from collections.abc import Iterable

from aiconnect.adapters.dialects import ollama
from aiconnect.calls.request import named, read_json
from aiconnect.gateway.answers import json_answer
from aiconnect.gateway.endpoints.calling import StartResponse, admitted
from aiconnect.gateway.endpoints.listing import Entry, entries, entry
from aiconnect.gateway.parts import Parts
from aiconnect.gateway.requests import Environ, read_body


def tags(parts: Parts, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """GET /api/tags: what this access token may use."""
    found = entries(parts.snapshot(), admitted(parts, environ))
    return json_answer(environ, start_response, ollama.tags(_listed(one) for one in found))


def show(parts: Parts, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """POST /api/show: what is known of one model; `name` is what `model` was called before."""
    caller = admitted(parts, environ)
    body = read_json(read_body(environ, parts.limits.body_bytes))
    name = named(body.get("model") or body.get("name"))
    found = entry(parts.snapshot(), caller, name)
    return json_answer(environ, start_response, ollama.show(_listed(found)))


def version(_parts: Parts, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """GET /api/version: asked by clients to see whether a server is there; needs no token."""
    return json_answer(environ, start_response, ollama.version())


def _listed(one: Entry) -> ollama.Listed:
    return ollama.Listed(one.name, one.made, one.card)
