"""The openai client, by chat completions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import openai

from tests.contract.matrix.asking import PICTURE, QUESTION, SCHEMA, TOOL, Client, Said


class OpenAIClient(Client):
    name = "openai"

    def __init__(self, url: str, token: str) -> None:
        self._client = openai.OpenAI(base_url=f"{url}/v1", api_key=token, max_retries=0)

    def with_tools(self) -> dict[str, Any]:
        return {"tools": [{"type": "function", "function": TOOL}]}

    def with_image(self) -> dict[str, Any]:
        picture = {"url": f"data:image/png;base64,{PICTURE}"}
        parts = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": picture}]
        return {"messages": [{"role": "user", "content": parts}]}

    def with_schema(self) -> dict[str, Any]:
        named = {"name": "weather", "schema": SCHEMA, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": named}}

    def with_thinking(self) -> dict[str, Any]:
        return {"reasoning_effort": "low"}

    def limited(self, tokens: int) -> dict[str, Any]:
        return {"max_tokens": tokens}

    def _body(self, model: str, more: dict[str, Any]) -> dict[str, Any]:
        return {"model": model, "messages": [{"role": "user", "content": QUESTION}], **more}

    def whole(self, model: str, more: dict[str, Any]) -> Said:
        answer = self._client.chat.completions.create(**self._body(model, more))
        choice = answer.choices[0]
        calls = choice.message.tool_calls or []
        tool = (calls[0].function.name, json.loads(calls[0].function.arguments)) if calls else None
        usage = (answer.usage.prompt_tokens, answer.usage.completion_tokens)
        text, thought = choice.message.content or "", _thought(choice.message)
        return Said(text, thought, tool, choice.finish_reason, usage)

    def streamed(self, model: str, more: dict[str, Any]) -> Said:
        chunks = list(
            self._client.chat.completions.create(
                **self._body(model, more), stream=True, stream_options={"include_usage": True}
            )
        )
        deltas = [one.delta for chunk in chunks for one in chunk.choices]
        calls = [call for delta in deltas for call in delta.tool_calls or []]
        finishes = [o.finish_reason for c in chunks for o in c.choices if o.finish_reason]
        assert len(finishes) == 1
        usage = next(chunk.usage for chunk in reversed(chunks) if chunk.usage)
        tokens = (usage.prompt_tokens, usage.completion_tokens)
        text = "".join(delta.content or "" for delta in deltas)
        thought = "".join(_thought(delta) for delta in deltas)
        return Said(text, thought, _joined(calls), finishes[0], tokens)


def _thought(said: Any) -> str:
    """OpenAI has no field for thoughts; the client keeps those that other hosts write."""
    extra: dict[str, Any] = said.model_extra
    return extra.get("reasoning_content") or extra.get("reasoning") or ""


def _joined(calls: Iterable[Any]) -> tuple[str, Any] | None:
    functions = [call.function for call in calls]
    if not functions:
        return None
    name = next(one.name for one in functions if one.name)
    return name, json.loads("".join(one.arguments or "" for one in functions))
