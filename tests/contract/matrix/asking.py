"""What an official client is asked to do, whichever it is, and what comes back."""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
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
    "properties": {"planted_city": {"type": "string", "enum": ["Oslo", "Lima"]}},
    "required": ["planted_city"],
    "additionalProperties": False,
}
QUESTION = "What is the weather like?"


@dataclass(frozen=True)
class Said:
    """What came back.

    `thought` is what is shown of it, `tool` is (name, arguments), `status` is that of a refusal.
    """

    text: str = ""
    thought: str = ""
    tool: tuple[str, Any] | None = None
    finish: str = ""
    tokens: tuple[int, int] = (0, 0)
    status: int = 200
    code: str = ""


class BrokenOffError(Exception):
    """What a client is told by an event for which it raises nothing of its own."""


BROKEN = (openai.APIError, anthropic.APIError, ollama.ResponseError, BrokenOffError)
"""What each client raises at an error in the midst of a stream."""


class Client(ABC):
    """One official client: what it adds to ask for a feature is in `with_…`."""

    name: ClassVar[str]
    _client: Any

    def close(self) -> None:
        self._client.close()

    def ask(self, model: str, feature: str, *, stream: bool, **more: Any) -> Said:
        more = {**getattr(self, f"with_{feature}", dict)(), **more}
        try:
            return (self.streamed if stream else self.whole)(model, more)
        except (openai.APIStatusError, anthropic.APIStatusError) as error:
            body = error.body if isinstance(error.body, dict) else {}
            inner = body.get("error", body)
            return Said(status=error.status_code, code=inner.get("code", ""))
        except ollama.ResponseError as error:
            return Said(status=error.status_code)

    def saying(self, text: str) -> dict[str, Any]:
        """Fields with which this is said instead of the usual question."""
        return {"messages": [{"role": "user", "content": text}]}

    @abstractmethod
    def limited(self, tokens: int) -> dict[str, Any]:
        """Fields with which no more tokens than these come back."""

    @abstractmethod
    def whole(self, model: str, more: dict[str, Any]) -> Said: ...

    @abstractmethod
    def streamed(self, model: str, more: dict[str, Any]) -> Said: ...
