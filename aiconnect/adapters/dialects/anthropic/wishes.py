"""Tools, thinking and formats of a request in Anthropic's words into values (read 2026-11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiconnect.adapters.chat import Effort, Format, Tool, ToolChoice
from aiconnect.adapters.dialects.anthropic.wrong import (
    a_count,
    a_string,
    a_string_or_nothing,
    an_object,
    bad,
    objects,
)
from aiconnect.errors import CannotCarry

Body = Mapping[str, Any]
EFFORTS: Mapping[str, Effort] = {
    "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max",
}  # fmt: skip


def tools(body: Body) -> tuple[Tool, ...]:
    """The tools; raises CannotCarry for those that run at Anthropic."""
    if body.get("tools") is None:
        return ()
    found = objects(body["tools"], "tools")
    return tuple(_tool(one, f"tools[{at}]") for at, one in enumerate(found))


def _tool(one: Body, place: str) -> Tool:
    kind = a_string_or_nothing(one.get("type"), f"{place}.type")
    if kind not in {"", "custom"}:
        raise CannotCarry(f"the tool type {kind[:60]}")
    schema, mark = one.get("input_schema"), one.get("cache_control")
    strict = one.get("strict")
    return Tool(
        name=a_string(one.get("name"), f"{place}.name"),
        description=a_string_or_nothing(one.get("description"), f"{place}.description"),
        schema=None if schema is None else an_object(schema, f"{place}.input_schema"),
        strict=strict if isinstance(strict, bool) else None,
        cache=None if mark is None else an_object(mark, f"{place}.cache_control"),
    )


def tool_choice(body: Body) -> tuple[ToolChoice | None, bool | None]:
    """The choice, and False where one call at once is wanted."""
    if body.get("tool_choice") is None:
        return None, None
    chosen = an_object(body["tool_choice"], "tool_choice")
    parallel = False if chosen.get("disable_parallel_tool_use") is True else None
    match chosen.get("type"):
        case "auto" | "any" | "none" as mode:
            return ToolChoice(mode), parallel
        case "tool":
            return ToolChoice("any", (a_string(chosen.get("name"), "tool_choice.name"),)), parallel
    raise bad("`tool_choice.type` must be auto, any, tool or none.")


@dataclass(frozen=True, slots=True)
class Thought:
    """What is asked of the thinking, in the names of `Chat`."""

    effort: Effort | None = None
    thinking_tokens: int | None = None
    shows_thinking: bool | None = None


def thinking(body: Body) -> Thought:
    """How hard to think. Adaptive thinking without a word for it is `high`, as at Anthropic."""
    asked = an_object(body.get("thinking") or {}, "thinking")
    effort = _effort(body)
    shown = {"summarized": True, "omitted": False}.get(str(asked.get("display")))
    match asked.get("type"):
        case None:
            return Thought(effort)
        case "adaptive":
            return Thought(effort or "high", shows_thinking=shown)
        case "enabled":
            tokens = a_count(asked.get("budget_tokens"), "thinking.budget_tokens")
            return Thought(effort, tokens, shown)
        case "disabled" | "between_tools":
            return Thought("none")
    raise bad("`thinking.type` must be adaptive, enabled, disabled or between_tools.")


def _effort(body: Body) -> Effort | None:
    asked = output_config(body).get("effort")
    if asked is None:
        return None
    effort = EFFORTS.get(asked) if isinstance(asked, str) else None
    if effort is None:
        raise bad("`output_config.effort` must be low, medium, high, xhigh or max.")
    return effort


def output_config(body: Body) -> Body:
    """The object `output_config`, or an empty one."""
    return an_object(body.get("output_config") or {}, "output_config")


def answer_format(body: Body) -> Format | None:
    """The schema that the answer is held to."""
    asked = output_config(body).get("format")
    if asked is None:
        return None
    stated = an_object(asked, "output_config.format")
    if stated.get("type") != "json_schema":
        raise bad("`output_config.format.type` must be json_schema.")
    return Format(an_object(stated.get("schema"), "output_config.format.schema"))
