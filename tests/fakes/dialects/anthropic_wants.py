"""What Anthropic refuses: its API says so in its reference (read 2026-11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

FIELDS = {
    "model", "max_tokens", "messages", "system", "stream", "stop_sequences", "tools", "tool_choice",
    "thinking", "output_config", "cache_control", "metadata", "service_tier", "speed",
    "inference_geo", "container", "temperature", "top_p", "top_k",
}  # fmt: skip
ROLES = {"user", "assistant"}


def fault(body: Any, *, needs_limit: bool, takes_unknown: bool) -> str | None:
    """Why it would be refused; None where it is taken."""
    return next(_faults(body, needs_limit=needs_limit, takes_unknown=takes_unknown), None)


def _faults(body: Any, *, needs_limit: bool, takes_unknown: bool) -> Iterator[str]:
    if needs_limit and not isinstance(body.get("max_tokens"), int):
        yield "max_tokens: Field required"
    for name in body:
        if name not in FIELDS and not takes_unknown:
            yield f"{name}: Extra inputs are not permitted"
    turns = body.get("messages")
    if not isinstance(turns, list) or not turns:
        yield "messages: at least one message is required"
        return
    if turns[0].get("role") != "user":
        yield 'messages: first message must use the "user" role'
    for at, turn in enumerate(turns):
        yield from _turn(turn, f"messages.{at}")
    yield from _unanswered(turns)


def _turn(turn: Any, place: str) -> Iterator[str]:
    if turn.get("role") not in ROLES:
        yield f"{place}.role: Input should be 'user' or 'assistant'"
    for block in _blocks(turn):
        if block["type"] == "text" and not block["text"]:
            yield f"{place}: text content blocks must be non-empty"


def _unanswered(turns: list[Any]) -> Iterator[str]:
    """Every call is answered at the begin of the next turn, and nothing else is."""
    for at, (before, after) in enumerate(zip([{}, *turns], [*turns, {}], strict=True)):
        calls = {block["id"] for block in _blocks(before) if block["type"] == "tool_use"}
        kinds = [block["type"] == "tool_result" for block in _blocks(after)]
        results = {block["tool_use_id"] for block in _blocks(after)[: sum(kinds)]
                   if block["type"] == "tool_result"}  # fmt: skip
        if calls != results:
            yield f"messages.{at}: `tool_use` ids were found without `tool_result` blocks"


def _blocks(turn: Any) -> list[Any]:
    content = turn.get("content", [])
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
