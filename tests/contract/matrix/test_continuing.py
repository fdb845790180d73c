"""A prompt that goes on, at `/v1/completions` and `/api/generate`, from each wire."""

from __future__ import annotations

import json

import ollama
import openai
import pytest

from tests.contract.matrix.conftest import Host

PARTS = ("It rained ", "all night: ", "“wörd”.")
TEXT = "".join(PARTS)
PROMPT = "What was the weather like?"
COUNTS = {"prompt": 20, "completion": 7}


def test_a_completion_is_whole(openai_client: openai.OpenAI, host: Host) -> None:
    host.fake.stream(PARTS, **COUNTS)
    answer = openai_client.completions.create(model=host.model, prompt=PROMPT, max_tokens=50)
    [choice] = answer.choices
    assert (answer.object, choice.text, choice.finish_reason) == ("text_completion", TEXT, "stop")
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (20, 7)
    assert PROMPT in json.dumps(host.sent)


def test_a_streamed_completion_says_the_same(openai_client: openai.OpenAI, host: Host) -> None:
    host.fake.stream(PARTS, **COUNTS)
    options = {"include_usage": True}
    asked = {"model": host.model, "prompt": PROMPT, "max_tokens": 50}
    chunks = list(openai_client.completions.create(**asked, stream=True, stream_options=options))
    choices = [choice for chunk in chunks for choice in chunk.choices]
    assert "".join(choice.text for choice in choices) == TEXT
    assert [choice.finish_reason for choice in choices if choice.finish_reason] == ["stop"]
    assert chunks[-1].usage is not None
    assert (chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens) == (20, 7)


def test_a_cut_completion_does_not_look_finished(openai_client: openai.OpenAI, host: Host) -> None:
    host.fake.stream(PARTS, **COUNTS)
    host.fake.cut_after(2)
    asked = {"model": host.model, "prompt": PROMPT, "max_tokens": 50}
    chunks = openai_client.completions.create(**asked, stream=True)
    seen = []
    with pytest.raises(openai.APIError) as failure:
        seen.extend(choice for chunk in chunks for choice in chunk.choices)
    assert failure.value.code == "provider_broke"
    assert "".join(choice.text for choice in seen) == "".join(PARTS[:2])
    assert {choice.finish_reason for choice in seen} == {None}


def test_what_is_generated_is_whole(ollama_client: ollama.Client, host: Host) -> None:
    host.fake.stream(PARTS, **COUNTS)
    answer = ollama_client.generate(model=host.model, prompt=PROMPT, system="Be short.")
    assert (answer.response, answer.done, answer.done_reason) == (TEXT, True, "stop")
    assert (answer.prompt_eval_count, answer.eval_count) == (20, 7)
    assert PROMPT in json.dumps(host.sent)
    assert "Be short." in json.dumps(host.sent)


def test_what_is_generated_is_streamed(ollama_client: ollama.Client, host: Host) -> None:
    host.fake.stream(PARTS, **COUNTS)
    lines = list(ollama_client.generate(model=host.model, prompt=PROMPT, stream=True))
    assert "".join(line.response for line in lines) == TEXT
    assert [line.done for line in lines] == [False] * (len(lines) - 1) + [True]
    assert (lines[-1].prompt_eval_count, lines[-1].eval_count) == (20, 7)


def test_what_is_generated_may_be_held_to_a_schema(
    ollama_client: ollama.Client, host: Host
) -> None:
    host.fake.answer('{"planted_city": "Oslo"}')
    schema = {"type": "object", "properties": {"planted_city": {"type": "string"}}}
    answer = ollama_client.generate(model=host.model, prompt=PROMPT, format=schema)
    assert json.loads(answer.response) == {"planted_city": "Oslo"}
    assert "planted_city" in json.dumps(host.sent)
