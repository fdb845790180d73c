"""OpenAI's API, as OpenAI and the many servers that imitate it speak it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from typing_extensions import override

from aiconnect.adapters import cards, failures, list_prices
from aiconnect.adapters.base import Adapter, Conversation, origin, trimmed
from aiconnect.adapters.dialects.base import Outbound
from aiconnect.adapters.dialects.openai import OpenAIChatOut
from aiconnect.adapters.said import is_page, read_error
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.adapters.usage import read_usage
from aiconnect.adapters.values import parse, text
from aiconnect.errors import ProviderError
from aiconnect.providers.spec import Family
from aiconnect.wire.types import Reply

__all__ = ["OpenAI", "read_usage"]

# Who puts what into `owned_by` of its model list.
OWNERS = {"library": "Ollama", "organization_owner": "LM Studio", "llamacpp": "llama.cpp"}
REFUSALS = {401, 402, 403, 429}
NO_LIST = {400, 404, 405, 501}
USUAL_PATHS = ("/v1", "/api/v1", "/openai/v1")


class OpenAI(Adapter):
    """Lists at /models, chats at /chat/completions, both below the base URL."""

    outbound: ClassVar[Outbound] = OpenAIChatOut()

    @override
    def root(self, base_url: str) -> str:
        base = base_url.rstrip("/")
        return base if urlsplit(base).path else base + "/v1"

    @override
    def chat_url(self, target: Target) -> str:
        return self.base(target) + "/chat/completions"

    @override
    def kind(self, target: Target) -> Conversation[Mapping[str, str]]:
        reply = yield self.get(target, _list_path(target), with_key=False)
        if self.speaks(reply) or _guards(target, reply):
            return looks(reply)
        if is_page(reply) and reply.status < 500:
            raise failures.page(reply)
        if reply.status not in NO_LIST | {200}:
            raise self.failure(reply)
        # A call without a model costs nothing, and tells an API without a list from no API.
        reply = yield self.post(target, "/chat/completions", {}, with_key=False)
        if self._refuses_well(reply) or _guards(target, reply):
            return {"list": "none"}
        return (yield from self._search(target))

    @override
    def models(self, target: Target) -> Conversation[tuple[ModelCard, ...]]:
        reply = yield self.get(target, _list_path(target))
        listed = self.entries(reply)
        return list_prices.priced(cards.cards(listed), listed, target.provider.list_prices)

    def entries(self, reply: Reply) -> list[Mapping[str, Any]]:
        """The entries of a list in OpenAI's shape; raises ProviderError."""
        bad = self.answers_badly(reply)
        if bad is not None:
            raise no_list(bad) if reply.status in NO_LIST else as_list_failure(bad)
        found = cards.read_list(parse(reply.body))
        if found is None:
            raise ProviderError("wrong_path", status=200, facts={"status": "200"})
        return found

    def speaks(self, reply: Reply) -> bool:
        """Whether this reply to a list call comes from such an API: a list, or a key is wanted."""
        if is_page(reply):
            return False
        body = parse(reply.body)
        if reply.status in REFUSALS:
            return body is not None or reply.status == 401
        is_list = cards.read_list(body) is not None
        return reply.status == 200 and is_list and not read_error(reply).is_error

    def _refuses_well(self, reply: Reply) -> bool:
        is_json = isinstance(parse(reply.body), dict)
        return is_json and reply.status in {400, 401, 403, 422}

    def _search(self, target: Target) -> Conversation[Mapping[str, str]]:
        """Look where such an API usually is; the base URL that answers is offered."""
        failed = ProviderError("wrong_path", facts={"path": urlsplit(target.base_url).path or "/"})
        for base in self._other_bases(target.base_url):
            try:
                reply = yield self.get(replace(target, base_url=base), "/models", with_key=False)
            except ProviderError:
                continue
            if self.speaks(reply):
                failed.finding = replace(
                    failed.finding, facts={**failed.finding.facts, "try": base}
                )
                break
        raise failed

    def _other_bases(self, base_url: str) -> Iterator[str]:
        asked = self.root(base_url)
        shorter = trimmed(base_url, "/v1", "/api", "/openai")
        usual = (shorter + "/v1", *(origin(base_url) + path for path in USUAL_PATHS))
        yield from (base for base in dict.fromkeys(usual) if base != asked)


def _guards(target: Target, reply: Reply) -> bool:
    """Whether the provider's own host asks for a key; some do with a web page (Perplexity)."""
    row = target.provider
    is_own = row.family is not Family.LOCAL and origin(target.base_url) == origin(row.base_url)
    return is_own and reply.status == 401


def _list_path(target: Target) -> str:
    return target.provider.list_path or "/models"


def looks(reply: Reply) -> dict[str, str]:
    """What a list that needs no key shows about its server."""
    if reply.status != 200:
        return {}
    facts = {"open": "yes"}  # the list proves no key
    owners = {text(e.get("owned_by")) for e in cards.read_list(parse(reply.body)) or ()}
    server = next((OWNERS[owner] for owner in OWNERS if owner in owners), None)
    return facts | ({"looks_like": server} if server else {})


def no_list(error: ProviderError) -> ProviderError:
    """A list call that is not offered: the key may be fine, and models can be entered by hand."""
    if error.code not in {"wrong_path", "request_refused", "model_not_found", "provider_down"}:
        return error
    return ProviderError("no_model_list", status=error.status, facts=error.finding.facts)


def as_list_failure(error: ProviderError) -> ProviderError:
    """A key that only may not list models works for all else."""
    if not failures.may_not_list(error):
        return error
    facts = {**error.finding.facts, "reason": "permission"}
    return ProviderError("no_model_list", status=error.status, facts=facts)
