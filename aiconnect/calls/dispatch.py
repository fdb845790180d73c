"""One call from its begin to its settling, whoever carries its bytes (a thread or the relay)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiconnect.adapters.types import Usage
from aiconnect.calls.budgets.holding import Held
from aiconnect.calls.journal import Journal, LedgerFull
from aiconnect.calls.limits import Hold
from aiconnect.calls.plan import Attempt
from aiconnect.calls.snapshot import Caller
from aiconnect.calls.texts import Words
from aiconnect.errors import CallError
from aiconnect.ids import uuid7

BYTES_PER_TOKEN = 4
NAME_LENGTH = 200
MOST_TRIES = 12
TRIED_LENGTH = 60

UNREACHED = {
    "provider_unreachable", "address_refused", "provider_paused", "connection_limited",
    "token_limited", "person_limited", "cannot_carry", "budget_spent", "budget_held",
    "unpriced_model", "spend_frozen",
}  # fmt: skip
"""Where no provider has seen the call, nothing is owed for it; nor for one that was refused."""
REFUSALS = {
    "provider_auth", "provider_no_credit", "ledger_full", "no_capacity", "provider_paused",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settled:
    """How a call ended, for those who count; seconds and tokens, None where unknown."""

    connection: str
    outcome: str
    status: int | None
    seconds: float
    first_seconds: float | None
    usage: Usage | None


class Asked(Protocol):
    """A request whose words can be weighed."""

    @property
    def estimated_tokens(self) -> int:
        """About how many tokens a model makes of it."""


def nobody(_settled: Settled) -> None:
    """Counts nothing."""


@dataclass(slots=True)
class Call:
    """A call under way. `settle` may be called from any end of it; only the first one counts.

    `model` is the name that was asked for; `attempts` counts the requests that were sent;
    `asked` is what the caller asked, where its tokens may have to be estimated;
    `tries` are those that failed, and steps that were skipped: [connection, model, why, ms].
    `holds` are what the limits of its caller have set aside, `attempt_hold` what those of the
    connection have that is being asked. `held` is what budgets have set aside for that attempt.
    `words` are what it asks and is answered, None where that is not kept.
    """

    journal: Journal
    caller: Caller
    model: str
    is_stream: bool
    attempt: Attempt | None = None
    id: str = field(default_factory=uuid7)
    wire: str = "openai.chat"
    attempts: int = 0
    request_bytes: int = 0
    asked: Asked | None = None
    tries: list[list[Any]] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    attempt_hold: Hold | None = None
    held: Held | None = None
    words: Words | None = None
    observe: Callable[[Settled], None] = nobody
    began: float = field(default_factory=time.monotonic)
    _at: int = 0
    _first: float | None = None
    _is_open: bool = False
    _is_late: bool = False
    _is_settled: bool = False
    _has_asked: bool = False

    def begin(self) -> None:
        """Write the begin, once. Raises CallError `ledger_full` for calls that may cost money.

        A free attempt goes on then, and is written down once there is room.
        """
        if self._is_open:
            return
        self._has_asked = True
        self.stamp()
        try:
            self.journal.begin({"k": "b", **self._facts()})
            self._is_open = True
        except LedgerFull:
            if self.attempt is not None and not self.attempt.opened.is_free:
                raise CallError("ledger_full") from None
            self._is_late = self.attempt is not None

    def stamp(self) -> int:
        """When it is counted to have begun, in milliseconds since the epoch: the same each time."""
        self._at = self._at or time.time_ns() // 1_000_000
        return self._at

    def mark_first(self) -> None:
        """The first content is here."""
        if self._first is None:
            self._first = time.monotonic()

    def note(self, name: str, why: str, ms: int | None = None) -> None:
        """Write down a step that was skipped (no `ms`), or an attempt that failed after so long."""
        if len(self.tries) < MOST_TRIES:
            connection, _, model_id = name.partition("/")
            self.tries.append([connection, _short(model_id, TRIED_LENGTH), why, ms])

    def settle(
        self,
        outcome: str,
        *,
        status: int | None,
        code: str | None = None,
        usage: Usage | None = None,
        estimated: bool = False,
    ) -> None:
        """Write the end, once."""
        if self._is_settled:
            return
        self._is_settled = True
        now = time.monotonic()
        self._let_go(usage, is_free=outcome == "refused" or code in UNREACHED)
        self.observe(self._settled(outcome, status, usage, now))
        if not self._is_open and not self._is_late:
            if self.held is not None:
                self.held.release()
            return
        facts = self._facts()
        facts["f"] = facts["f"] or outcome == "refused" or code in UNREACHED
        stated = usage.cost if usage else None
        self._write({
            "k": "e", **facts,
            "ms": self._ms(now), "ft": self._ms(self._first),
            "o": outcome, "st": status, "cd": code, "n": self.attempts,
            "u": _parts(usage) if usage else None, "es": estimated,
            "ud": (dict(usage.details) or None) if usage else None,
            "gm": usage.generation_ms if usage else None,
            "sc": None if stated is None else str(stated), "tr": self.tries or None,
        })  # fmt: skip
        if self.words is not None:
            self.words.give(self.id, self.stamp())

    def _write(self, line: dict[str, Any]) -> None:
        """Into the journal, after budgets know of it: what the ledger has must be held no more."""
        write = self.journal.end if self._is_open else self.journal.later
        if self.held is None:
            return write(line)
        line["hd"] = self.held.amount
        try:
            self.held.settle(line)
        finally:
            write(line)

    def settle_estimated(
        self, outcome: str, *, status: int | None, output: int, code: str | None = None
    ) -> None:
        """Write the end of a call whose usage the provider never told: words stand for tokens."""
        size = self.request_bytes // BYTES_PER_TOKEN
        given = self.asked.estimated_tokens if self.asked else size
        usage = Usage(input=given, output=output)
        self.settle(outcome, status=status, code=code, usage=usage, estimated=True)

    def settle_error(self, error: CallError) -> None:
        """Write a call that failed before anything reached the caller, begun or not."""
        if not self._has_asked:
            self._begin_anyway()
        if self.words is not None:
            self.words.fail(error)
        outcome = "refused" if error.status < 500 or error.code in REFUSALS else "failed"
        self.settle(outcome, status=error.status, code=error.code)

    def _begin_anyway(self) -> None:
        """A call that ends before it has begun is written down too, where there is room."""
        with suppress(CallError):
            self.begin()

    def _let_go(self, usage: Usage | None, *, is_free: bool) -> None:
        """Tell the limits what was used; where nothing was said, what they set aside stays."""
        for hold in (*self.holds, *([self.attempt_hold] if self.attempt_hold else [])):
            if is_free:
                hold.release()
            else:
                hold.settle(sum(part or 0 for part in _parts(usage)) if usage else 0)

    def _settled(
        self, outcome: str, status: int | None, usage: Usage | None, now: float
    ) -> Settled:
        connection = self.attempt.opened.name if self.attempt else ""
        first = None if self._first is None else self._first - self.began
        return Settled(connection, outcome, status, now - self.began, first, usage)

    def _ms(self, moment: float | None) -> int | None:
        return None if moment is None else round((moment - self.began) * 1000)

    def _facts(self) -> dict[str, Any]:
        opened = self.attempt.opened if self.attempt else None
        model = self.attempt.model_id if self.attempt else self.model
        return {
            "id": self.id, "at": self._at, "s": self.is_stream, "m": _short(model),
            "p": self.caller.person_id, "pn": self.caller.person,
            "t": self.caller.token_id, "tn": self.caller.token_name,
            "c": opened.id if opened else None, "cn": opened.name if opened else "",
            "f": opened.is_free if opened else True, "rb": self.request_bytes,
            "as": _short(self.model), "w": self.wire,
        }  # fmt: skip


def _short(name: str, length: int = NAME_LENGTH) -> str:
    """A name that an end has room for: beyond ASCII a letter takes up to twelve bytes."""
    return name[:length] if name.isascii() else name[: length // 4]


def _parts(usage: Usage) -> list[int | None]:
    return [usage.input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning]
