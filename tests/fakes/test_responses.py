"""The fake OpenAI at /responses: what it says is what the official client and our stream read."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from aiconnect.adapters.dialects.base import Stream
from aiconnect.adapters.dialects.responses import Responses
from aiconnect.adapters.types import Usage
from tests.fakes import Fakes
from tests.fakes.dialects import OpenAI


@pytest.fixture
def fake(fakes: Fakes) -> OpenAI:
    return fakes["openai"]


@pytest.fixture
def client(fake: OpenAI) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=fake.url, api_key="k", max_retries=0) as made:
        yield made


def read(client: openai.OpenAI) -> tuple[Stream, bytes]:
    """A stream through our own reading of it, as far as it comes."""
    stream, out = Responses().passing({}), b""
    asked = client.responses.with_streaming_response.create(model="m", input="Hi", stream=True)
    with asked as reply:
        for chunk in reply.iter_bytes(7):
            out += stream.feed(chunk)
    return stream, out


def test_a_whole_answer_is_read_by_the_official_client(client: openai.OpenAI, fake: OpenAI) -> None:
    fake.answer("Hello", thinking="Hm", reasoning=1, cached=2)
    answer = client.responses.create(model="m-1", input="Hi")
    assert (answer.output_text, answer.model, answer.status) == ("Hello", "m-1", "completed")
    assert [item.type for item in answer.output] == ["reasoning", "message"]


def test_an_answer_that_is_too_long_is_incomplete(client: openai.OpenAI, fake: OpenAI) -> None:
    fake.answer("Hello", finish="length")
    assert client.responses.create(model="m", input="Hi").status == "incomplete"


@pytest.mark.parametrize("is_odd", [False, True])
def test_a_stream_is_read_to_its_end(client: openai.OpenAI, fake: OpenAI, is_odd: bool) -> None:
    fake.stream(["Hel", "lo"], thinking="Hm", odd=is_odd, cached=2)
    with client.responses.stream(model="m", input="Hi") as events:
        assert events.get_final_response().output_text == "Hello"
    stream, _ = read(client)
    assert (stream.started, stream.done) == (True, True)
    assert stream.usage == Usage(input=7, cache_read=2, cache_write=0, output=2, reasoning=0)


def test_a_call_of_a_tool_is_streamed(client: openai.OpenAI, fake: OpenAI) -> None:
    fake.call_tool("get_weather", {"city": "Oslo"})
    with client.responses.stream(model="m", input="Hi") as events:
        (call,) = events.get_final_response().output
    assert call.type == "function_call"
    assert (call.name, call.arguments) == ("get_weather", '{"city": "Oslo"}')


def test_an_error_after_content_ends_the_stream(client: openai.OpenAI, fake: OpenAI) -> None:
    fake.error_after_content(2)
    stream, out = read(client)
    assert stream.error is not None
    assert stream.error.kind == "server_error"
    assert out.count(b"event: response.output_text.delta") == 2


def test_an_event_that_is_no_json_goes_on(client: openai.OpenAI, fake: OpenAI) -> None:
    fake.malformed_event(1)
    stream, out = read(client)
    assert stream.done
    assert b'{"type": "respon\n\n' in out


def test_a_host_without_this_path_has_none(fakes: Fakes) -> None:
    made = openai.OpenAI(base_url=fakes["mistral"].url, api_key="k", max_retries=0)
    with made as client, pytest.raises(openai.NotFoundError):
        client.responses.create(model="m", input="Hi")
