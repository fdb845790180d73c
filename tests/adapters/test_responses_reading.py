"""What a program asks for at /v1/responses, as a chat."""

from __future__ import annotations

import json
from contextlib import suppress
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
    Refusal,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from aiconnect.adapters.dialects.responses import Responses
from aiconnect.errors import CallError, CannotCarry
from tests.fakes.samples import sample_json

WIRE = Responses()
PIXEL = "data:image/png;base64,iVBORw0="

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def ask(**more: Any) -> Chat:
    return WIRE.read({"model": "m", "input": "Hi", **more})


def said(*items: Any) -> tuple[Message, ...]:
    return ask(input=list(items)).messages


def part(**fields: Any) -> Any:
    return said({"role": "user", "content": [fields]})[0].parts[0]


def call(name: str, call_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": "{}", **more}


def test_a_conversation_is_read_into_turns() -> None:
    chat = WIRE.read(sample_json("translate/conversation.responses.json"))
    assert [message.role for message in chat.messages] == [
        "system", "user", "assistant", "tool", "tool", "user",
    ]  # fmt: skip
    _, asked, answer, first, second, last = chat.messages
    assert asked.parts[0] == Text("Weather where this was taken, and in Rome?")
    assert isinstance(asked.parts[1], Image)
    assert (asked.parts[1].media_type, asked.parts[1].detail) == ("image/png", "auto")
    arguments = '{"city":"Oslo","unit":"celsius"}'
    assert answer.parts[:2] == (
        Text("Checking both."), ToolUse("call_a1", "get_weather", arguments),
    )  # fmt: skip
    assert first.parts == (ToolResult("call_a1", (Text('{"temp":3}'),)),)
    assert second.parts == (ToolResult("call_b2", (Text("rain, 14 degrees"),)),)
    assert last.parts == (Text("One sentence, please."),)
    assert (chat.limit, chat.parallel, chat.tool_choice) == (512, True, ToolChoice("auto"))
    assert (chat.tools[0].name, chat.tools[0].strict, chat.dropped) == ("get_weather", False, ())


def test_the_wishes_of_a_request_are_read() -> None:
    chat = WIRE.read(sample_json("openai/responses.request.json"))
    assert (chat.effort, chat.shows_thinking, chat.wants_usage) == ("low", True, True)
    assert chat.format is not None
    assert (chat.format.name, chat.format.strict) == ("answer", True)
    assert chat.messages[0] == Message("system", (Text("Answer briefly."),))
    assert not chat.is_stream


def test_numbers_and_flags_stand_where_they_belong() -> None:
    chat = ask(temperature=1, top_p=0.5, stream=True, user="u", parallel_tool_calls=False)
    assert (chat.temperature, chat.top_p, chat.is_stream) == (1, 0.5, True)
    assert (chat.user, chat.parallel) == ("u", False)
    assert ask(safety_identifier="s").user == "s"


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({"type": "input_text", "text": "a"}, Text("a")),
        ({"type": "output_text", "text": "a", "annotations": []}, Text("a")),
        ({"type": "refusal", "refusal": "no"}, Refusal("no")),
        ({"type": "input_image", "image_url": PIXEL}, Image("image/png", "iVBORw0=")),
        ({"type": "input_image", "image_url": "https://h/p"}, Image(url="https://h/p")),
        (
            {"type": "input_file", "filename": "a.txt", "file_data": "data:text/plain;base64,YQ=="},
            File("a.txt", "text/plain", "YQ=="),
        ),
        ({"type": "input_file", "file_data": "YQ=="}, File("", "application/pdf", "YQ==")),
        ({"type": "input_file", "file_url": "https://h/f"}, File(url="https://h/f")),
        (
            {"type": "input_audio", "input_audio": {"data": "YQ==", "format": "wav"}},
            Audio("YQ==", "wav"),
        ),
        (
            {"type": "input_text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}},
            Text("a", {"type": "ephemeral"}),
        ),
    ],
)
def test_every_kind_of_part_is_read(fields: dict[str, Any], read: object) -> None:
    assert part(**fields) == read


def test_what_the_model_said_in_one_turn_is_one_message() -> None:
    thought = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "h"}],
    }
    turns = said(thought, {"role": "assistant", "content": "a"}, call("f", "1"), call("g", "2"))
    kinds = [type(one) for one in turns[0].parts]
    assert (len(turns), kinds) == (1, [Thinking, Text, ToolUse, ToolUse])


def test_thoughts_of_raw_text_are_read_too() -> None:
    raw = {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "raw"}]}
    assert said(raw)[0].parts == (Thinking("raw"),)


def test_thoughts_that_another_company_encrypted_go_nowhere_and_that_is_said() -> None:
    item = {"type": "reasoning", "summary": [], "encrypted_content": "gAAAA"}
    chat = ask(input=[{"role": "user", "content": "a"}, item])
    assert [message.role for message in chat.messages] == ["user"]
    assert chat.dropped == ("reasoning.encrypted_content",)


def test_a_result_may_be_a_list_of_parts() -> None:
    output = [{"type": "input_text", "text": "a"}, {"type": "input_image", "image_url": PIXEL}]
    item = {"type": "function_call_output", "call_id": "1", "output": output}
    expected = ToolResult("1", (Text("a"), Image("image/png", "iVBORw0=")))
    assert said(item)[0] == Message("tool", (expected,))


@pytest.mark.parametrize(
    ("choice", "read"),
    [
        ("none", ToolChoice("none")),
        ("required", ToolChoice("any")),
        ({"type": "function", "name": "f"}, ToolChoice("any", ("f",))),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
            ToolChoice("auto", ("f",)),
        ),
    ],
)
def test_every_choice_of_tools_is_read(choice: object, read: ToolChoice) -> None:
    assert ask(tool_choice=choice).tool_choice == read


def test_a_tool_without_parameters_has_none() -> None:
    assert ask(tools=[{"type": "function", "name": "f"}]).tools == (Tool("f"),)


def test_any_json_may_be_asked_for() -> None:
    assert ask(text={"format": {"type": "json_object"}}).format == Format()
    assert ask(text={"format": {"type": "text"}}).format is None


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"previous_response_id": "resp_1"}, "`previous_response_id`"),
        ({"conversation": {"id": "c"}}, "`conversation`"),
        ({"background": True}, "`background`"),
        ({"store": True}, "`store`"),
        ({"prompt": {"id": "p"}}, "`prompt`"),
        ({"moderation": {"model": "m"}}, "`moderation`"),
        ({"input": [{"type": "item_reference", "id": "i"}]}, "`item_reference`"),
        ({"input": [{"id": "i"}]}, "`item_reference`"),
        ({"input": [{"type": "web_search_call"}]}, "the input item web_search_call"),
        ({"tools": [{"type": "web_search"}]}, "the tool type web_search"),
        ({"tools": [{"type": "custom", "name": "c"}]}, "the tool type custom"),
        ({"tool_choice": {"type": "mcp"}}, "the tool choice mcp"),
        ({"top_logprobs": 3}, "`top_logprobs`"),
        (
            {"include": ["message.output_text.logprobs"]},
            "`include` of message.output_text.logprobs",
        ),
        ({"text": {"format": {"type": "grammar"}}}, "the text format grammar"),
    ],
)
def test_what_only_openai_can_do_is_named(more: dict[str, Any], what: str) -> None:
    with pytest.raises(CannotCarry) as caught:
        ask(**more)
    assert caught.value.what == what


@pytest.mark.parametrize(
    "content",
    [
        {"type": "input_image", "file_id": "f"},
        {"type": "input_file", "file_id": "f"},
        {"type": "computer_screenshot"},
    ],
)
def test_content_that_lies_at_openai_cannot_be_carried(content: dict[str, Any]) -> None:
    with pytest.raises(CannotCarry):
        part(**content)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"input": None}, "input"),
        ({"input": 5}, "input"),
        ({"input": ["a"]}, "input"),
        ({"input": [{"role": "robot", "content": ""}]}, "input[0].role"),
        ({"input": [{"role": "user", "content": 1}]}, "input[0].content"),
        ({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}, "content[0].text"),
        ({"input": [call("f", "")]}, "input[0].call_id"),
        ({"input": [call("f", "1", arguments={})]}, "input[0].arguments"),
        ({"tools": {}}, "tools"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"tool_choice": "sometimes"}, "tool_choice"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"max_output_tokens": 10**400}, "max_output_tokens"),
        ({"reasoning": {"effort": "heroic"}}, "reasoning.effort"),
        ({"reasoning": []}, "reasoning"),
        ({"text": {"format": {"type": "json_schema", "name": "a"}}}, "text.format.schema"),
        ({"include": "all"}, "include"),
        ({"stream": "yes"}, "stream"),
    ],
)
def test_a_malformed_field_is_named(more: dict[str, Any], field: str) -> None:
    with pytest.raises(CallError) as caught:
        ask(**more)
    assert (caught.value.status, caught.value.code) == (400, "bad_request")
    assert f"{field}`" in str(caught.value)


def test_a_request_names_its_model() -> None:
    with pytest.raises(CallError) as caught:
        WIRE.read({"input": "Hi"})
    assert caught.value.code == "model_missing"


def test_a_schema_that_is_endlessly_deep_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(900):
        deep = {"a": deep}
    with pytest.raises(CallError, match=r"tools\[0\]\.parameters"):
        ask(tools=[{"type": "function", "name": "f", "parameters": deep}])


def test_advisory_and_unknown_fields_are_dropped_and_named() -> None:
    chat = ask(
        metadata={"a": "b"}, service_tier="flex", prompt_cache_key="k", truncation="auto",
        text={"verbosity": "low"}, reasoning={"effort": "low", "mode": "pro"}, sauce=1,
    )  # fmt: skip
    assert chat.dropped == (
        "metadata", "service_tier", "prompt_cache_key", "truncation", "sauce", "text.verbosity",
        "reasoning.mode",
    )  # fmt: skip


def test_what_changes_nothing_is_not_called_dropped() -> None:
    chat = ask(
        store=False, background=False, metadata={}, truncation="disabled", conversation=None,
        include=["reasoning.encrypted_content"], stream_options={"include_obfuscation": False},
    )  # fmt: skip
    assert chat.dropped == ()


def test_a_name_that_fits_no_header_is_dropped_in_silence() -> None:
    assert ask(**{"a\nb": 1, "ü": 1, "x" * 200: 1}).dropped == ()


FIELDS = (
    "model", "input", "instructions", "tools", "tool_choice", "text", "reasoning", "include",
    "temperature", "max_output_tokens", "top_logprobs", "stream", "user", "store",
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), json_values, max_size=8))
def test_any_body_is_read_or_refused(body: dict[str, Any]) -> None:
    _read_or_refuse(body)
    _read_or_refuse({"model": "m", "input": "Hi", **body})


INNER = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(
            ["message", "function_call", "function_call_output", "reasoning", "input_text",
             "input_image", "input_file", "input_audio", "refusal", "function", "allowed_tools"]
        ) | json_values,
        "role": st.sampled_from(["user", "assistant", "developer"]) | json_values,
        "content": json_values, "call_id": json_values, "name": json_values, "text": json_values,
        "arguments": json_values, "output": json_values, "summary": json_values,
        "encrypted_content": json_values, "image_url": json_values, "file_data": json_values,
        "input_audio": json_values, "parameters": json_values, "extra_content": json_values,
    },
)  # fmt: skip


@given(st.lists(INNER, max_size=4), st.lists(INNER, max_size=3), st.lists(INNER, max_size=2))
def test_any_items_are_read_or_refused(items: Any, content: Any, tools: Any) -> None:
    message = {"role": "user", "content": content}
    _read_or_refuse({"model": "m", "input": [*items, message], "tools": tools})


def _read_or_refuse(body: dict[str, Any]) -> None:
    with suppress(CallError, CannotCarry):
        chat = WIRE.read(body)
        assert json.dumps(WIRE.prepare(body, chat.model))
