"""Requests to /api/chat, /api/generate and /api/embed: read into values, written from them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from aiconnect.adapters.chat import (
    Audio,
    Chat,
    Embed,
    File,
    Format,
    Image,
    Message,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from aiconnect.adapters.dialects.ollama import (
    OllamaChat,
    OllamaChatOut,
    OllamaEmbed,
    OllamaGenerate,
)
from aiconnect.adapters.types import ModelCard
from aiconnect.errors import CallError, CannotCarry
from tests.adapters.ollama_values import PIXEL, bodies, chats
from tests.fakes.dialects.ollama_wants import fault
from tests.fakes.samples import sample_json

CARD = ModelCard("m")
HI: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def read(**more: Any) -> Chat:
    return OllamaChat().read(HI | more)


def write(card: ModelCard = CARD, **more: Any) -> dict[str, Any]:
    said = (Message("user", (Text("Hi"),)),)
    return OllamaChatOut().write(Chat("m", **({"messages": said} | more)), card).body


def test_a_published_conversation_is_written_as_it_was_read() -> None:
    body = sample_json("translate/conversation.ollama.json")
    written = OllamaChatOut().write(OllamaChat().read(body), ModelCard(body["model"]))
    assert written.body == body
    assert written.dropped == ()


def test_a_published_request_is_read_whole() -> None:
    chat = OllamaChat().read(sample_json("ollama/chat.request.json"))
    assert chat.messages == (
        Message("system", (Text("Answer in one sentence."),)),
        Message("user", (Text("What is this?"), Image("image/png", PIXEL))),
    )
    assert (chat.effort, chat.shows_thinking) == ("medium", True)
    assert chat.format is not None
    assert chat.format.schema is not None
    assert (chat.limit, chat.temperature, chat.seed, chat.stop) == (256, 0, 1, ("END",))
    assert chat.dropped == ("keep_alive", "options.num_ctx")
    assert not chat.is_stream


@given(chats())
def test_what_the_wire_can_carry_comes_back(chat: Chat) -> None:
    written = OllamaChatOut().write(chat, CARD)
    assert written.dropped == ()
    assert fault(written.body) is None
    assert OllamaChat().read(written.body) == chat


@given(bodies)
@pytest.mark.parametrize("wire", [OllamaChat(), OllamaGenerate(), OllamaEmbed()])
def test_arbitrary_bodies_are_read_or_refused(wire: Any, body: dict[str, Any]) -> None:
    with suppress(CallError, CannotCarry):
        wire.read(body)
    with suppress(CallError, CannotCarry):
        wire.read({"model": "m", "prompt": "Hi", "input": "Hi"} | HI | body)


@given(bodies)
def test_what_is_read_can_be_written(body: dict[str, Any]) -> None:
    with suppress(CallError, CannotCarry):
        assert fault(OllamaChatOut().write(OllamaChat().read(HI | body), CARD).body) is None


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "arguments", [nested(5000), {"a": float("inf")}, {"a": [float("nan")]}, [1], 5]
)
def test_arguments_that_no_json_can_say_are_the_callers_fault(arguments: object) -> None:
    call = {"function": {"name": "f", "arguments": arguments}}
    with pytest.raises(CallError):
        read(messages=[{"role": "assistant", "tool_calls": [call]}])


def test_a_stream_is_given_unless_it_is_declined() -> None:
    for wire in (OllamaChat(), OllamaGenerate()):
        assert wire.is_stream({})
        assert wire.is_stream({"stream": None})
        assert not wire.is_stream({"stream": False})
        with pytest.raises(CallError):
            wire.is_stream({"stream": "yes"})


@pytest.mark.parametrize(
    "more",
    [
        {"messages": "Hi"}, {"messages": [{"role": "robot"}]}, {"messages": ["Hi"]},
        {"messages": [{"role": "user", "content": ["Hi"]}]},
        {"messages": [{"role": "user", "images": PIXEL}]},
        {"messages": [{"role": "user", "images": [5]}]},
        {"messages": [{"role": "assistant", "tool_calls": {}}]},
        {"messages": [{"role": "assistant", "tool_calls": [{"function": {}}]}]},
        {"tools": {}}, {"tools": [{"type": "function"}]}, {"options": []},
        {"tools": [{"function": {"name": "f", "parameters": 1}}]},
        {"options": {"temperature": "hot"}}, {"options": {"temperature": 10**400}},
        {"options": {"num_predict": 1.5}}, {"options": {"seed": 10**30}},
        {"options": {"stop": [1]}}, {"think": "deeply"}, {"think": [1]}, {"format": "yaml"},
        {"model": 5}, {"model": None}, {"stream": 1},
    ],
)  # fmt: skip
def test_what_is_malformed_is_the_callers_fault(more: dict[str, Any]) -> None:
    with pytest.raises(CallError) as refused:
        read(**more)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"messages": []}, "empty list of messages"),
        ({"messages": None, "keep_alive": 0}, "empty list of messages"),
        ({"tools": [{"type": "web_search"}]}, "web_search"),
        ({"messages": [{"role": "user", "images": ["Qk0="]}]}, "pictures"),
        ({"logprobs": True}, "logprobs"),
    ],
)
def test_what_only_ollama_has_is_named(more: dict[str, Any], what: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        read(**more)
    assert what in refused.value.what


def test_unknown_fields_are_listed_once_short_and_clean() -> None:
    chat = read(**{f"x{n}": 1 for n in range(50)}, **{"a\r\nb": 1, "long" * 40: 1})
    assert len(chat.dropped) == 20
    assert read(**{"a\r\nb": 1, "l" * 200: 1}).dropped == ("a b", "l" * 60)


def test_no_limit_is_no_limit() -> None:
    assert read(options={"num_predict": -1, "top_k": 0, "seed": None}) == read(options={})
    assert read(options={"num_predict": 5.0}).limit == 5


@pytest.mark.parametrize(
    ("think", "effort"),
    [(True, "medium"), (False, "none"), ("max", "max"), (None, None), ("", None)],
)
def test_think_is_read_as_an_effort(think: object, effort: str | None) -> None:
    assert read(think=think).effort == effort


def test_calls_without_ids_get_some_and_results_find_them() -> None:
    first = {"function": {"name": "f", "arguments": {"a": 1}}}
    second = {"function": {"name": "g", "arguments": '{"b":2}'}}
    chat = read(
        messages=[
            {"role": "assistant", "tool_calls": [first, second, first]},
            {"role": "tool", "tool_name": "g", "content": "of g"},
            {"role": "tool", "content": "of the first f"},
            {"role": "tool", "name": "f", "content": "of the second f"},
            {"role": "tool", "tool_name": "h", "content": "of nothing"},
        ]
    )
    uses = [part for part in chat.messages[0].parts if isinstance(part, ToolUse)]
    results = [message.parts[0] for message in chat.messages[1:]]
    found = [(part.id, part.name) for part in results if isinstance(part, ToolResult)]
    assert len({use.id for use in uses}) == 3
    assert [use.arguments for use in uses] == ['{"a":1}', '{"b":2}', '{"a":1}']
    assert found[:3] == [(uses[1].id, "g"), (uses[0].id, "f"), (uses[2].id, "f")]
    assert found[3][0] not in {use.id for use in uses}


def test_ids_may_come_again_in_a_later_turn() -> None:
    call = {"id": "call_0", "function": {"name": "f", "arguments": {}}}
    turn = [{"role": "assistant", "tool_calls": [call]}, {"role": "tool", "content": "x"}]
    results = [message.parts[0] for message in read(messages=turn * 2).messages[1::2]]
    assert [part.id for part in results if isinstance(part, ToolResult)] == ["call_0", "call_0"]


def test_a_completion_is_read_as_a_conversation() -> None:
    chat = OllamaGenerate().read(
        {"model": "m", "prompt": "Hi", "system": "Be brief.", "images": [PIXEL], "raw": False,
         "context": [], "suffix": "", "keep_alive": "5m"}
    )  # fmt: skip
    assert chat.messages == (
        Message("system", (Text("Be brief."),)),
        Message("user", (Text("Hi"), Image("image/png", PIXEL))),
    )
    assert chat.dropped == ("keep_alive",)
    assert chat.is_stream


@pytest.mark.parametrize(
    "more",
    [{"raw": True}, {"suffix": "x"}, {"template": "x"}, {"context": [1]}, {"prompt": ""},
     {"prompt": None, "keep_alive": 0}],
)  # fmt: skip
def test_what_only_a_completion_has_is_named(more: dict[str, Any]) -> None:
    with pytest.raises(CannotCarry):
        OllamaGenerate().read({"model": "m", "prompt": "Hi"} | more)


# --- written -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "what"),
    [
        (Image(url="https://example.org/a.png"), "pictures by URL"),
        (File("a.pdf", "application/pdf", "JVBERg=="), "files"),
        (Audio("UklGRg==", "wav"), "recordings"),
    ],
)
def test_what_has_no_place_in_a_message_is_named(part: Any, what: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        write(messages=(Message("user", (Text("See"), part)),))
    assert refused.value.what == what


def test_texts_are_joined_and_results_find_their_tools_name() -> None:
    body = write(
        messages=(
            Message("user", (Text("one"), Text(""), Text("two"))),
            Message("assistant", (Thinking("hm"), ToolUse("c1", "f", ""), ToolUse("c2", "g"))),
            Message("tool", (ToolResult("c1", (Text("1"), Image("image/png", PIXEL))),
                             ToolResult("c2", (Text("2"),), is_error=True))),
        )
    )  # fmt: skip
    assert body["messages"][0]["content"] == "one\n\ntwo"
    assert body["messages"][1] == {
        "role": "assistant", "content": "", "thinking": "hm",
        "tool_calls": [{"id": "c1", "function": {"index": 0, "name": "f", "arguments": {}}},
                       {"id": "c2", "function": {"index": 1, "name": "g", "arguments": {}}}],
    }  # fmt: skip
    assert body["messages"][2:] == [
        {"role": "tool", "tool_name": "f", "tool_call_id": "c1", "content": "1", "images": [PIXEL]},
        {"role": "tool", "tool_name": "g", "tool_call_id": "c2", "content": "2"},
    ]


@pytest.mark.parametrize("broken", ['{"a":', "[1]", '{"a":NaN}', '{"a":1e999}', '{"a":' * 500])
def test_arguments_that_are_no_object_stay_visible(broken: str) -> None:
    body = write(messages=(Message("assistant", (ToolUse("c", "f", broken),)),))
    [call] = body["messages"][0]["tool_calls"]
    assert list(call["function"]["arguments"].values()) == [broken]


F, G = Tool("f", "does f", {"type": "object"}), Tool("g")


def names_of(body: dict[str, Any]) -> list[str]:
    return [tool["function"]["name"] for tool in body.get("tools", ())]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, ["f", "g"]), (ToolChoice("auto"), ["f", "g"]), (ToolChoice("none"), []),
        (ToolChoice("auto", ("g",)), ["g"]), (ToolChoice("any", ("f",)), ["f"]),
    ],
)  # fmt: skip
def test_a_choice_of_tools_is_made_by_what_is_sent(
    choice: ToolChoice | None, sent: list[str]
) -> None:
    assert names_of(write(tools=(F, G), tool_choice=choice)) == sent


@pytest.mark.parametrize("names", [(), ("f", "g")])
def test_a_call_cannot_be_forced(names: tuple[str, ...]) -> None:
    with pytest.raises(CannotCarry):
        write(tools=(F, G), tool_choice=ToolChoice("any", names))


def test_a_choice_of_no_tool_is_the_callers_fault() -> None:
    with pytest.raises(CallError):
        write(tools=(F,), tool_choice=ToolChoice("any", ("h",)))


def test_a_tool_without_parameters_has_an_empty_schema() -> None:
    assert write(tools=(G,))["tools"] == [
        {"type": "function",
         "function": {"name": "g", "parameters": {"type": "object", "properties": {}}}}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("effort", "model", "think"),
    [
        ("none", "qwen3:8b", False), ("minimal", "qwen3:8b", "low"), ("xhigh", "qwen3:8b", "max"),
        ("medium", "qwen3:8b", "medium"), ("none", "gpt-oss:20b", "low"),
        ("high", "gpt-oss:20b", "high"),
    ],
)  # fmt: skip
def test_an_effort_is_a_level_of_thinking(effort: Any, model: str, think: object) -> None:
    assert write(ModelCard(model), effort=effort)["think"] == think


@pytest.mark.parametrize(
    ("tokens", "think"), [(0, False), (1024, "low"), (8000, "medium"), (32000, "high")]
)
def test_a_number_of_tokens_to_think_with_is_a_level_too(tokens: int, think: object) -> None:
    assert write(thinking_tokens=tokens)["think"] == think


def test_a_model_that_is_known_not_to_think_is_not_asked_to() -> None:
    card = ModelCard("gemma", capabilities=("tools",))
    written = OllamaChatOut().write(Chat("m", effort="high"), card)
    assert "think" not in written.body
    assert written.dropped == ("reasoning_effort",)
    assert OllamaChatOut().write(Chat("m", effort="none"), card).dropped == ()


def test_wishes_without_a_place_are_listed() -> None:
    mark = {"type": "ephemeral"}
    chat = Chat(
        "m",
        messages=(
            Message("user", (Text("Hi", cache=mark), Image("image/png", PIXEL, detail="low"))),
            Message("tool", (ToolResult("c", (Text("x"),)),)),
        ),
        tools=(replace(F, strict=True),),
        tool_choice=ToolChoice("any", ("f",)),
        parallel=False,
        user="anna",
    )
    written = OllamaChatOut().write(chat, CARD)
    auto = Message("user", (Image("image/png", PIXEL, detail="auto"),))
    assert OllamaChatOut().write(Chat("m", messages=(auto,)), CARD).dropped == ()
    assert set(written.dropped) == {
        "tool_choice", "parallel_tool_calls", "user", "strict", "detail", "cache_control",
    }  # fmt: skip


def test_any_json_and_json_of_a_schema() -> None:
    assert write(format=Format())["format"] == "json"
    assert write(format=Format({"type": "object"}))["format"] == {"type": "object"}
    assert "format" not in write()
    with pytest.raises(CannotCarry):
        write(logprobs=True)


def test_the_stream_is_always_said() -> None:
    assert write()["stream"] is False
    assert write(is_stream=True)["stream"] is True


# --- where the provider speaks it too ------------------------------------------------------------


@pytest.mark.parametrize("wire", [OllamaChat(), OllamaGenerate()])
def test_only_the_model_changes_on_the_way_through(wire: Any) -> None:
    body = {"model": "a", "messages": [], "keep_alive": 0, "unknown": {"kept": 1}}
    assert wire.prepare(body, "b", no_stream_options=True) == body | {"model": "b"}
    assert body["model"] == "a"


def test_texts_to_embed_are_read_and_written() -> None:
    wire, body = OllamaEmbed(), sample_json("ollama/embed.request.json")
    embed = wire.read(body)
    assert embed == Embed(
        "nomic-embed-text", ("first text", "second text"), 256, dropped=("truncate",)
    )
    assert wire.write(embed, ModelCard("other")).body == {
        "model": "other", "input": ["first text", "second text"], "dimensions": 256,
    }  # fmt: skip
    assert wire.read({"model": "m", "input": "one"}).texts == ("one",)
    assert wire.prepare(body, "b") == body | {"model": "b"}


@pytest.mark.parametrize("input_", ["", [], None])
def test_an_empty_input_only_loads(input_: object) -> None:
    with pytest.raises(CannotCarry):
        OllamaEmbed().read({"model": "m", "input": input_})


@pytest.mark.parametrize(
    "more", [{"input": [1]}, {"input": 5}, {"dimensions": 0}, {"dimensions": "x"}, {"model": ""}]
)
def test_malformed_texts_are_the_callers_fault(more: dict[str, Any]) -> None:
    with pytest.raises(CallError):
        OllamaEmbed().read({"model": "m", "input": "Hi"} | more)
