"""What every adapter can do, and how it asks: as a conversation, without a socket of its own."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from typing import ClassVar, TypeVar
from urllib.parse import urlsplit, urlunsplit

from aiconnect.adapters import failures, proving, quirks
from aiconnect.adapters.chat import Chat, Message, Text
from aiconnect.adapters.dialects.base import Outbound
from aiconnect.adapters.said import is_page, read_error
from aiconnect.adapters.types import Account, ModelCard, Target
from aiconnect.adapters.values import parse
from aiconnect.errors import CannotCarry, ProviderError
from aiconnect.providers.spec import Auth
from aiconnect.secret import Secret
from aiconnect.wire.types import HttpCall, Reply

Found = TypeVar("Found")

# Yields a call, is sent its reply (or thrown a ProviderError), returns what it found.
Conversation = Generator[HttpCall, Reply, Found]

JSON = {"Accept": "application/json"}

OPENAI_PATHS: Mapping[str, str] = {
    "openai.chat": "/chat/completions",
    "openai.completions": "/completions",
    "openai.embeddings": "/embeddings",
    "openai.moderations": "/moderations",
    "openai.images.generations": "/images/generations",
    "openai.images.edits": "/images/edits",
    "openai.images.variations": "/images/variations",
    "openai.audio.speech": "/audio/speech",
    "openai.audio.transcriptions": "/audio/transcriptions",
    "openai.audio.translations": "/audio/translations",
}
"""What every server of OpenAI's kind is asked for, below its base; it may still not have it."""

MORE_PATHS: Mapping[str, str] = {"openai.responses": "/responses"}
"""What only a row that says so has."""

SMALLEST = Chat("", (Message("user", (Text("Hi"),)),), limit=1)
"""One word in, at most one token out."""

# The call that proves a key is not there any more: that says nothing about the key.
NO_PROOF = {"wrong_path", "unknown_answer", "model_not_found"}


class Adapter(ABC):
    """Speaks one dialect. Pure: calls out as values, replies in as values."""

    plain_headers: ClassVar[Mapping[str, str]] = JSON

    chat_wire: ClassVar[str] = "openai.chat"
    """The wire that a chat is translated to where the caller's own is not spoken here."""

    outbound: ClassVar[Outbound]
    """How a chat is written on `chat_wire`."""

    embed_wire: ClassVar[str] = "openai.embeddings"
    """The same for embeddings; "" where the provider has none."""

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

    def prove(self, target: Target) -> Conversation[Mapping[str, str]]:
        """Make the cheapest call that proves the key; raises ProviderError where it is refused.

        `{"proven": "yes"}`, or nothing where no call of its own proves it.
        """
        proof = target.provider.proof
        if proof is None or not proving.can_be_asked(target):
            return {}
        is_post = proof.method == "POST"
        reply = yield self.post(target, proof.path, {}) if is_post else self.get(target, proof.path)
        error = self.answers_badly(reply) or proving.useless(proof, reply)
        if proving.is_proven(proof, reply, error):
            return proving.PROVEN
        if error is not None and error.code not in NO_PROOF:
            raise error
        return {}

    def account(self, target: Target) -> Conversation[Account | None]:  # noqa: ARG002
        """Ask what the provider tells about the account; None where it tells nothing."""
        return None
        yield  # a conversation without a call

    def base(self, target: Target) -> str:
        """The root of a target; the address of its own row is right as it is written there."""
        written = target.base_url.rstrip("/")
        is_rows_own = written == target.provider.base_url.rstrip("/")
        return written if is_rows_own else self.root(written)

    def key_headers(self, target: Target) -> Mapping[str, Secret]:
        """The headers of the provider's own calls: the key, and what the connection adds."""
        return with_auth(target, target.provider.auth)

    def chat_headers(self, target: Target) -> Mapping[str, Secret]:
        """The same for chats."""
        return self.key_headers(target)

    def chat_call(self, target: Target, body: bytes | None = None) -> HttpCall:
        """A chat completion to be sent."""
        headers = {"Content-Type": "application/json"}
        url, secrets = self.chat_url(target), self.chat_headers(target)
        return HttpCall("POST", url, headers, secrets, body)

    def endpoint(
        self,
        target: Target,
        wire: str,
        model_id: str = "",  # noqa: ARG002 (part of the path at some)
        *,
        is_stream: bool = False,  # noqa: ARG002 (the same)
    ) -> HttpCall | None:
        """The POST that speaks this wire, without a body; None where it is not spoken here."""
        path = OPENAI_PATHS.get(wire)
        if path is None and wire in target.provider.speaks:
            path = MORE_PATHS.get(wire)
        if path is None:
            return None
        below = self.chat_url(target).removesuffix(OPENAI_PATHS["openai.chat"])
        return HttpCall("POST", below + path, {}, self.chat_headers(target))

    def ask(self, target: Target, chat: Chat, card: ModelCard) -> HttpCall:
        """A chat on `chat_wire`, to be sent; raises CannotCarry."""
        call = self.endpoint(target, self.chat_wire, card.id, is_stream=chat.is_stream)
        if call is None:
            raise CannotCarry("chats")
        body, _ = quirks.apply(
            self.outbound.write(chat, card).body, target.provider.quirks, card.id
        )
        headers = {**call.headers, "Content-Type": "application/json"}
        return replace(call, headers=headers, body=json.dumps(body).encode())

    def one_token(self, target: Target, model_id: str) -> HttpCall:
        """The smallest chat there is: one word in, at most one token out."""
        body = {
            "model": model_id,
            "messages": [{"role": "user", "content": "Hi"}],
            target.provider.limit_field: 1,
        }
        return self.chat_call(target, json.dumps(body).encode())

    def get(self, target: Target, path: str, *, with_key: bool = True) -> HttpCall:
        """A GET of a path below the root, or of a whole address."""
        return HttpCall(
            "GET",
            self.address(target, path),
            self.plain_headers,
            self.key_headers(target) if with_key else {},
        )

    def post(self, target: Target, path: str, body: object, *, with_key: bool = True) -> HttpCall:
        """A POST of JSON to a path below the root, or to a whole address."""
        return HttpCall(
            "POST",
            self.address(target, path),
            {**self.plain_headers, "Content-Type": "application/json"},
            self.key_headers(target) if with_key else {},
            json.dumps(body).encode(),
        )

    def address(self, target: Target, path: str) -> str:
        """A whole address as it is, a path below the root."""
        return path if "://" in path else self.base(target) + path

    def failure(self, reply: Reply, secrets: Iterable[Secret] = ()) -> ProviderError:
        """The finding for a reply that is not what was asked for."""
        return failures.failure(reply, secrets)

    def answers_badly(self, reply: Reply) -> ProviderError | None:
        """None for a reply of status 200 with JSON that is no error; else what it means."""
        if reply.status == 200 and is_page(reply):
            return failures.page(reply)
        if reply.status != 200 or read_error(reply).is_error:
            return self.failure(reply)
        if parse(reply.body) is None:
            return ProviderError("unknown_answer", status=200, facts=_how(reply))
        return None


def with_auth(target: Target, auth: Auth) -> dict[str, Secret]:
    """The headers that a connection adds, and its key, which wins over them."""
    if not target.secret:
        return dict(target.headers)
    added = {name: value for name, value in target.headers.items() if not _is(name, auth.header)}
    return added | {auth.header: Secret(auth.prefix + target.secret.reveal())}


def _is(name: str, other: str) -> bool:
    return name.lower() == other.lower()


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
