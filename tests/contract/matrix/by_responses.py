"""The openai client, by the API that OpenAI recommends now."""

from __future__ import annotations

import json
from typing import Any

import openai

from tests.contract.matrix.asking import (
    PICTURE,
    QUESTION,
    SCHEMA,
    TOOL,
    BrokenOffError,
    Client,
    Said,
)

ENDS = {"response.completed", "response.incomplete", "response.failed"}


class ResponsesClient(Client):
    name = "openai (responses)"

    def __init__(self, url: str, token: str) -> None:
        self._client = openai.OpenAI(base_url=f"{url}/v1", api_key=token, max_retries=0)

    def with_tools(self) -> dict[str, Any]:
        return {"tools": [{"type": "function", "strict": False, **TOOL}]}

    def with_image(self) -> dict[str, Any]:
        url = f"data:image/png;base64,{PICTURE}"
        parts = [
            {"type": "input_text", "text": QUESTION},
            {"type": "input_image", "image_url": url, "detail": "auto"},
        ]
        return {"input": [{"role": "user", "content": parts}]}

    def with_schema(self) -> dict[str, Any]:
        named = {"type": "json_schema", "name": "weather", "schema": SCHEMA, "strict": True}
        return {"text": {"format": named}}

    def with_thinking(self) -> dict[str, Any]:
        return {"reasoning": {"effort": "low", "summary": "auto"}}

    def saying(self, text: str) -> dict[str, Any]:
        return {"input": text}

    def limited(self, tokens: int) -> dict[str, Any]:
        return {"max_output_tokens": tokens}

    def _body(self, model: str, more: dict[str, Any]) -> dict[str, Any]:
        return {"model": model, "input": QUESTION, "store": False, **more}

    def whole(self, model: str, more: dict[str, Any]) -> Said:
        return self._said(self._client.responses.create(**self._body(model, more)))

    def streamed(self, model: str, more: dict[str, Any]) -> Said:
        with self._client.responses.stream(**self._body(model, more)) as stream:
            events = list(stream)
        kinds = [event.type for event in events]
        assert kinds[0] == "response.created"
        assert [kind for kind in kinds if kind in ENDS] == [kinds[-1]]
        if kinds[-1] == "response.failed":
            raise BrokenOffError(events[-1].response.error.message)
        said = self._said(events[-1].response)
        assert said.text == "".join(
            e.delta for e in events if e.type == "response.output_text.delta"
        )
        return said

    def _said(self, answer: Any) -> Said:
        calls = [item for item in answer.output if item.type == "function_call"]
        tool = (calls[0].name, json.loads(calls[0].arguments)) if calls else None
        thoughts = [item for item in answer.output if item.type == "reasoning"]
        thought = "".join(part.text for item in thoughts for part in item.summary)
        finish = answer.incomplete_details.reason if answer.incomplete_details else answer.status
        tokens = (answer.usage.input_tokens, answer.usage.output_tokens)
        return Said(answer.output_text, thought, tool, finish, tokens)
