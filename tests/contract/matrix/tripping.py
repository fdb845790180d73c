"""Two turns with a tool between them, as each official client's own documentation writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anthropic
import ollama
import openai

from tests.contract.matrix.asking import QUESTION, TOOL

RESULT = "Rain."
ASKED = {"role": "user", "content": QUESTION}
Then = Callable[[], None]
"""Called between the turns."""


def by_chats(client: openai.OpenAI, model: str, then: Then, *, stream: bool) -> str:
    tools: Any = [{"type": "function", "function": TOOL}]
    turns: list[Any] = [ASKED]
    chats = client.chat.completions
    if stream:
        with chats.stream(model=model, messages=turns, tools=tools) as events:
            said = events.get_final_completion().choices[0].message
    else:
        said = chats.create(model=model, messages=turns, tools=tools).choices[0].message
    [call] = said.tool_calls or []
    then()
    turns += [said, {"role": "tool", "tool_call_id": call.id, "content": RESULT}]
    return chats.create(model=model, messages=turns, tools=tools).choices[0].message.content or ""


def by_responses(client: openai.OpenAI, model: str, then: Then, *, stream: bool) -> str:
    asked: Any = {
        "model": model,
        "tools": [{"type": "function", "strict": False, **TOOL}],
        "store": False,
        "include": ["reasoning.encrypted_content"],
    }
    turns: list[Any] = [ASKED]
    if stream:
        with client.responses.stream(input=turns, **asked) as events:
            output = events.get_final_response().output
    else:
        output = client.responses.create(input=turns, **asked).output
    [call] = [item for item in output if item.type == "function_call"]
    then()
    result = {"type": "function_call_output", "call_id": call.call_id, "output": RESULT}
    text: str = client.responses.create(input=[*turns, *output, result], **asked).output_text
    return text


def by_messages(client: anthropic.Anthropic, model: str, then: Then, *, stream: bool) -> str:
    tool = {"name": TOOL["name"], "input_schema": TOOL["parameters"]}
    asked: Any = {"model": model, "max_tokens": 500, "tools": [tool]}
    turns: list[Any] = [ASKED]
    if stream:
        with client.messages.stream(messages=turns, **asked) as events:
            said = events.get_final_message()
    else:
        said = client.messages.create(messages=turns, **asked)
    [use] = [block for block in said.content if block.type == "tool_use"]
    then()
    result = {"type": "tool_result", "tool_use_id": use.id, "content": RESULT}
    turns += [{"role": "assistant", "content": said.content}, {"role": "user", "content": [result]}]
    [block] = client.messages.create(messages=turns, **asked).content
    return block.text


def by_ollama(client: ollama.Client, model: str, then: Then, *, stream: bool) -> str:
    tools: Any = [{"type": "function", "function": TOOL}]
    turns: list[Any] = [ASKED]
    if stream:
        lines = list(client.chat(model=model, messages=turns, tools=tools, stream=True))
        [said] = [line.message for line in lines if line.message.tool_calls]
    else:
        said = client.chat(model=model, messages=turns, tools=tools).message
    [call] = said.tool_calls or []
    then()
    turns += [said, {"role": "tool", "content": RESULT, "tool_name": call.function.name}]
    return client.chat(model=model, messages=turns, tools=tools).message.content or ""
