"""What the adapters of local servers share: their kind is certain, or named as another's."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from aiconnect.adapters import failures
from aiconnect.adapters.base import Conversation, trimmed
from aiconnect.adapters.openai import REFUSALS, OpenAI, looks
from aiconnect.adapters.said import is_page
from aiconnect.adapters.types import Target
from aiconnect.errors import ProviderError
from aiconnect.wire.types import Reply


class LocalServer(OpenAI):
    """A server whose own API lies beside /v1, below one root."""

    server = ""

    @override
    def root(self, base_url: str) -> str:
        return trimmed(base_url, "/v1", "/api", "/api/v0")

    @override
    def chat_url(self, target: Target) -> str:
        return self.root(target.base_url) + "/v1/chat/completions"

    def is_other(self, target: Target, reply: Reply) -> Conversation[Mapping[str, str]]:
        """It is not what it should be: find out what it is, and raise that."""
        if is_page(reply) and reply.status < 500:
            raise failures.page(reply)
        if reply.status in REFUSALS:
            # Something in front asks for a key first; what lies behind shows when it is sent.
            return {}
        if reply.status >= 500:
            raise self.failure(reply)
        return (yield from self._name_it(target))

    def _name_it(self, target: Target) -> Conversation[Mapping[str, str]]:
        wanted = {"wanted": self.server}
        greeting = yield self.get(target, "/", with_key=False)
        if b"Ollama is running" in greeting.body[:200]:
            raise ProviderError("wrong_kind", facts=wanted | {"looks_like": "Ollama"})
        listed = yield self.get(target, "/v1/models", with_key=False)
        if not self.speaks(listed):
            raise ProviderError("not_an_api", facts={"status": str(listed.status)})
        found = looks(listed).get("looks_like", "an OpenAI-compatible server")
        raise ProviderError("wrong_kind", facts=wanted | {"looks_like": found})
