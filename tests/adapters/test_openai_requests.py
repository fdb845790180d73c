"""Requests in OpenAI's words: read from programs, written for providers."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.chat import (
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
from aiconnect.adapters.dialects.openai import OpenAIChat, OpenAIChatOut
from aiconnect.adapters.types import ModelCard
from aiconnect.errors import CallError, CannotCarry
from tests.adapters.openai_values import CARD, chats, json_values, sample

USER = {"role": "user", "content": "Hi"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def read(*messages: Any, **fields: Any) -> Chat:
    return OpenAIChat().read({"model": "m", "messages": list(messages or [USER]), **fields})


def write(chat: Chat, card: ModelCard = CARD) -> dict[str, Any]:
    return OpenAIChatOut().write(chat, card).body


def only(*parts: Any) -> tuple[Any, ...]:
    """The parts of the one message that a user sends."""
    return read({"role": "user", "content": list(parts)}).messages[0].parts


@given(chats)
def test_what_is_written_reads_as_what_it_was(chat: Chat) -> None:
    body = json.loads(json.dumps(write(chat)))
    assert OpenAIChat().read(body) == chat


def test_the_shared_conversation_reads_and_writes_as_it_stands() -> None:
    body = sample("translate/conversation.openai.json")
    chat = OpenAIChat().read(body)
    assert [message.role for message in chat.messages] == [
        "system", "user", "assistant", "tool", "user",
    ]  # fmt: skip
    assert chat.limit == 512
    written = write(chat, ModelCard("gpt-6-sol"))
    assert written["messages"] == body["messages"]
    assert written["tools"] == body["tools"]
    assert written["max_tokens"] == 512


@pytest.mark.parametrize("name", ["json_schema", "tools", "vision"])
def test_published_requests_read_without_loss(name: str) -> None:
    body = sample(f"openai/chat.{name}.request.json")
    chat = OpenAIChat().read(body)
    assert chat.dropped == ()
    assert OpenAIChat().read(write(chat, ModelCard("gpt-6-sol"))) == chat


FIELDS = sorted(
    {
        "messages", "tools", "tool_choice", "response_format", "stop", "n", "modalities", "seed",
        "reasoning", "thinking", "reasoning_effort", "max_tokens", "logprobs", "stream_options",
        "user", "cache_control", "temperature", "parallel_tool_calls",
    }
)  # fmt: skip
MESSAGE_FIELDS = ["content", "tool_calls", "reasoning_details", "refusal", "tool_call_id", "name"]
kinds = st.sampled_from(["text", "image_url", "file", "input_audio", "thinking", "function"])
hostile_parts = st.fixed_dictionaries(
    {"type": kinds},
    optional=dict.fromkeys(["text", "image_url", "file", "function", "thinking"], json_values),
)
hostile_messages = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "user", "assistant", "tool", "function"])},
    optional=dict.fromkeys(MESSAGE_FIELDS, json_values | st.lists(hostile_parts, max_size=2)),
)


@given(
    st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=4),
    st.lists(hostile_messages | json_values, max_size=3),
)
def test_any_body_is_a_chat_or_the_callers_fault(
    fields: dict[str, Any], messages: list[Any]
) -> None:
    with suppress(CallError, CannotCarry):
        write(OpenAIChat().read({"messages": messages, **fields}))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [{}, [], [[]], {"type": []}, {"type": {}}, "x", 1e999, True])
def test_a_field_of_a_wrong_type_is_the_callers_fault(field: str, value: Any) -> None:
    with suppress(CallError, CannotCarry):
        OpenAIChat().read({"messages": [USER], field: value})


def test_a_huge_number_is_no_number() -> None:
    with pytest.raises(CallError, match="`temperature` must be a number"):
        read(temperature=10**4000)


@pytest.mark.parametrize("body", [{}, {"messages": []}, {"messages": "Hi"}, {"messages": [1]}])
def test_a_request_without_messages_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(CallError):
        OpenAIChat().read(body)


def test_developers_speak_as_the_system() -> None:
    assert read({"role": "developer", "content": "Be brief."}).messages[0].role == "system"


def test_content_may_be_missing() -> None:
    chat = read(USER, {"role": "assistant", "content": None, "tool_calls": [CALL]})
    assert chat.messages[1].parts == (ToolUse("call_1", "f", "{}"),)


def test_arguments_may_come_as_an_object() -> None:
    call = CALL | {"function": {"name": "f", "arguments": {"a": 1}}}
    part = read(USER, {"role": "assistant", "tool_calls": [call]}).messages[1].parts[0]
    assert part == ToolUse("call_1", "f", '{"a":1}')


def test_results_side_by_side_answer_one_turn() -> None:
    one, two = ({"role": "tool", "tool_call_id": x, "content": x} for x in "ab")
    chat = read(USER, one, two)
    assert chat.messages[1] == Message(
        "tool", (ToolResult("a", (Text("a"),)), ToolResult("b", (Text("b"),)))
    )


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_in_the_history_are_read_under_both_names(field: str) -> None:
    said = read(USER, {"role": "assistant", "content": "x", field: "Hm."}).messages[1]
    assert said.parts == (Thinking("Hm."), Text("x"))


def test_signatures_in_the_history_are_kept() -> None:
    details = [
        {"type": "reasoning.text", "text": "Hm.", "signature": "s", "format": "f", "index": 0},
        {"type": "reasoning.encrypted", "data": "d"},
    ]
    call = CALL | {"extra_content": {"google": {"thought_signature": "g"}}}
    said = {"role": "assistant", "reasoning": "Hm.", "reasoning_details": details}
    parts = read(USER, said | {"tool_calls": [call]}).messages[1].parts
    assert parts == (
        Thinking("Hm.", "s"), Thinking(redacted="d"), ToolUse("call_1", "f", "{}", "g"),
    )  # fmt: skip


def test_a_picture_comes_as_an_address_or_as_data() -> None:
    web = {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}
    data = {"type": "image_url", "image_url": "data:image/png;base64,aGk="}
    assert only(web, data) == (Image(url="https://a.example/b.png"), Image("image/png", "aGk="))


def test_a_document_comes_as_data() -> None:
    part = {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:a/b;base64,aGk="}}
    assert only(part) == (File("a.pdf", "a/b", "aGk="),)


@pytest.mark.parametrize("url", ["ftp://a/b", "data:image/png,plain", "x", ""])
def test_other_addresses_are_no_pictures(url: str) -> None:
    with pytest.raises(CallError, match="image_url"):
        only({"type": "image_url", "image_url": {"url": url}})


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"n": 2}, "`n` above 1"),
        ({"modalities": ["text", "audio"]}, "answers other than text"),
        ({"audio": {"voice": "alloy"}}, "spoken answers"),
        ({"prediction": {"type": "content"}}, "`prediction`"),
        ({"web_search_options": {}}, "web search"),
        ({"functions": []}, "`functions`"),
        ({"tools": [{"type": "web_search"}]}, "the tool type web_search"),
        ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "the tool type custom"),
        ({"tool_choice": {"type": "custom"}}, "the tool choice custom"),
        ({"response_format": {"type": "grammar"}}, "the response format grammar"),
    ],
)
def test_what_only_openai_has_cannot_be_carried(fields: dict[str, Any], what: str) -> None:
    with pytest.raises(CannotCarry) as raised:
        read(**fields)
    assert raised.value.what == what


@pytest.mark.parametrize(
    "message",
    [
        {"role": "function", "name": "f", "content": "x"},
        {"role": "assistant", "audio": {"id": "a"}},
        {"role": "assistant", "function_call": {"name": "f"}},
        {"role": "user", "content": [{"type": "video_url"}]},
        {"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]},
    ],
)
def test_messages_that_only_openai_knows_cannot_be_carried(message: dict[str, Any]) -> None:
    with pytest.raises(CannotCarry):
        read(message)


@pytest.mark.parametrize(
    "message",
    [
        {"role": "wizard"},
        {"role": "user", "content": 1},
        {"role": "user", "content": [1]},
        {"role": "user", "content": [{}]},
        {"role": "user", "content": [{"type": "file", "file": {}}]},
        {"role": "user", "content": [{"type": "file", "file": {"file_data": "data:x"}}]},
        {"role": "system", "content": [{"type": "image_url", "image_url": "https://a.example"}]},
        {"role": "tool", "content": [{"type": "refusal", "refusal": "No."}]},
        {"role": "assistant", "tool_calls": [{}]},
        {"role": "assistant", "tool_calls": ["f"]},
    ],
)
def test_messages_that_are_none_are_the_callers_fault(message: dict[str, Any]) -> None:
    with pytest.raises(CallError) as raised:
        read(message)
    assert raised.value.status == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 0}, {"max_tokens": 0}, {"seed": 1.5}, {"tools": [{"function": {}}]},
        {"tool_choice": {"type": "function"}}, {"tool_choice": "frob"},
        {"reasoning_effort": "frob"}, {"stop": [1]}, {"stream": "yes"},
    ],
)  # fmt: skip
def test_values_that_mean_nothing_are_the_callers_fault(fields: dict[str, Any]) -> None:
    with pytest.raises(CallError):
        read(**fields)


def test_arguments_nested_to_the_brim_are_the_callers_fault() -> None:
    arguments: dict[str, Any] = {}
    for _ in range(2000):
        arguments = {"a": arguments}
    call = CALL | {"function": {"name": "f", "arguments": arguments}}
    with pytest.raises(CallError, match="too deep"):
        read({"role": "assistant", "tool_calls": [call]})


def test_parts_are_read_in_every_hosts_words() -> None:
    mark, own = {"cache_control": {"type": "x"}}, {"prompt_cache_breakpoint": {"mode": "explicit"}}
    assert only("a", "", {"text": "b"} | mark, {"type": "text", "text": "c"} | own) == (
        Text("a"), Text("b", cache={"type": "x"}), Text("c", cache={"type": "ephemeral"}),
    )  # fmt: skip
    said = {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm."}]}
    assert read(said).messages[0].parts == (Thinking("Hm."),)


def test_a_document_comes_as_bare_base64_or_as_an_address() -> None:
    bare, web = ({"type": "file", "file": {"file_data": x}} for x in ("aGk=", "https://a.example"))
    assert only(bare, web) == (
        File("", "application/pdf", "aGk="), File(url="https://a.example"),
    )  # fmt: skip


def test_a_schema_may_stand_beside_its_type() -> None:
    schema = {"type": "json_schema", "schema": {"type": "object"}}
    assert read(response_format=schema).format == Format({"type": "object"})


def test_advisory_and_unknown_fields_are_named() -> None:
    chat = read(
        USER | {"name": "ada"}, metadata={"a": "b"}, logit_bias={}, store=False, frob=1, tools=None
    )
    assert chat.dropped == ("metadata", "logit_bias", "store", "frob", "messages[].name")


def test_a_field_that_no_header_can_hold_is_not_named() -> None:
    assert read(**{"a\r\nb": 1, "ü": 2, "x" * 99: 3}).dropped == ()


@pytest.mark.parametrize(
    ("fields", "effort", "budget"),
    [
        ({"reasoning_effort": "high"}, "high", None),
        ({"reasoning_effort": "default"}, None, None),
        ({"reasoning": {"effort": "low"}}, "low", None),
        ({"reasoning": {"enabled": False}}, "none", None),
        ({"reasoning": {"max_tokens": 2000}}, None, 2000),
        ({"thinking": {"type": "enabled", "budget_tokens": 3000}}, None, 3000),
        ({"thinking": {"type": "enabled"}}, "medium", None),
        ({"thinking": {"type": "disabled"}}, "none", None),
    ],
)
def test_effort_is_read_in_every_hosts_words(
    fields: dict[str, Any], effort: str | None, budget: int | None
) -> None:
    chat = read(**fields)
    assert (chat.effort, chat.thinking_tokens) == (effort, budget)


@pytest.mark.parametrize(
    ("stated", "choice"),
    [
        ("auto", ToolChoice("auto")),
        ("none", ToolChoice("none")),
        ("required", ToolChoice("any")),
        ({"type": "function", "function": {"name": "f"}}, ToolChoice("any", ("f",))),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [{"type": "function", "function": {"name": "f"}}],
                },
            },
            ToolChoice("auto", ("f",)),
        ),
    ],
)
def test_a_choice_of_tools_is_read(stated: Any, choice: ToolChoice) -> None:
    assert read(tool_choice=stated).tool_choice == choice


def test_the_newer_limit_wins_and_minus_one_is_none() -> None:
    assert read(max_tokens=5, max_completion_tokens=7).limit == 7
    assert read(max_tokens=-1).limit is None


def test_a_stop_may_be_a_string() -> None:
    assert read(stop="END").stop == ("END",)


def test_a_format_without_a_schema_is_refused() -> None:
    with pytest.raises(CallError, match="schema"):
        read(response_format={"type": "json_schema", "json_schema": {"name": "x"}})


# --- towards providers ---------------------------------------------------------------------------


def messages(*said: Message) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = write(Chat("m", said))["messages"]
    return found


QUESTION = Message("user", (Text("Hi"),))


def test_text_alone_is_one_string() -> None:
    assert messages(Message("user", (Text("a"), Text("b"))))[0]["content"] == "a\n\nb"


def test_calls_without_ids_are_paired_by_name_and_order() -> None:
    written = messages(
        QUESTION,
        Message("assistant", (ToolUse("", "f"), ToolUse("", "g"), ToolUse("", "f"))),
        Message("tool", tuple(ToolResult("", name=name) for name in ("g", "f", "f"))),
    )
    assert [call["id"] for call in written[1]["tool_calls"]] == ["call_1", "call_2", "call_3"]
    assert [one["tool_call_id"] for one in written[2:]] == ["call_2", "call_1", "call_3"]


def test_pictures_of_a_result_follow_in_a_message_of_the_user() -> None:
    result = ToolResult("a", (Text("Here:"), Image("image/png", "aGk=")))
    written = messages(QUESTION, Message("tool", (result,)))
    assert written[1] == {"role": "tool", "tool_call_id": "a", "content": "Here:"}
    assert written[2]["role"] == "user"
    assert written[2]["content"][0]["type"] == "image_url"


def test_thoughts_of_earlier_turns_are_left_out() -> None:
    thought = Message("assistant", (Thinking("Hm."), Text("x")))
    written = messages(QUESTION, thought, QUESTION, thought)
    assert "reasoning_content" not in written[1]
    assert written[3]["reasoning_content"] == "Hm."


def test_a_picture_without_a_media_type_shows_what_it_is() -> None:
    (written,) = messages(Message("user", (Image(data="/9j/4AAQ"),)))
    assert written["content"][0]["image_url"]["url"].startswith("data:image/jpeg;base64,")


def test_a_result_that_answers_no_call_gets_an_id_of_its_own() -> None:
    written = messages(QUESTION, Message("tool", (ToolResult(""), Text("stray"))))
    assert [one.get("tool_call_id") for one in written] == [None, "call_1"]


def test_a_refusal_in_the_words_of_others_is_text() -> None:
    assert messages(Message("user", (Refusal("No."),)))[0]["content"] == "No."


def test_a_refusal_is_kept_apart() -> None:
    written = messages(QUESTION, Message("assistant", (Refusal("No."),)))
    assert written[1] == {"role": "assistant", "content": None, "refusal": "No."}


def test_only_the_tools_that_may_be_called_are_sent() -> None:
    tools = (Tool("f"), Tool("g"), Tool("h"))
    body = write(Chat("m", (QUESTION,), tools=tools, tool_choice=ToolChoice("any", ("f", "h"))))
    assert [tool["function"]["name"] for tool in body["tools"]] == ["f", "h"]
    assert body["tool_choice"] == "required"


def test_one_tool_that_must_be_called_is_named() -> None:
    chat = Chat("m", (QUESTION,), tools=(Tool("f"),), tool_choice=ToolChoice("any", ("f",)))
    assert write(chat)["tool_choice"] == {"type": "function", "function": {"name": "f"}}


def test_a_choice_without_tools_is_not_sent() -> None:
    body = write(Chat("m", (QUESTION,), tool_choice=ToolChoice("auto"), parallel=False))
    assert set(body) == {"model", "messages"}


def test_a_stream_asks_for_usage() -> None:
    body = write(Chat("m", (QUESTION,), is_stream=True))
    assert body["stream_options"] == {"include_usage": True}


def test_a_schema_gets_the_name_that_openai_wants() -> None:
    body = write(Chat("m", (QUESTION,), format=Format({"type": "object"})))
    assert body["response_format"]["json_schema"]["name"] == "answer"


def test_what_has_no_place_is_refused_or_named() -> None:
    with pytest.raises(CannotCarry):
        write(Chat("m", (QUESTION,), logprobs=True))
    with pytest.raises(CannotCarry):
        messages(Message("user", (File(url="https://a.example/b.pdf"),)))
    marked = Message("user", (Text("Hi", cache={"type": "ephemeral"}),))
    chat = Chat("m", (marked,), effort="high", user="u" * 65)
    written = OpenAIChatOut().write(chat, ModelCard("m", capabilities=("tools",)))
    assert written.dropped == ("cache_control", "reasoning_effort", "user")
    calm = OpenAIChatOut().write(Chat("m", effort="none"), ModelCard("m", capabilities=("tools",)))
    assert (calm.body.get("reasoning_effort"), calm.dropped) == (None, ())


@pytest.mark.parametrize(("tokens", "effort"), [(1024, "low"), (4000, "medium"), (32_000, "high")])
def test_a_budget_is_said_as_an_effort(tokens: int, effort: str) -> None:
    assert write(Chat("m", (QUESTION,), thinking_tokens=tokens))["reasoning_effort"] == effort
