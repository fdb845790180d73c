"""What we write for OpenAI's callers, as the official client's own types read it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from openai.types import Completion as TextCompletion
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel

from aiconnect.adapters.chat import (
    Chat,
    Completion,
    Embed,
    Embedded,
    Finished,
    SignatureDelta,
    Started,
    TextDelta,
    ThinkingDelta,
    ToolArguments,
    ToolStart,
)
from aiconnect.adapters.dialects.openai import OpenAIChat, OpenAICompletions, OpenAIEmbeddings
from aiconnect.adapters.types import Usage
from tests.adapters.openai_values import answering, completions, events_in

DELTAS = [
    Started("c", "m"), ThinkingDelta("Hm."), SignatureDelta("s"), TextDelta("x"),
    ToolStart(0, "", "f"), ToolArguments(0, "{}"),
]  # fmt: skip
ASKED = answering(Chat("m", wants_usage=True))


def strictly(kind: type[BaseModel], value: Any) -> Any:
    """Read without any leniency: the client itself takes what it is given."""
    return kind.model_validate_json(json.dumps(value), strict=True)


@given(completions())
def test_a_whole_answer_is_one_to_the_client(completion: Completion) -> None:
    read = strictly(ChatCompletion, OpenAIChat().complete(completion, answering()))
    assert read.choices[0].finish_reason == completion.finish


def test_every_chunk_is_one_to_the_client() -> None:
    writer = OpenAIChat().writer(ASKED)
    out = b"".join([writer.write(delta) for delta in DELTAS])
    out += writer.end(Finished("tool_calls"), Usage(input=1, output=2))
    chunks = [strictly(ChatCompletionChunk, one) for one in events_in(out)]
    assert [choice.finish_reason for one in chunks for choice in one.choices][-1] == "tool_calls"
    assert chunks[-1].usage.total_tokens == 3


def test_an_older_completion_is_one_to_the_client() -> None:
    writer = OpenAICompletions().writer(ASKED)
    out = b"".join([writer.write(delta) for delta in DELTAS])
    out += writer.end(Finished("stop"), Usage(input=1, output=2))
    chunks = [strictly(TextCompletion, one) for one in events_in(out)[1:]]
    assert chunks[-1].usage.total_tokens == 3
    assert events_in(out)[0]["choices"][0]["text"] == "x"


@pytest.mark.parametrize("as_base64", [False, True])
def test_vectors_are_some_to_the_client(as_base64: bool) -> None:
    written = OpenAIEmbeddings().complete(
        Embedded(((1.0, 2.5),), "m"), Embed("m", ("x",), as_base64=as_base64)
    )
    if not as_base64:
        assert strictly(CreateEmbeddingResponse, written).data[0].embedding == [1.0, 2.5]
    else:
        assert isinstance(written["data"][0]["embedding"], str)
