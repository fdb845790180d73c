"""A fake of OpenRouter's own site: the page where a person allows, and the API behind it.

It keeps to the facts: PKCE with S256, codes that work once for the verifier of their challenge,
an answer in JSON. `/auth` shows two links, as a person would press them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from urllib.parse import parse_qs, quote

from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider, Reach
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.server import Fake

PAGE = """<!doctype html><html lang="en"><title>OpenRouter</title><h1>{title}</h1>{body}</html>"""
MODELS = ("anthropic/claude-opus-4.5", "openai/gpt-5.1", "qwen/qwen3-8b:free")


@dataclass
class Code:
    """A code that was given out: for which challenge, and whether it is used or too old."""

    challenge: str
    is_used: bool = False
    is_old: bool = False


class OpenRouterSite(Fake):
    """The site. `answer_exchange` takes the place of the next answers of the exchange."""

    slug = "openrouter"
    base_path = "/api/v1"

    def calm(self) -> None:
        super().calm()
        self.codes: dict[str, Code] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.account: dict[str, Any] = {"limit": None, "limit_remaining": None, "usage": 0.42}
        self.answer_exchange: Callable[[Request], Answer] | None = None

    @property
    def root(self) -> str:
        """By name: to a browser it is another site than aiconnect at 127.0.0.1."""
        return f"http://localhost:{self.port}"

    @property
    def row(self) -> Provider:
        """The provider's row, leading here."""
        return replace(PROVIDERS["openrouter"], base_url=self.url, reach=Reach.LOCAL)

    def give_code(self, challenge: str) -> str:
        """A code, as after allowing."""
        code = "auth_code_" + secrets.token_urlsafe(24)
        self.codes[code] = Code(challenge)
        return code

    def age_codes(self) -> None:
        """Make every code too old."""
        for code in self.codes.values():
            code.is_old = True

    def add_key(self) -> str:
        """A key of its account."""
        key = "sk-or-v1-" + secrets.token_hex(32)
        self.keys[key] = {}
        return key

    def answers(self) -> dict[str, Callable[[Request], Answer]]:
        return {
            "GET /auth": self._page,
            "GET /allowed": self._allowed,
            "POST /api/v1/auth/keys": self._exchange,
            "GET /api/v1/key": self._key,
            "GET /api/v1/models": self._models,
            "GET /api/v1/models/user": self._models,
            "POST /api/v1/chat/completions": self._chat,
        }

    def key_refusal(self, request: Request) -> Answer | None:
        """Each answer judges the key for itself: the list of models is public."""
        return None

    def _page(self, request: Request) -> Answer:
        asked = _query(request)
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            return _html("Invalid parameters", "", 400)
        back = asked.get("callback_url", "")
        allow = f"/allowed?challenge={asked['code_challenge']}&back={quote(back, safe='')}"
        links = f'<a href="{escape(allow)}">Authorize</a>'
        if back:
            links += f' <a href="{escape(_with(back, "error", "access_denied"))}">Deny</a>'
        return _html("Authorize aiconnect", links)

    def _allowed(self, request: Request) -> Answer:
        asked = _query(request)
        code, back = self.give_code(asked["challenge"]), asked.get("back", "")
        if back:
            return Answer(302, headers={"location": _with(back, "code", code)})
        return _html("Your code", f"<p><code>{code}</code></p>")

    def _exchange(self, request: Request) -> Answer:
        if self.answer_exchange is not None:
            return self.answer_exchange(request)
        said = json.loads(request.body)
        if said.get("code_challenge_method") != "S256":
            return _error(400, "Invalid code_challenge_method")
        code = self.codes.get(said.get("code", ""))
        if code is None or code.is_used or code.challenge != _challenge(said["code_verifier"]):
            return _error(403, "Invalid code or code_verifier")
        if code.is_old:
            return _error(403, "Authorization code expired")
        code.is_used = True
        return as_json({"key": self.add_key(), "user_id": "user_2abc"})

    def _key(self, request: Request) -> Answer:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if key not in self.keys:
            return _error(401, "User not found.")
        label = f"{key[:12]}...{key[-3:]}"
        usual = {"label": label, "is_free_tier": False, "limit_reset": None, "expires_at": None}
        return as_json({"data": usual | self.account})

    def _models(self, request: Request) -> Answer:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if request.path.endswith("/user") and key not in self.keys:
            return _error(401, "No auth credentials found")
        return as_json({"data": [_model(one) for one in MODELS]})

    def _chat(self, request: Request) -> Answer:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if key not in self.keys:
            return _error(401, "User not found.")
        message = {"role": "assistant", "content": "Rain again."}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
        return as_json({"id": "gen-1", "model": MODELS[0], "choices": [choice], "usage": usage})


def _query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.query).items()}


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _with(url: str, name: str, value: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{name}={quote(value)}"


def _html(title: str, body: str, status: int = 200) -> Answer:
    page = PAGE.format(title=title, body=body).encode()
    return Answer(status, page, "text/html; charset=utf-8")


def _error(status: int, message: str) -> Answer:
    return as_json({"error": {"code": status, "message": message}}, status)


def _model(model_id: str) -> dict[str, Any]:
    return {
        "id": model_id,
        "name": model_id,
        "created": 1_760_000_000,
        "context_length": 200_000,
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        "pricing": {"prompt": "0.000003", "completion": "0.000015"},
        "top_provider": {"context_length": 200_000, "max_completion_tokens": 32_000},
        "supported_parameters": ["tools"],
    }
