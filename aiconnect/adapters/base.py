"""What every adapter can do, and how it asks: as a conversation, without a socket of its own."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

from aiconnect.adapters import failures
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.adapters.values import parse
from aiconnect.errors import ProviderError
from aiconnect.secret import Secret
from aiconnect.wire.types import HttpCall, Reply

Found = TypeVar("Found")

# Yields a call, is sent its reply (or thrown a ProviderError), returns what it found.
Conversation = Generator[HttpCall, Reply, Found]

JSON = {"Accept": "application/json"}


class Adapter(ABC):
    """Speaks one dialect. Pure: calls out as values, replies in as values."""

    @abstractmethod
    def root(self, base_url: str) -> str:
        """The address that paths are added to, whichever way a person wrote it."""

    @abstractmethod
    def kind(self, target: Target) -> Conversation[Mapping[str, str]]:
        """Find out, without sending the key, that this is the right kind of server.

        Returns facts about it; raises ProviderError wrong_kind, wrong_path, not_an_api …
        """

    @abstractmethod
    def models(self, target: Target) -> Conversation[tuple[ModelCard, ...]]:
        """List the models with the key; raises ProviderError."""

    @abstractmethod
    def chat_url(self, target: Target) -> str:
        """Where chat completions are asked for."""

    def chat_headers(self, target: Target) -> Mapping[str, Secret]:
        """The headers that carry the key."""
        auth, secret = target.provider.auth, target.secret
        return {auth.header: Secret(auth.prefix + secret.reveal())} if secret else {}

    def chat_call(self, target: Target, body: bytes | None = None) -> HttpCall:
        """A chat completion to be sent."""
        headers = {"Content-Type": "application/json"}
        url, secrets = self.chat_url(target), self.chat_headers(target)
        return HttpCall("POST", url, headers, secrets, body)

    def get(self, target: Target, path: str, *, with_key: bool = True) -> HttpCall:
        """A GET of a path below the root."""
        url = self.root(target.base_url) + path
        return HttpCall("GET", url, JSON, self.chat_headers(target) if with_key else {})

    def post(self, target: Target, path: str, body: object, *, with_key: bool = True) -> HttpCall:
        """A POST of JSON to a path below the root."""
        return HttpCall(
            "POST",
            self.root(target.base_url) + path,
            {**JSON, "Content-Type": "application/json"},
            self.chat_headers(target) if with_key else {},
            json.dumps(body).encode(),
        )

    def failure(self, reply: Reply, secrets: Iterable[Secret] = ()) -> ProviderError:
        """The finding for a reply that is not what was asked for."""
        return failures.failure(reply, secrets)

    def answers_badly(self, reply: Reply) -> ProviderError | None:
        """None for a reply of status 200 with JSON that is no error; else what it means."""
        if reply.status == 200 and failures.is_page(reply):
            return failures.page(reply)
        if reply.status != 200 or failures.read_error(reply).is_error:
            return self.failure(reply)
        if parse(reply.body) is None:
            return ProviderError("unknown_answer", status=200, facts=_how(reply))
        return None


def trimmed(base_url: str, *ends: str) -> str:
    """The base URL without a slash and without any of these ends."""
    base = base_url.rstrip("/")
    end = next((end for end in ends if base.lower().endswith(end)), None)
    return trimmed(base[: -len(end)], *ends) if end else base


def origin(base_url: str) -> str:
    """Scheme and host alone."""
    parts = urlsplit(base_url)
    return urlunsplit((parts.scheme, parts.netloc, "", "", ""))


def _how(reply: Reply) -> dict[str, str]:
    return {"status": str(reply.status), "type": reply.content_type or "none"}
