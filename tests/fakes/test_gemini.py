"""Gemini's fake by its own API: what our adapter asks of it, in every mood, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection, IncompleteRead
from typing import Any
from urllib.parse import urlsplit

import pytest

from aiconnect.adapters import ADAPTERS
from aiconnect.adapters.chat import (
    Chat,
    Counted,
    Delta,
    Embed,
    Ended,
    Failed,
    Finished,
    Format,
    Image,
    Message,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    Tool,
    ToolArguments,
    ToolChoice,
    ToolResult,
    ToolStart,
    ToolUse,
)
from aiconnect.adapters.dialects.gemini import (
    GeminiChat,
    GeminiEmbeddings,
    count_body,
    read_count,
)
from aiconnect.adapters.types import ModelCard, Target, Usage
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from aiconnect.wire.http1 import Malformed
from aiconnect.wire.types import HttpCall
from tests.fakes import Fakes
from tests.fakes.dialects import OpenAI

GEMINI = ADAPTERS["gemini"]
CARD = ModelCard("gemini-3.8-flash", output_limit=65_536)
HI = Message("user", (Text("Hi"),))
HELLO = "Hello from the fake."
Send = Callable[[HttpCall], tuple[int, bytes]]


@pytest.fixture
def fake(fakes: Fakes) -> OpenAI:
    return fakes["gemini"]


@pytest.fixture
def target(fake: OpenAI) -> Target:
    return Target("one", PROVIDERS["gemini"], fake.url, Secret("AQ.k"))


def send(call: HttpCall) -> tuple[int, bytes]:
    parts = urlsplit(call.url)
    connection = HTTPConnection(parts.netloc, timeout=20)
    try:
        headers = dict(call.headers) | {n: one.reveal() for n, one in call.secrets.items()}
        connection.request("POST", f"{parts.path}?{parts.query}", call.body, headers)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def post(target: Target, wire: str, body: object, *, is_stream: bool = False) -> tuple[int, bytes]:
    call = GEMINI.endpoint(target, wire, CARD.id, is_stream=is_stream)
    assert call is not None
    return send(HttpCall("POST", call.url, {}, call.secrets, json.dumps(body).encode()))


def ask(target: Target, *messages: Message, **more: Any) -> tuple[int, bytes]:
    return send(GEMINI.ask(target, Chat("m", messages or (HI,), **more), CARD))


def whole(target: Target, *messages: Message, **more: Any) -> Any:
    status, body = ask(target, *messages, **more)
    assert status == 200, body
    return GeminiChat().completion(json.loads(body))


def read(body: bytes) -> list[Delta]:
    reader = GeminiChat().reader()
    return reader.feed(body) + reader.end()


def streamed(target: Target, *messages: Message, **more: Any) -> list[Delta]:
    status, body = ask(target, *messages, is_stream=True, **more)
    assert status == 200, body
    return read(body)


def said(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


def kind(deltas: list[Delta], of: type[Any]) -> list[Any]:
    return [delta for delta in deltas if isinstance(delta, of)]


@pytest.mark.parametrize("framing", [None, "length", "chunked", "close"])
def test_an_answer_is_the_same_whole_and_streamed_in_every_framing(
    target: Target, fake: OpenAI, framing: str | None
) -> None:
    fake.framing = framing
    found = streamed(target)
    assert whole(target).parts == (Text(HELLO),)
    assert said(found) == HELLO
    assert kind(found, Finished) == [Finished("stop")]
    assert found[-1] == Ended()


def test_odd_framing_says_the_same(target: Target, fake: OpenAI) -> None:
    fake.odd_lines()
    assert said(streamed(target)) == HELLO


def test_tokens_are_counted_while_it_speaks(target: Target, fake: OpenAI) -> None:
    fake.answer("It works.", prompt=20, completion=7, cached=4, reasoning=2)
    usage = Usage(input=16, cache_read=4, output=5, reasoning=2)
    assert whole(target).usage == usage
    counts = [one.usage for one in kind(streamed(target), Counted)]
    assert counts[-1] == usage
    fake.no_usage()
    assert whole(target).usage is None
    assert kind(streamed(target), Counted) == []


def test_thoughts_come_before_the_words(target: Target, fake: OpenAI) -> None:
    fake.stream(["a", "b"], thinking="Clouds.")
    assert whole(target).parts == (Thinking("Clouds."), Text("ab"))
    found = streamed(target)
    assert kind(found, ThinkingDelta) == [ThinkingDelta("Clouds.")]
    assert said(found) == "ab"


def test_a_call_goes_back_with_its_signature(target: Target, fake: OpenAI) -> None:
    fake.call_tool("add", {"a": 1})
    tools = (Tool("add", "Adds", {"type": "object", "properties": {"a": {"type": "integer"}}}),)
    answer = whole(target, tools=tools, tool_choice=ToolChoice("any", ("add",)))
    assert answer.finish == "tool_calls"
    (call,) = answer.parts
    assert call == ToolUse("call_a1", "add", '{"a":1}', "EvcBCvQBAdHtim9hYmNk")
    found = streamed(target)
    assert [(d.index, d.name) for d in kind(found, ToolStart)] == [(0, "add")]
    assert kind(found, ToolArguments) == [ToolArguments(0, '{"a":1}')]
    fake.calm()
    turns = (HI, Message("assistant", (call,)), Message("tool", (ToolResult("call_a1"),)))
    assert whole(target, *turns, tools=tools).parts == (Text(HELLO),)
    sent = fake.last.json["contents"]
    assert sent[1]["parts"][0]["thoughtSignature"] == "EvcBCvQBAdHtim9hYmNk"
    assert sent[2]["parts"][0]["functionResponse"]["name"] == "add"


def test_everything_that_we_may_write_is_taken(target: Target) -> None:
    foreign = ToolUse("call_x", "now", "")
    turns = (
        Message("system", (Text("Be brief."),)),
        Message("user", (Text("See."), Image("image/png", "iVBO"))),
        Message("assistant", (Text(""), foreign)),
        Message("tool", (ToolResult("call_x", (Text("noon"), Image("image/png", "iVBO"))),)),
        Message("system", (Text("Be kind."),)),
    )
    answer = whole(
        target, *turns, tools=(Tool("now"),), tool_choice=ToolChoice("auto", ("now",)), limit=9,
        temperature=1.0, top_p=0.5, top_k=3, stop=("a",), seed=1, presence_penalty=0.1,
        frequency_penalty=0.1, effort="max", shows_thinking=True, format=Format({"type": "object"}),
    )  # fmt: skip
    assert answer.parts == (Text(HELLO),)


def test_a_cut_stream_has_no_end(target: Target, fake: OpenAI) -> None:
    fake.cut_after(2)
    with pytest.raises(IncompleteRead) as cut:
        ask(target, is_stream=True)
    found = read(cut.value.partial)
    assert said(found) == "Hello from"
    assert Ended() not in found
    with pytest.raises(IncompleteRead):
        ask(target)


def test_an_error_in_a_stream_is_its_end(target: Target, fake: OpenAI) -> None:
    fake.error_after_content(2)
    found = streamed(target)
    assert said(found) == "Hello from"
    assert isinstance(found[-1], Failed)


def test_an_event_that_breaks_off_is_malformed(target: Target, fake: OpenAI) -> None:
    fake.malformed_event(2)
    _, body = ask(target, is_stream=True)
    with pytest.raises(Malformed):
        read(body)


def test_a_refusal_on_chats_is_one_of_native_chats_too(target: Target, fake: OpenAI) -> None:
    fake.limit(on="chat", times=2)
    assert ask(target)[0] == ask(target, is_stream=True)[0] == 429
    assert ask(target)[0] == 200


def test_without_alt_the_stream_is_one_array(target: Target) -> None:
    call = GEMINI.ask(target, Chat("m", (HI,), is_stream=True), CARD)
    plain = HttpCall("POST", call.url.partition("?")[0], {}, call.secrets, call.body)
    pieces = json.loads(send(plain)[1])
    words = [piece["candidates"][0]["content"]["parts"][0]["text"] for piece in pieces]
    assert "".join(words) == HELLO


def test_the_smallest_chat_is_answered(target: Target) -> None:
    assert send(GEMINI.one_token(target, CARD.id))[0] == 200


def test_vectors_come_in_order_and_of_length_one(target: Target) -> None:
    wire = GeminiEmbeddings()
    body = wire.write(Embed("m", ("a", "b"), dimensions=4), CARD).body
    status, answer = post(target, wire.name, body)
    assert status == 200
    assert wire.embedded(json.loads(answer)).vectors == ((1.0, 0.0, 0.0, 0.0),) * 2


def test_tokens_are_counted_before_anything_is_asked(target: Target, fake: OpenAI) -> None:
    fake.answer("", prompt=31)
    _, answer = post(target, "gemini.count_tokens", count_body(Chat("m", (HI,)), CARD))
    assert read_count(json.loads(answer)) == 31


USER = {"role": "user", "parts": [{"text": "Hi"}]}
CALLED = {"role": "model", "parts": [{"functionCall": {"name": "f"}}]}
THINKS = {"thinkingLevel": "LOW", "thinkingBudget": 1}


@pytest.mark.parametrize(
    "body",
    [
        {}, {"contents": []}, {"contents": [USER], "model_name": "m"}, {"contents": [USER, CALLED]},
        {"contents": [USER | {"role": "assistant"}]}, {"contents": [USER | {"parts": []}]},
        {"contents": [{"role": "user", "parts": [{"text": ""}]}]},
        {"contents": [{"role": "user", "parts": [{"text": "a", "inlineData": {}}]}]},
        {"contents": [USER], "generationConfig": {"temprature": 1}},
        {"contents": [USER], "generationConfig": {"thinkingConfig": THINKS}},
        {"contents": [USER], "generationConfig": {"stopSequences": list("abcdef")}},
        {"contents": [USER], "tools": [{"functionDeclarations": [{"name": "1st"}]}]},
        {"contents": [USER],
         "toolConfig": {"functionCallingConfig": {"mode": "AUTO", "allowedFunctionNames": ["f"]}}},
    ],
)  # fmt: skip
def test_what_google_refuses_is_refused(target: Target, body: dict[str, Any]) -> None:
    for is_stream in (False, True):
        status, answer = post(target, "gemini.chat", body, is_stream=is_stream)
        assert status == 400
        assert json.loads(answer)["error"]["status"] == "INVALID_ARGUMENT"


def test_an_embedding_names_the_model_of_its_address(target: Target) -> None:
    body = GeminiEmbeddings().write(Embed("m", ("a",)), ModelCard("other")).body
    assert post(target, "gemini.embeddings", body)[0] == 400


def test_a_key_belongs_into_its_own_header(target: Target, fake: OpenAI) -> None:
    assert ask(target)[0] == 200
    assert fake.last.headers["x-goog-api-key"] == "AQ.k"
    fake.demand("AQ.other")
    assert ask(target)[0] == 401
    bearer = HttpCall("POST", f"{fake.url}/models/m:generateContent", {"authorization": "Bearer k"})
    assert send(bearer)[0] == 403
