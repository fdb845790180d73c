"""The older text completions, as programs speak them to providers that chat."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.chat import (
    Chat,
    Completion,
    Message,
    Refusal,
    Text,
    Thinking,
)
from aiconnect.adapters.dialects.base import Translated
from aiconnect.adapters.dialects.openai import OpenAIChatOut, OpenAICompletions
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError, CannotCarry
from tests.adapters.openai_values import DONE, SAMPLES, answering, cut, events_in, json_values


def read(**fields: Any) -> Chat:
    return OpenAICompletions().read({"model": "m", "prompt": "Once", **fields})


@pytest.mark.parametrize("prompt", ["Once", ["Once"]])
def test_a_prompt_is_a_message_of_the_user(prompt: Any) -> None:
    assert read(prompt=prompt).messages == (Message("user", (Text("Once"),)),)


def test_the_usual_fields_are_read() -> None:
    chat = read(max_tokens=5, temperature=0, stop="\n", stream=True, user="ada", frob=1)
    assert (chat.limit, chat.temperature, chat.stop, chat.user) == (5, 0, ("\n",), "ada")
    assert chat.is_stream
    assert chat.dropped == ("frob",)


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": [1, 2]}, {"prompt": ["a", "b"]}, {"prompt": [[1]]}, {"echo": True},
        {"best_of": 2}, {"n": 2}, {"logprobs": 0}, {"suffix": "end"},
    ],
)  # fmt: skip
def test_what_no_chat_can_do_is_not_carried(fields: dict[str, Any]) -> None:
    with pytest.raises(CannotCarry):
        read(**fields)


@pytest.mark.parametrize("prompt", [None, 1, {}, []])
def test_a_prompt_of_another_kind_is_the_callers_fault(prompt: Any) -> None:
    with pytest.raises(CallError, match="`prompt`"):
        read(prompt=prompt)


FIELDS = ["prompt", "echo", "best_of", "n", "logprobs", "suffix", "stop", "max_tokens", "stream"]


@given(st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_any_body_is_a_chat_or_the_callers_fault(body: dict[str, Any]) -> None:
    with suppress(CallError, CannotCarry):
        OpenAICompletions().read(body)


def test_an_answer_holds_the_text_alone() -> None:
    parts = (Thinking("Hm."), Text("upon"), Refusal(" no"))
    written = OpenAICompletions().complete(
        Completion(parts, "length", model="x", usage=Usage(input=1, output=2)), answering()
    )
    assert written["object"] == "text_completion"
    assert written["id"] == "cmpl-01-a"
    assert written["choices"] == [
        {"text": "upon no", "index": 0, "logprobs": None, "finish_reason": "length"}
    ]
    assert written["usage"]["total_tokens"] == 3


@given(st.lists(st.integers(0, 3000), max_size=10))
def test_a_stream_holds_the_text_alone(places: list[int]) -> None:
    data = (SAMPLES / "translate/stream.anthropic_thinking.as_openai.sse").read_bytes()
    chat = Chat("m", wants_usage=True)
    stream = Translated(OpenAIChatOut().reader(), OpenAICompletions().writer(answering(chat)))
    out = b"".join(stream.feed(piece) for piece in cut(data, places)) + stream.end()
    *said, finish, usage = events_in(out)
    assert "".join(one["choices"][0]["text"] for one in said) == "Blue scatters most."
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert usage["usage"]["total_tokens"] == 83
    assert out.endswith(DONE)


def test_where_it_is_spoken_the_body_goes_through() -> None:
    body = {"model": "a/b", "prompt": [1, 2], "stream": True, "frob": 1}
    assert OpenAICompletions().prepare(body, "b") == {
        "model": "b", "prompt": [1, 2], "stream": True, "frob": 1,
        "stream_options": {"include_usage": True},
    }  # fmt: skip
