"""Chats as requests to Anthropic: what each of its models takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.chat import (
    Audio,
    Chat,
    File,
    Format,
    Image,
    Message,
    Part,
    Refusal,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
    Written,
)
from aiconnect.adapters.dialects.anthropic import AnthropicMessages, AnthropicMessagesOut
from aiconnect.adapters.types import ModelCard
from aiconnect.errors import CannotCarry
from tests.fakes.samples import sample_json

OPUS, SONNET, HAIKU, OLD = (
    "claude-opus-5-5", "claude-sonnet-4-6", "claude-haiku-4-5-20251001", "claude-opus-4-20250514",
)  # fmt: skip
HI = Message("user", (Text("Hi"),))
T = Tool("t", "does", {"type": "object", "properties": {"a": {"type": "string"}}})
CALL = Message("assistant", (ToolUse("c1", "t", '{"a":"b"}'),))
RESULT = Message("tool", (ToolResult("c1", (Text("done"),)),))


def written(
    model: str = OPUS, *messages: Message, card: ModelCard | None = None, **more: Any
) -> Written:
    chat = Chat("m", messages or (HI,), **more)
    return AnthropicMessagesOut().write(chat, card or ModelCard(model))


def body(model: str = OPUS, *messages: Message, **more: Any) -> dict[str, Any]:
    return written(model, *messages, **more).body


def content(*parts: Part) -> list[dict[str, Any]]:
    return body(OPUS, Message("user", parts))["messages"][0]["content"]


def test_what_was_read_is_written_again():
    stated = sample_json("translate/conversation.anthropic.json")
    del stated["stream"]
    wrote = AnthropicMessagesOut().write(AnthropicMessages().read(stated), ModelCard(OPUS))
    assert wrote == Written(stated)


@pytest.mark.parametrize("name", ["messages", "messages.tools", "messages.json_schema"])
def test_requests_are_the_same_after_both_ways(name: str):
    wire, out = AnthropicMessages(), AnthropicMessagesOut()
    chat = wire.read(sample_json(f"anthropic/{name}.request.json"))
    assert wire.read(out.write(chat, ModelCard(OPUS)).body) == chat


# --- turns ---------------------------------------------------------------------------------------


def test_results_of_one_turn_stand_in_one_message_before_the_text():
    two = Message("assistant", (ToolUse("c1", "t"), ToolUse("c2", "t")))
    second = Message("tool", (ToolResult("c2", (Text("2"),), is_error=True),))
    turns = body(OPUS, HI, two, RESULT, second, Message("user", (Text("So?"),)))["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert turns[2]["content"] == [
        {"type": "tool_result", "tool_use_id": "c1", "content": "done"},
        {"type": "tool_result", "tool_use_id": "c2", "content": "2", "is_error": True},
        {"type": "text", "text": "So?"},
    ]


def test_system_words_go_before_and_later_ones_into_the_users_turn():
    first, later = Message("system", (Text("A"),)), Message("system", (Text("B"), Text("C")))
    wrote = body(OPUS, first, later, HI, later)
    assert wrote["system"] == "A\n\nB\n\nC"
    assert [block["text"] for block in wrote["messages"][0]["content"]] == ["Hi", "B", "C"]


def test_pictures_before_the_conversation_cannot_be_carried():
    with pytest.raises(CannotCarry):
        body(OPUS, Message("system", (Image("image/png", "aa"),)), HI)


def test_marks_of_the_cache_stay_where_they_were():
    mark = {"type": "ephemeral", "ttl": "1h"}
    system = Message("system", (Text("A", mark), Text("B")))
    wrote = body(
        OPUS,
        system,
        Message("user", (Text("Hi", mark),)),
        tools=(Tool("t", cache=mark),),
        cache=mark,
    )
    assert [block.get("cache_control") for block in wrote["system"]] == [mark, None]
    assert wrote["messages"][0]["content"][0]["cache_control"] == mark
    assert wrote["tools"][0]["cache_control"] == wrote["cache_control"] == mark


def test_the_user_speaks_first():
    turns = body(OPUS, Message("assistant", (Text("Welcome!"),)), HI)["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert body(OPUS, Message("system", (Text("A"),)))["messages"][0]["role"] == "user"


def test_nothing_empty_is_sent():
    turns = body(OPUS, HI, Message("assistant", (Text(""),)), HI)["messages"]
    assert turns == [{"role": "user", "content": [{"type": "text", "text": "Hi"}] * 2}]


def test_thoughts_without_a_seal_stay_here():
    said = Message(
        "assistant", (Thinking("x"), Thinking("y", "s"), Thinking(redacted="r"), Text("A"))
    )
    assert body(OPUS, HI, said, HI)["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "y", "signature": "s"},
        {"type": "redacted_thinking", "data": "r"},
        {"type": "text", "text": "A"},
    ]


def test_pictures_and_files_have_their_places():
    plain = File("n.txt", "text/plain", "d29yZHM=")
    assert content(Image("image/png", "aa"), Image(url="https://x/y"), Refusal("No."), plain,
                   File("", "application/pdf", "bb"), File(url="https://x/z")) == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aa"}},
        {"type": "image", "source": {"type": "url", "url": "https://x/y"}},
        {"type": "text", "text": "No."},
        {"type": "document", "title": "n.txt",
         "source": {"type": "text", "media_type": "text/plain", "data": "words"}},
        {"type": "document",
         "source": {"type": "base64", "media_type": "application/pdf", "data": "bb"}},
        {"type": "document", "source": {"type": "url", "url": "https://x/z"}},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "part", [Audio("aa", "wav"), File("x", "application/zip", "aa"), File("x", "text/plain", "?")]
)
def test_what_has_no_place_cannot_be_carried(part: Part):
    with pytest.raises(CannotCarry):
        content(part)


def test_pictures_in_a_result_stay_there():
    result = Message("tool", (ToolResult("c1", (Text("See:"), Image("image/png", "aa"))),))
    block = body(OPUS, HI, CALL, result)["messages"][2]["content"][0]
    assert [inner["type"] for inner in block["content"]] == ["text", "image"]


def test_calls_without_ids_find_their_results():
    calls = Message("assistant", (ToolUse("", "a"), ToolUse("", "b"), ToolUse("x:1", "c")))
    results = Message(
        "tool", (ToolResult("", name="b"), ToolResult("x:1"), ToolResult("", name="a"))
    )
    asked, given = (turn["content"] for turn in body(OPUS, HI, calls, results)["messages"][1:])
    ids = {block["name"]: block["id"] for block in asked}
    assert [block["tool_use_id"] for block in given] == [ids["b"], ids["c"], ids["a"]]
    assert len(set(ids.values())) == 3
    assert ids["c"] == "x_1"


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("", {}), ("  ", {}), ('{"a":1}', {"a": 1}), ("[1]", {"arguments": "[1]"}),
        ('{"a":', {"arguments": '{"a":'}), ('{"a":NaN}', {"arguments": '{"a":NaN}'}),
        ("[" * 5000, {"arguments": "[" * 5000}),
        ('{"a":' * 990 + "1" + "}" * 990, None),
    ],
)  # fmt: skip
def test_arguments_are_an_object_whatever_the_model_wrote(text: str, given: object):
    said = Message("assistant", (ToolUse("c1", "t", text),))
    wrote = body(OPUS, HI, said, RESULT)
    assert json.dumps(wrote)
    found = wrote["messages"][1]["content"][0]["input"]
    assert isinstance(found, dict)
    assert given is None or found == given


# --- tools ---------------------------------------------------------------------------------------


def test_tools_have_a_schema_and_only_those_allowed_are_sent():
    strict = Tool("s", strict=True, schema={"properties": {}})
    wrote = body(OPUS, tools=(T, strict), tool_choice=ToolChoice("auto", ("s",)), parallel=False)
    assert wrote["tools"] == [
        {"name": "s", "input_schema": {"type": "object", "properties": {}}, "strict": True}
    ]
    assert wrote["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    assert written(OLD, tools=(strict,)).dropped == ("strict",)


@pytest.mark.parametrize(
    ("choice", "parallel", "chosen"),
    [
        (None, None, None),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        (ToolChoice("none"), False, {"type": "none"}),
        (ToolChoice("any"), None, {"type": "any"}),
        (ToolChoice("any", ("t",)), True, {"type": "tool", "name": "t"}),
    ],
)
def test_a_choice_of_tools_is_written(choice: Any, parallel: Any, chosen: object):
    wrote = body(HAIKU, tools=(T,), tool_choice=choice, parallel=parallel)
    assert wrote.get("tool_choice") == chosen


@pytest.mark.parametrize("model", ["claude-opus-5-5", "claude-fable-5-2", "claude-sonnet-5-5"])
def test_models_that_refuse_forcing_are_not_asked(model: str):
    with pytest.raises(CannotCarry):
        body(model, tools=(T,), tool_choice=ToolChoice("any"))


def test_a_choice_without_tools_says_nothing_or_cannot_be_carried():
    assert "tool_choice" not in body(OPUS, tool_choice=ToolChoice("none"), parallel=False)
    with pytest.raises(CannotCarry):
        body(HAIKU, tool_choice=ToolChoice("any", ("t",)))


# --- thinking ------------------------------------------------------------------------------------

ADAPTIVE = {"type": "adaptive"}


@pytest.mark.parametrize(
    ("model", "effort", "thinking", "config"),
    [
        (OPUS, None, None, None),
        (OPUS, "none", None, {"effort": "low"}),
        (OPUS, "minimal", ADAPTIVE, {"effort": "low"}),
        (OPUS, "xhigh", ADAPTIVE, {"effort": "xhigh"}),
        ("claude-sonnet-5-5", "none", {"type": "between_tools"}, None),
        ("claude-haiku-5-5", "none", {"type": "disabled"}, None),
        (SONNET, "xhigh", ADAPTIVE, {"effort": "high"}),
        (SONNET, "max", ADAPTIVE, {"effort": "max"}),
        (HAIKU, "none", None, None),
        (HAIKU, "medium", {"type": "enabled", "budget_tokens": 2048}, None),
        ("claude-of-tomorrow", "medium", ADAPTIVE, {"effort": "medium"}),
    ],
)
def test_effort_is_said_as_the_model_knows_it(
    model: str, effort: Any, thinking: object, config: object
):
    wrote = body(model, effort=effort)
    assert (wrote.get("thinking"), wrote.get("output_config")) == (thinking, config)


def test_a_budget_is_a_number_or_a_word():
    assert body(OPUS, thinking_tokens=1024)["output_config"] == {"effort": "low"}
    assert body(OPUS, thinking_tokens=4096)["output_config"] == {"effort": "medium"}
    assert body(OPUS, thinking_tokens=31999)["output_config"] == {"effort": "high"}
    assert body(HAIKU, thinking_tokens=5000)["thinking"]["budget_tokens"] == 5000
    assert body(HAIKU, thinking_tokens=5000, limit=4000)["thinking"]["budget_tokens"] == 3999


@pytest.mark.parametrize(
    "more",
    [{"limit": 1024}, {"tools": (T,), "tool_choice": ToolChoice("any")}],
)
def test_a_budget_that_would_be_refused_is_dropped(more: dict[str, Any]):
    wrote = written(HAIKU, effort="high", **more)
    assert "thinking" not in wrote.body
    assert wrote.dropped == ("reasoning_effort",)


def test_a_tool_loop_goes_on_thinking_only_with_its_thoughts():
    kept = Message("assistant", (Thinking("", "seal"), *CALL.parts))
    assert "thinking" not in body(HAIKU, HI, CALL, RESULT, effort="high")
    assert "thinking" in body(HAIKU, HI, kept, RESULT, effort="high")
    assert "thinking" in body(OPUS, HI, CALL, RESULT, effort="high")


def test_thoughts_are_shown_where_they_are_wanted():
    assert body(OPUS, shows_thinking=True)["thinking"] == {**ADAPTIVE, "display": "summarized"}
    shown = body(OPUS, effort="low", shows_thinking=False)["thinking"]
    assert shown == {**ADAPTIVE, "display": "omitted"}
    assert "thinking" not in body(HAIKU, shows_thinking=True)


# --- formats, sampling, limits -------------------------------------------------------------------


def test_a_schema_stands_beside_the_effort():
    schema = {"type": "object", "additionalProperties": False}
    config = body(OPUS, effort="low", format=Format(schema))["output_config"]
    assert config == {"effort": "low", "format": {"type": "json_schema", "schema": schema}}
    with pytest.raises(CannotCarry):
        body(OLD, format=Format(schema))


def test_any_json_is_asked_for_in_words_and_told_as_not_enforced():
    mark = {"type": "ephemeral"}
    for before in ((), (Text("A"),), (Text("A", mark),)):
        wrote = written(OPUS, *([Message("system", before)] if before else []), HI, format=Format())
        assert "JSON" in json.dumps(wrote.body["system"])
        assert wrote.dropped == ("response_format",)


@pytest.mark.parametrize(
    ("model", "asked", "sent", "dropped"),
    [
        (OPUS, {"temperature": 0.2, "top_k": 5}, {}, ("temperature", "top_k")),
        (OPUS, {"temperature": 1}, {}, ()),
        (HAIKU, {"temperature": 0.2, "top_k": 5}, {"temperature": 0.2, "top_k": 5}, ()),
        (HAIKU, {"temperature": 1.6}, {"temperature": 1.0}, ("temperature",)),
        (HAIKU, {"temperature": 0, "top_p": 0.5}, {"temperature": 0}, ("top_p",)),
        (HAIKU, {"top_p": 0.5}, {"top_p": 0.5}, ()),
        (HAIKU, {"temperature": 0.2, "effort": "low"}, {}, ("temperature",)),
        ("claude-of-tomorrow", {"top_p": 0.5}, {}, ("top_p",)),
    ],
)
def test_sampling_goes_only_where_it_is_taken(
    model: str, asked: dict[str, Any], sent: dict[str, Any], dropped: tuple[str, ...]
):
    wrote = written(model, **asked)
    names = ("temperature", "top_p", "top_k")
    assert {name: wrote.body[name] for name in names if name in wrote.body} == sent
    assert wrote.dropped == dropped


@pytest.mark.parametrize(
    ("asked", "most", "limit"),
    [(None, None, 8192), (None, 64000, 64000), (100, None, 100), (99999, 64000, 64000)],
)
def test_there_is_always_a_limit(asked: Any, most: Any, limit: int):
    assert body(card=ModelCard("m", output_limit=most), limit=asked)["max_tokens"] == limit


def test_the_rest_is_carried_or_told():
    wrote = written(
        OPUS, stop=("END", " "), user="u", is_stream=True, seed=3, presence_penalty=0.5,
        frequency_penalty=0,
    )  # fmt: skip
    assert wrote.body["stop_sequences"] == ["END"]
    assert (wrote.body["metadata"], wrote.body["stream"]) == ({"user_id": "u"}, True)
    assert wrote.dropped == ("presence_penalty", "seed", "stop")
    picture = Message("user", (Image("image/png", "a", detail="low"),))
    assert written(OPUS, picture).dropped == ("detail",)


def test_probabilities_cannot_be_carried():
    with pytest.raises(CannotCarry):
        body(OPUS, logprobs=True)


def test_only_models_that_go_on_get_the_assistants_last_words():
    last = Message("assistant", (Text("It is "),))
    assert body(HAIKU, HI, last)["messages"][1]["content"] == [{"type": "text", "text": "It is"}]
    with pytest.raises(CannotCarry):
        body(SONNET, HI, last)


# --- any chat ------------------------------------------------------------------------------------

WORDS = st.text(min_size=1, max_size=8)
USERS = st.builds(Text, WORDS) | st.builds(Image, st.just("image/png"), WORDS)
MESSAGES = st.one_of(
    st.builds(Message, st.just("system"), st.tuples(st.builds(Text, WORDS))),
    st.builds(Message, st.just("user"), st.lists(USERS, min_size=1, max_size=3).map(tuple)),
    st.builds(Message, st.just("assistant"),
              st.lists(st.builds(Text, WORDS) | st.builds(Thinking, WORDS, WORDS)
                       | st.builds(ToolUse, WORDS, WORDS, WORDS), max_size=3).map(tuple)),
    st.builds(Message, st.just("tool"),
              st.lists(st.builds(ToolResult, WORDS, st.tuples(USERS)), max_size=3).map(tuple)),
)  # fmt: skip


@given(st.lists(MESSAGES, max_size=8))
def test_turns_alternate_from_the_user_on_and_nothing_said_is_lost(messages: list[Message]):
    turns = body(OPUS, *messages, Message("user", (Text("End."),)))["messages"]
    roles = [turn["role"] for turn in turns]
    assert roles == (["user", "assistant"] * len(roles))[: len(roles)]
    told = json.dumps(turns)
    for turn in turns:
        kinds = [block["type"] == "tool_result" for block in turn["content"]]
        assert kinds == sorted(kinds, reverse=True)
    said = [part.text for one in messages if one.role == "user"
            for part in one.parts if isinstance(part, Text)]  # fmt: skip
    assert all(json.dumps(text)[1:-1] in told for text in said)


PLAIN = st.lists(
    st.tuples(
        st.lists(st.builds(Text, WORDS), min_size=1, max_size=2),
        st.lists(
            st.builds(Text, WORDS) | st.builds(Thinking, WORDS, WORDS), min_size=1, max_size=2
        ),
    ),
    max_size=3,
)


@given(PLAIN, st.floats(0, 1), st.sampled_from([None, "low", "high", "max"]))
def test_what_is_written_is_read_as_it_was(pairs: Any, temperature: float, effort: Any):
    talk = [Message(role, tuple(parts)) for pair in pairs
            for role, parts in zip(("user", "assistant"), pair, strict=True)]  # fmt: skip
    chat = Chat(SONNET, (*talk, HI), tools=(T,), limit=100, effort=effort, wants_usage=True,
                temperature=None if effort else temperature, stop=("x",), user="u",
                tool_choice=ToolChoice("any", ("t",)), parallel=False)  # fmt: skip
    wrote = AnthropicMessagesOut().write(chat, ModelCard(SONNET))
    assert wrote.dropped == ()
    assert AnthropicMessages().read(wrote.body) == chat
