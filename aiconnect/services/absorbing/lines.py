"""A line of the journal as a row of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect import clock
from aiconnect.models import CostState, Outcome
from aiconnect.models.base import Count, storable
from aiconnect.services import pricing

BYTES_PER_TOKEN = 4
TOKEN_COLUMNS = (
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens",
)  # fmt: skip
TRY = ("connection", "model", "why", "ms")
MOST_TRIES = 100
TRIED_LENGTH = 60
"""As much of a model's name as an attempt is written down with."""
MOST_DETAILS, LONGEST_DETAIL = 30, 40


def begun(line: Mapping[str, Any], writer: str) -> dict[str, Any]:
    """A call under way. Its input is a guess from its size, for the case that it is interrupted."""
    return {
        "id": line["id"],
        "at": clock.from_ms(line["at"]),
        "writer": writer,
        "person_id": line["p"],
        "person": line["pn"],
        "access_token_id": line["t"],
        "access_token": line["tn"],
        "connection_id": line["c"],
        "connection": line["cn"],
        "model": line["m"],
        "asked": line.get("as"),  # lines of the version before have neither this nor a wire
        "wire": line.get("w"),
        "is_stream": line["s"],
        "input_tokens": line["rb"] // BYTES_PER_TOKEN,
        "tokens_estimated": False,
        "cost_state": CostState.FREE if line["f"] else CostState.UNKNOWN,
        "cost": 0 if line["f"] else None,
        "price": None,
        "attempts": 0,
        "tries": None,
    }


def settled(line: Mapping[str, Any], writer: str, book: pricing.Book) -> dict[str, Any]:
    """A call that has ended, with its cost; all but its number."""
    tokens = dict(zip(TOKEN_COLUMNS, line["u"] or [None] * len(TOKEN_COLUMNS), strict=True))
    cost = pricing.settled(line, book)
    return {
        **begun(line, writer),
        **tokens,
        "ended_at": clock.from_ms(line["at"] + (line["ms"] or 0)),
        "outcome": line["o"],
        "code": line["cd"],
        "status": line["st"],
        "tokens_estimated": line["es"],
        "cost": cost.nano,
        "cost_state": cost.state,
        "price": cost.price,
        "latency_ms": line["ms"],
        "first_token_ms": line["ft"],
        "generation_ms": line.get("gm"),  # lines of the version before have none
        "attempts": line["n"],
        "tries": _tries(line.get("tr")),
        "held": line.get("hd"),
        "details": _details(line.get("ud")),
        "is_fallback": line["o"] == Outcome.OK and _fell_back(line),
    }


def _tries(found: object) -> list[list[Any]] | None:
    """The attempts before the last one, as text that every database takes."""
    if not isinstance(found, list):
        return None
    whole = [one for one in found[:MOST_TRIES] if isinstance(one, list) and len(one) == len(TRY)]
    return [list(map(_kept, one)) for one in whole] or None


def _fell_back(line: Mapping[str, Any]) -> bool:
    """Whether another step was tried or skipped before; a repetition of the same one is none."""
    own = (line["cn"], line["m"][:TRIED_LENGTH])
    return any((one[0], one[1]) != own for one in _tries(line.get("tr")) or ())


def _details(found: object) -> dict[str, int] | None:
    """Counts beside those of the columns, by their names."""
    if not isinstance(found, dict):
        return None
    most = Count.most
    counts = {
        storable(name)[:LONGEST_DETAIL]: min(max(count, 0), most)
        for name, count in list(found.items())[:MOST_DETAILS]
        if isinstance(count, int) and not isinstance(count, bool)
    }
    return counts or None


def _kept(part: object) -> object:
    return storable(part)[:300] if isinstance(part, str) else part
