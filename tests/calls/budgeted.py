"""What tests of budgets share: calls, attempts and prices without a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiconnect.adapters.types import ModelCard, Target
from aiconnect.calls.budgets import Budget
from aiconnect.calls.budgets.spending import Spending
from aiconnect.calls.dispatch import Call
from aiconnect.calls.journal import Journal
from aiconnect.calls.plan import Attempt
from aiconnect.calls.request import Request, read
from aiconnect.calls.snapshot import Caller, Opened, Snapshot
from aiconnect.errors import Withheld
from aiconnect.providers import PROVIDERS

MEL = Caller(7, "program", 3, "mel@example.org")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Rates:
    """Nano-dollars per token in and out, by model; None: nobody knows."""

    of: Mapping[str, tuple[int, int] | None]

    def bound(
        self,
        _id: int | None,
        _connection: str,
        model: str,
        _at: datetime,
        inward: int,
        outward: int,
    ) -> int | None:
        rates = self.of.get(model)
        return None if rates is None else inward * rates[0] + outward * rates[1]

    def owed(self, line: Mapping[str, Any]) -> int | None:
        rates, tokens = self.of.get(line["m"]), line["u"]
        if line["f"] or rates is None or not tokens:
            return 0 if line["f"] else None
        return (tokens[0] or 0) * rates[0] + (tokens[3] or 0) * rates[1]


RATES = Rates({"dear": (0, 10), "cheap": (0, 1), "free": (0, 0), "read": (1, 0)})


def budget(limit: int, **more: Any) -> Budget:
    given: dict[str, Any] = {
        "id": 1, "name": "all", "scope": "team", "target_id": None, "period": "total", "zone": UTC,
    }  # fmt: skip
    return Budget(limit=limit, **{**given, **more})


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def attempt(model: str, slug: str = "compatible", **more: Any) -> Attempt:
    opened = {name: more.pop(name) for name in ("flat_fee",) if name in more}
    target = Target("paid", PROVIDERS[slug], "http://127.0.0.1:1/v1")
    return Attempt(Opened(5, "paid", target, **opened), model, **more)


def request(wire: str = "openai.chat", **body: Any) -> Request:
    said = {"model": "x", "messages": [{"role": "user", "content": "Hi"}], **body}
    return read(wire, json.dumps(said).encode(), {})


class Desk:
    """A process' counting, and calls that ask it."""

    def __init__(self, folder: Path, *budgets: Budget, frozen: bool = False) -> None:
        self.now = NOON
        self.journal = Journal(folder / "journal", "writer", segment_bytes=1024 * 1024)
        self.spending = Spending(now=lambda: ms(self.now))
        self.follow(*budgets, frozen=frozen)

    def follow(self, *budgets: Budget, frozen: bool = False) -> None:
        picture = Snapshot(1, budgets=budgets, prices=RATES, frozen=frozen)
        self.spending.follow(picture)

    def call(self, caller: Caller = MEL) -> Call:
        made = Call(self.journal, caller, "x", is_stream=False)
        made._at = ms(self.now)
        return made

    def ask(
        self, call: Call, model: str | Attempt, *, is_last: bool = True, **body: Any
    ) -> Withheld | None:
        """Why the attempt does not go out; it has begun where it does."""
        one = attempt(model) if isinstance(model, str) else model
        asked = request(**{"max_tokens": 10, **body})
        try:
            self.spending.hold(call, one, asked, len(asked.raw), is_last=is_last)
        except Withheld as error:
            return error
        call.attempt = one
        call.begin()
        return None

    def held(self, budget_id: int = 1) -> int:
        return self.spending.present(budget_id)[1]


def card(**more: Any) -> ModelCard:
    return ModelCard("x", **more)
