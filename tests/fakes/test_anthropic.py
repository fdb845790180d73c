"""The fake Anthropic: says what the fakes of OpenAI's kind say, and refuses what Anthropic does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from typing import Any

import anthropic
import pytest

from tests.fakes import Fakes
from tests.fakes.dialects import OpenAI

HI = {"role": "user", "content": "Hi"}
USE = {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "t", "input": {}}]}
Ask = Callable[..., HTTPResponse]


@pytest.fixture
def fake(fakes: Fakes) -> OpenAI:
    return fakes["anthropic"]


@pytest.fixture
def ask(fake: OpenAI) -> Iterator[Ask]:
    connection = HTTPConnection("127.0.0.1", fake.port, timeout=20)

    def chat(path: str = "/v1/messages", **more: Any) -> HTTPResponse:
        body = {"model": "m", "max_tokens": 9, "messages": [HI]} | more
        connection.request("POST", path, json.dumps(body), fake.chat_headers("k"))
        return connection.getresponse()

    yield chat
    connection.close()


@pytest.fixture
def client(fake: OpenAI) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=fake.root, api_key="k", max_retries=0) as made:
        yield made


def events(body: bytes) -> list[Any]:
    lines = [line for line in body.decode().splitlines() if line.startswith("data:")]
    return [json.loads(line[5:]) for line in lines]


def text_of(found: list[Any]) -> str:
    return "".join(event.get("delta", {}).get("text", "") for event in found)


def test_its_own_client_reads_a_stream(fake: OpenAI, client: anthropic.Anthropic) -> None:
    fake.stream(["It ", "rained."], thinking="Clouds.", reasoning=3, cached=4, completion=8)
    with client.messages.stream(model="m", max_tokens=9, messages=[HI]) as stream:
        message = stream.get_final_message()
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.content[1].text == "It rained."
    assert (message.usage.input_tokens, message.usage.cache_read_input_tokens) == (5, 4)
    assert (message.usage.output_tokens, message.stop_reason) == (8, "end_turn")


@pytest.mark.parametrize("odd", [False, True])
def test_a_stream_says_what_the_whole_says(ask: Ask, fake: OpenAI, odd: bool) -> None:
    if odd:
        fake.odd_lines()
    whole = json.loads(ask().read())
    assert whole["content"][0]["text"] == text_of(events(ask(stream=True).read()))
    assert whole["content"][0]["text"] == "Hello from the fake."


def test_a_tool_call_is_streamed_in_pieces(ask: Ask, fake: OpenAI) -> None:
    fake.call_tool("add", {"a": 1, "b": 2})
    pieces = [event["delta"]["partial_json"] for event in events(ask(stream=True).read())
              if "partial_json" in event.get("delta", {})]  # fmt: skip
    assert len(pieces) > 1
    whole = json.loads(ask().read())
    assert json.loads("".join(pieces)) == whole["content"][0]["input"] == {"a": 1, "b": 2}
    assert whole["stop_reason"] == "tool_use"


def test_usage_may_be_kept_back(ask: Ask, fake: OpenAI) -> None:
    fake.no_usage()
    assert "usage" not in json.loads(ask().read())
    assert b'"usage"' not in ask(stream=True).read()


def test_an_answer_can_be_cut_or_fail_or_break(ask: Ask, fake: OpenAI) -> None:
    fake.error_after_content(2)
    found = events(ask(stream=True).read())
    assert (found[-1]["type"], text_of(found)) == ("error", "Hello from")
    fake.calm()
    fake.malformed_event(1)
    with pytest.raises(json.JSONDecodeError):
        events(ask(stream=True).read())
    fake.calm()
    fake.cut_after(2)
    with pytest.raises(IncompleteRead) as cut:
        ask(stream=True).read()
    assert text_of(events(cut.value.partial)) == "Hello from"


def test_a_paused_stream_goes_on_step_by_step(ask: Ask, fake: OpenAI) -> None:
    fake.stream(["a", "b"], paused=True)
    fake.step()
    response = ask(stream=True)
    assert response.readline() == b"event: message_start\n"
    fake.step(10)
    assert text_of(events(response.read())) == "ab"


def test_tokens_are_counted_without_a_limit(ask: Ask) -> None:
    counted = ask("/v1/messages/count_tokens", max_tokens=None)
    assert json.loads(counted.read()) == {"input_tokens": 9}


def test_openais_path_is_not_there(ask: Ask) -> None:
    assert ask("/v1/chat/completions").status == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_tokens": None}, {"messages": []}, {"stream_options": {}}, {"model": ""},
        {"messages": [{"role": "assistant", "content": "Hi"}]},
        {"messages": [{"role": "system", "content": "Hi"}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]},
        {"messages": [HI, USE]}, {"messages": [HI, USE, HI]},
        {"messages": [HI, USE, {"role": "user", "content": [
            {"type": "text", "text": "So?"}, {"type": "tool_result", "tool_use_id": "a"}]}]},
    ],
)  # fmt: skip
def test_what_anthropic_refuses_is_refused(ask: Ask, wrong: dict[str, Any]) -> None:
    response = ask(**wrong)
    assert response.status == 400
    assert json.loads(response.read())["error"]["type"] == "invalid_request_error"


def test_answered_calls_are_taken(ask: Ask) -> None:
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a"}]}
    assert ask(messages=[HI, USE, result]).status == 200


@pytest.mark.parametrize(
    ("verb", "status"),
    [("refuse_key", 401), ("no_credit", 400), ("limit", 429), ("not_found", 404),
     ("too_long", 400), ("overload", 529), ("reject_stream_options", 200)],
)  # fmt: skip
def test_a_refusal_has_its_status(ask: Ask, fake: OpenAI, verb: str, status: int) -> None:
    getattr(fake, verb)(times=1)
    refused = ask()
    assert refused.status == status
    assert refused.read()
    assert ask().status == 200
