"""The official OpenAI client, as people use it, against the running server."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from tests.fakes.dialects import OpenAI
from tests.gateway.conftest import Gate
from tests.running import until

ASK: list[dict[str, str]] = [{"role": "user", "content": "Hello"}]
TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}


@pytest.fixture
def client(gate: Gate) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gate.server.url}/v1", api_key=gate.token, max_retries=0) as made:
        yield made


@pytest.fixture
def listed(gate: Gate, client: openai.OpenAI) -> str:
    """A model that was entered by hand, so that lists have something to show."""
    names = [one.id for one in client.models.list()]
    if "byhand/writer-7b" not in names:
        gate.instance.add_connection(
            "compatible", "http://127.0.0.1:9/v1", name="byhand", models=("writer-7b",)
        )
        assert until(lambda: "byhand/writer-7b" in [one.id for one in client.models.list()])
    return "byhand/writer-7b"


def test_models_are_listed_by_connection_and_id(client: openai.OpenAI, listed: str) -> None:
    assert listed in [model.id for model in client.models.list()]


@pytest.mark.parametrize("name", ["byhand/writer-7b", "writer-7b"])
def test_a_model_is_found_by_any_of_its_names(
    client: openai.OpenAI, listed: str, name: str
) -> None:
    assert client.models.retrieve(name).id == listed


def test_an_unknown_model_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        client.models.retrieve("nobody/serves-this")
    assert raised.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="nobody/serves-this", messages=ASK)


def test_a_chat_answers(client: openai.OpenAI, openai_fake: OpenAI) -> None:
    openai_fake.answer("It rained.")
    answer = client.chat.completions.create(model="openai/gpt-x", messages=ASK)
    assert answer.choices[0].message.content == "It rained."
    assert answer.usage is not None


def test_a_stream_with_usage_says_what_it_took(client: openai.OpenAI, openai_fake: OpenAI) -> None:
    openai_fake.stream(("It ", "rained."), prompt=57, completion=29)
    stream = client.chat.completions.create(
        model="openai/gpt-x", messages=ASK, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "It rained."
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 29


def test_a_stream_without_usage_has_none(client: openai.OpenAI, openai_fake: OpenAI) -> None:
    openai_fake.stream(("It ", "rained."))
    chunks = list(client.chat.completions.create(model="openai/gpt-x", messages=ASK, stream=True))
    assert all(chunk.usage is None for chunk in chunks)
    assert all(chunk.choices for chunk in chunks)


def test_a_cut_stream_raises_after_the_parts_that_came(
    client: openai.OpenAI, openai_fake: OpenAI
) -> None:
    openai_fake.stream(("It ", "rained ", "all"), gap=0.05)
    openai_fake.cut_after(2)
    seen: list[str] = []
    stream = client.chat.completions.create(model="openai/gpt-x", messages=ASK, stream=True)
    with pytest.raises(openai.APIError) as raised:
        seen.extend(chunk.choices[0].delta.content or "" for chunk in stream)
    assert "".join(seen) == "It rained "
    assert raised.value.code == "provider_broke"


@pytest.mark.parametrize("stream", [False, True])
def test_tool_calls_come_through(client: openai.OpenAI, openai_fake: OpenAI, stream: bool) -> None:
    openai_fake.call_tool("get_weather", {"city": "Oslo"})
    asked = {"model": "openai/gpt-x", "messages": ASK, "tools": [TOOL]}
    if stream:
        with client.chat.completions.stream(**asked) as live:
            message = live.get_final_completion().choices[0].message
    else:
        message = client.chat.completions.create(**asked).choices[0].message
    assert message.tool_calls[0].function.name == "get_weather"
    assert openai_fake.calls()[-1].json["tools"] == [TOOL]


def test_a_wrong_access_token_is_an_authentication_error(gate: Gate) -> None:
    with (
        openai.OpenAI(
            base_url=f"{gate.server.url}/v1", api_key="aic_wrong", max_retries=0
        ) as wrong,
        pytest.raises(openai.AuthenticationError) as raised,
    ):
        wrong.models.list()
    assert raised.value.code == "invalid_access_token"


def test_a_refused_provider_key_is_no_authentication_error(
    client: openai.OpenAI, openai_fake: OpenAI
) -> None:
    openai_fake.refuse_key()
    with pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model="openai/gpt-x", messages=ASK)
    assert raised.value.code == "provider_auth"


def test_a_rate_limit_is_a_rate_limit_error(client: openai.OpenAI, openai_fake: OpenAI) -> None:
    openai_fake.limit(retry_after=3)
    with pytest.raises(openai.RateLimitError) as raised:
        client.chat.completions.create(model="openai/gpt-x", messages=ASK)
    assert raised.value.response.headers["retry-after"] == "3"
