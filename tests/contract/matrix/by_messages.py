"""The anthropic client."""

from __future__ import annotations

from typing import Any

import anthropic

from tests.contract.matrix.asking import PICTURE, QUESTION, SCHEMA, TOOL, Client, Said


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

    def with_thinking(self) -> dict[str, Any]:
        return {"extra_body": {"thinking": {"type": "adaptive", "display": "summarized"}}}

    def limited(self, tokens: int) -> dict[str, Any]:
        return {"max_tokens": tokens}

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
        thought = "".join(b.thinking for b in message.content if b.type == "thinking")
        uses = [block for block in message.content if block.type == "tool_use"]
        tool = (uses[0].name, uses[0].input) if uses else None
        usage = message.usage
        tokens = (usage.input_tokens + (usage.cache_read_input_tokens or 0), usage.output_tokens)
        return Said(text, thought, tool, message.stop_reason, tokens)
