"""Providers that give out a key to whoever signs in there, in the place of pasting one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from urllib.parse import urljoin

from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret


@dataclass(frozen=True, slots=True)
class OAuth:
    """How a provider does it: PKCE, without a client id.

    `page` and `key_page` are on the host of the provider's row, `exchange` is below its base URL:
    nothing of a sign-in goes to another host. `key_page` has a place for the SHA-256 of the key.
    """

    slug: str
    page: str
    exchange: str
    key_page: str

    def page_url(self, row: Provider) -> str:
        """Where a person signs in."""
        return urljoin(row.base_url, self.page)

    def exchange_url(self, row: Provider) -> str:
        """Where a code becomes a key."""
        return row.base_url + self.exchange

    def key_url(self, row: Provider, key: Secret) -> str:
        """Where the owner of a key sees its limits, and deletes it."""
        named = self.key_page.format(sha256=sha256(key.reveal().encode()).hexdigest())
        return urljoin(row.base_url, named)


# https://openrouter.ai/docs/guides/overview/auth/oauth, read in autumn 2026.
OPENROUTER = OAuth("openrouter", "/auth", "/auth/keys", "/keys/{sha256}")

OAUTHS: Mapping[str, OAuth] = MappingProxyType({one.slug: one for one in (OPENROUTER,)})
