"""Which endpoint answers at which path, and in which dialect."""

from __future__ import annotations

from aiconnect.errors import CallError
from aiconnect.gateway.endpoints import counting, ollama, openai, watching
from aiconnect.gateway.endpoints.calling import Endpoint, calling
from aiconnect.gateway.requests import Environ, speaks_anthropic

ENDPOINTS: dict[str, tuple[str, Endpoint]] = {
    "/v1/models": ("GET", openai.list_models),
    "/v1/chat/completions": ("POST", calling("openai.chat")),
    "/v1/completions": ("POST", calling("openai.completions")),
    "/v1/embeddings": ("POST", calling("openai.embeddings")),
    "/v1/responses": ("POST", calling("openai.responses")),
    "/v1/moderations": ("POST", calling("openai.moderations")),
    "/v1/images/generations": ("POST", calling("openai.images.generations")),
    "/v1/images/edits": ("POST", calling("openai.images.edits")),
    "/v1/images/variations": ("POST", calling("openai.images.variations")),
    "/v1/audio/speech": ("POST", calling("openai.audio.speech")),
    "/v1/audio/transcriptions": ("POST", calling("openai.audio.transcriptions")),
    "/v1/audio/translations": ("POST", calling("openai.audio.translations")),
    "/v1/messages": ("POST", calling("anthropic.messages")),
    "/v1/messages/count_tokens": ("POST", counting.count_tokens),
    "/api/chat": ("POST", calling("ollama.chat")),
    "/api/generate": ("POST", calling("ollama.generate")),
    "/api/embed": ("POST", calling("ollama.embed")),
    "/api/tags": ("GET", ollama.tags),
    "/api/show": ("POST", ollama.show),
    "/api/version": ("GET", ollama.version),
    "/openapi.json": ("GET", watching.show_description),
    "/metrics": ("GET", watching.show_metrics),
}
MISPLACED = {
    path.removeprefix("/v1")
    for path, (method, _) in ENDPOINTS.items()
    if path.startswith("/v1/") and method == "POST"
}
"""What clients of OpenAI ask for where /v1 is missing from their base URL: told so, in JSON."""
PREFIXES: dict[str, tuple[str, Endpoint]] = {openai.MODELS: ("GET", openai.show_model)}


def endpoint_of(environ: Environ) -> Endpoint:
    """What answers this request. Raises CallError (404, 405)."""
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    found = ENDPOINTS.get(path) or next((PREFIXES[p] for p in PREFIXES if path.startswith(p)), None)
    if found is None:
        raise CallError("unknown_path", path=path[:200])
    if found[0] != method and not (found[0] == "GET" and method == "HEAD"):
        raise CallError("method_not_allowed", path=path[:200], method=method)
    return found[1]


def dialect_of(environ: Environ) -> str:
    """The dialect that errors are told in at this path."""
    path: str = environ["PATH_INFO"]
    if path.startswith("/api/"):
        return "ollama"
    is_anthropic = path.startswith("/v1/messages") or speaks_anthropic(environ)
    return "anthropic" if is_anthropic else "openai"
