"""What the adapters of fixed addresses share: an API that is there, and lists of many pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from typing_extensions import override

from aiconnect.adapters import cards, failures
from aiconnect.adapters.base import Conversation
from aiconnect.adapters.openai import NO_LIST, OpenAI, looks
from aiconnect.adapters.said import is_page
from aiconnect.adapters.types import Target
from aiconnect.adapters.values import parse
from aiconnect.errors import ProviderError
from aiconnect.wire.types import HttpCall, Reply

MOST_PAGES = 50
Entries = list[Mapping[str, Any]]


class CloudAPI(OpenAI):
    """A provider of its own dialect. Its address is fixed, so nothing is searched for."""

    kind_path = "/models"

    @override
    def kind(self, target: Target) -> Conversation[Mapping[str, str]]:
        reply = yield self.get(target, self.kind_path, with_key=False)
        if self.speaks(reply):
            return looks(reply)
        if is_page(reply) and reply.status < 500:
            raise failures.page(reply)
        # xAI and Gemini answer 400 and 403 where a key is missing.
        if reply.status == 400 and isinstance(parse(reply.body), dict):
            return {}
        if reply.status in NO_LIST | {200}:
            raise ProviderError("wrong_path", status=reply.status, facts=_facts(target, reply))
        raise self.failure(reply)

    def every_page(
        self, call: HttpCall, following: Callable[[Mapping[str, Any]], str]
    ) -> Conversation[Entries]:
        """The entries of all pages. `following` finds the next page's address in one, or "".

        At most 50 pages and so many models as a list may have; an address on another host, or
        one that was asked before, ends it: the key goes to no other place.
        """
        found: Entries = []
        asked: set[str] = set()
        while call.url not in asked and len(asked) < MOST_PAGES and len(found) < cards.MOST:
            asked.add(call.url)
            reply = yield call
            found += self.entries(reply)
            body = parse(reply.body)
            url = following(body) if isinstance(body, dict) else ""
            call = replace(call, url=_same_host(call.url, url) or call.url)
        return found[: cards.MOST]


def _same_host(asked: str, url: str) -> str:
    try:
        whole = urlsplit(urljoin(asked, url))
    except ValueError:
        return ""
    here = urlsplit(asked)
    is_here = (whole.scheme, whole.netloc) == (here.scheme, here.netloc)
    return whole.geturl() if is_here and whole.geturl().isprintable() else ""


def _facts(target: Target, reply: Reply) -> dict[str, str]:
    return {"path": urlsplit(target.base_url).path or "/", "status": str(reply.status)}
