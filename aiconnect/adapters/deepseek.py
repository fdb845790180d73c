"""DeepSeek: OpenAI's API and a balance (https://api-docs.deepseek.com, read 2026-11)."""

from __future__ import annotations

from typing_extensions import override

from aiconnect.adapters.base import Conversation, trimmed
from aiconnect.adapters.openai import OpenAI
from aiconnect.adapters.types import Account, Target
from aiconnect.adapters.values import amount, entries, mapping, parse


class DeepSeek(OpenAI):
    """Tells what is left on the account, in the currencies that it is kept in."""

    @override
    def account(self, target: Target) -> Conversation[Account | None]:
        reply = yield self.get(target, trimmed(target.base_url, "/v1") + "/user/balance")
        bad = self.answers_badly(reply)
        if bad is not None:
            raise bad
        kept = entries(mapping(parse(reply.body)).get("balance_infos"))
        dollars = next((one for one in kept if one.get("currency") == "USD"), None)
        return Account(remaining=amount(dollars.get("total_balance"))) if dollars else None
