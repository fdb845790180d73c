"""The ollama client, by its own chats."""

from __future__ import annotations

from typing import Any

import ollama

from tests.contract.matrix.asking import PICTURE, QUESTION, SCHEMA, TOOL, Client, Said


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

    def with_thinking(self) -> dict[str, Any]:
        return {"think": True}

    def limited(self, tokens: int) -> dict[str, Any]:
        return {"options": {"num_predict": tokens}}

    def _body(self, model: str, more: dict[str, Any]) -> dict[str, Any]:
        return {"model": model, "messages": [{"role": "user", "content": QUESTION}], **more}

    def whole(self, model: str, more: dict[str, Any]) -> Said:
        return self._said([self._client.chat(**self._body(model, more))])

    def streamed(self, model: str, more: dict[str, Any]) -> Said:
        return self._said(list(self._client.chat(**self._body(model, more), stream=True)))

    def _said(self, lines: list[Any]) -> Said:
        assert [line.done for line in lines] == [False] * (len(lines) - 1) + [True]
        text = "".join(line.message.content or "" for line in lines)
        thought = "".join(line.message.thinking or "" for line in lines)
        calls = [call for line in lines for call in line.message.tool_calls or []]
        tool = (calls[0].function.name, calls[0].function.arguments) if calls else None
        tokens = (lines[-1].prompt_eval_count or 0, lines[-1].eval_count or 0)
        return Said(text, thought, tool, lines[-1].done_reason, tokens)
