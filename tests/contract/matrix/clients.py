"""The official clients that programs use, each told to ask the same things in its own way."""

from __future__ import annotations

import base64
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import anthropic
import ollama
import openai

PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"planted picture").decode()
TOOL = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
SCHEMA = {
    "type": "object",
    "properties": {"planted_city": {"type": "string"}},
    "required": ["planted_city"],
    "additionalProperties": False,
}
QUESTION = "What is the weather like?"


@dataclass(frozen=True)
class Said:
    """What came back. `tool` is (name, arguments); `status` is that of a refusal."""

    text: str = ""
    tool: tuple[str, Any] | None = None
    finish: str = ""
    tokens: tuple[int, int] = (0, 0)
    status: int = 200
    code: str = ""


class Client(ABC):
    """One official client. `features` are text, tools, image, schema, context, refusal."""

    name: ClassVar[str]

    def ask(self, model: str, feature: str, *, stream: bool) -> Said:
        more = getattr(self, f"with_{feature}", dict)()
        try:
            return (self.streamed if stream else self.whole)(model, more)
        except (openai.APIStatusError, anthropic.APIStatusError) as error:
            body = error.body if isinstance(error.body, dict) else {}
            inner = body.get("error", body)
            return Said(status=error.status_code, code=inner.get("code", ""))
        except ollama.ResponseError as error:
            return Said(status=error.status_code)

    @abstractmethod
    def whole(self, model: str, more: dict[str, Any]) -> Said: ...

    @abstractmethod
    def streamed(self, model: str, more: dict[str, Any]) -> Said: ...


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

    def _body(self, model: str, more: dict[str, Any]) -> dict[str, Any]:
        return {"model": model, "messages": [{"role": "user", "content": QUESTION}], **more}

    def whole(self, model: str, more: dict[str, Any]) -> Said:
        answer = self._client.chat.completions.create(**self._body(model, more))
        choice = answer.choices[0]
        calls = choice.message.tool_calls or []
        tool = (calls[0].function.name, json.loads(calls[0].function.arguments)) if calls else None
        usage = (answer.usage.prompt_tokens, answer.usage.completion_tokens)
        return Said(choice.message.content or "", tool, choice.finish_reason, usage)

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
        said = "".join(delta.content or "" for delta in deltas)
        return Said(said, _joined(calls), finishes[0], tokens)


def _joined(calls: Iterable[Any]) -> tuple[str, Any] | None:
    functions = [call.function for call in calls]
    if not functions:
        return None
    name = next(one.name for one in functions if one.name)
    return name, json.loads("".join(one.arguments or "" for one in functions))


class AnthropicClient(Client):
    name = "anthropic"

    def __init__(self, url: str, token: str) -> None:
        self._client = anthropic.Anthropic(base_url=url, api_key=token, max_retries=0)

    def with_tools(self) -> dict[str, Any]:
        tool = {"name": TOOL["name"], "description": TOOL["description"]}
        return {"tools": [{**tool, "input_schema": TOOL["parameters"]}]}

    def with_image(self) -> dict[str, Any]:
        source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
        parts = [{"type": "image", "source": source}, {"type": "text", "text": QUESTION}]
        return {"messages": [{"role": "user", "content": parts}]}

    def with_schema(self) -> dict[str, Any]:
        wanted = {"format": {"type": "json_schema", "schema": SCHEMA}}
        return {"extra_body": {"output_config": wanted}}

    def _body(self, model: str, more: dict[str, Any]) -> dict[str, Any]:
        asked = [{"role": "user", "content": QUESTION}]
        return {"model": model, "max_tokens": 500, "messages": asked, **more}

    def whole(self, model: str, more: dict[str, Any]) -> Said:
        return self._said(self._client.messages.create(**self._body(model, more)))

    def streamed(self, model: str, more: dict[str, Any]) -> Said:
        with self._client.messages.stream(**self._body(model, more)) as stream:
            kinds = [event.type for event in stream]
            assert kinds.count("message_stop") == 1
            return self._said(stream.get_final_message())

    def _said(self, message: Any) -> Said:
        text = "".join(block.text for block in message.content if block.type == "text")
        uses = [block for block in message.content if block.type == "tool_use"]
        tool = (uses[0].name, uses[0].input) if uses else None
        tokens = (message.usage.input_tokens, message.usage.output_tokens)
        return Said(text, tool, message.stop_reason, tokens)


class OllamaClient(Client):
    name = "ollama"

    def __init__(self, url: str, token: str) -> None:
        self._client = ollama.Client(host=url, headers={"Authorization": f"Bearer {token}"})

    def with_tools(self) -> dict[str, Any]:
        return {"tools": [{"type": "function", "function": TOOL}]}

    def with_image(self) -> dict[str, Any]:
        return {"messages": [{"role": "user", "content": QUESTION, "images": [PICTURE]}]}

    def with_schema(self) -> dict[str, Any]:
        return {"format": SCHEMA}

    def _body(self, model: str, more: dict[str, Any]) -> dict[str, Any]:
        return {"model": model, "messages": [{"role": "user", "content": QUESTION}], **more}

    def whole(self, model: str, more: dict[str, Any]) -> Said:
        return self._said([self._client.chat(**self._body(model, more))])

    def streamed(self, model: str, more: dict[str, Any]) -> Said:
        return self._said(list(self._client.chat(**self._body(model, more), stream=True)))

    def _said(self, lines: list[Any]) -> Said:
        assert [line.done for line in lines] == [False] * (len(lines) - 1) + [True]
        text = "".join(line.message.content or "" for line in lines)
        calls = [call for line in lines for call in line.message.tool_calls or []]
        tool = (calls[0].function.name, calls[0].function.arguments) if calls else None
        tokens = (lines[-1].prompt_eval_count or 0, lines[-1].eval_count or 0)
        return Said(text, tool, lines[-1].done_reason, tokens)


CLIENTS = (OpenAIClient, AnthropicClient, OllamaClient)
