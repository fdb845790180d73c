"""What programs ask in Anthropic's words, read into values."""

from __future__ import annotations

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
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from aiconnect.adapters.dialects.anthropic import AnthropicCountTokens, AnthropicMessages
from aiconnect.errors import CallError, CannotCarry
from tests.fakes.samples import sample_json

WIRE = AnthropicMessages()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["text", "tool_use", "tool_result", "user", "assistant", "base64", "auto"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["type", "role", "content", "text", "source", "data", "input", "id", "name",
                         "tool_use_id", "cache_control", "thinking", "url", "media_type", "effort"])
        | st.text(max_size=3),
        inner, max_size=5,
    ),
    max_leaves=6,
)  # fmt: skip
FIELDS = ("system", "messages", "max_tokens", "stop_sequences", "temperature", "top_k", "tools",
          "tool_choice", "thinking", "output_config", "metadata", "cache_control", "stream",
          "container", "service_tier")  # fmt: skip


def body(*content: object, **more: object) -> dict[str, Any]:
    messages = [{"role": "user", "content": list(content) or "Hi"}]
    return {"model": "m", "max_tokens": 9, "messages": messages, **more}


def read(*content: object, **more: object) -> Chat:
    return WIRE.read(body(*content, **more))


def test_a_conversation_is_read_whole():
    chat = WIRE.read(sample_json("translate/conversation.anthropic.json"))
    oslo, rome = '{"city":"Oslo","unit":"celsius"}', '{"city":"Rome","unit":"celsius"}'
    system, user, assistant, results, last = chat.messages
    assert system == Message("system", (Text("Answer briefly."),))
    assert user.parts[0] == Text("Weather where this was taken, and in Rome?")
    assert isinstance(user.parts[1], Image)
    assert user.parts[1].media_type == "image/png"
    assert assistant.parts == (
        Text("Checking both."),
        ToolUse("call_a1", "get_weather", oslo),
        ToolUse("call_b2", "get_weather", rome),
    )
    assert results == Message("tool", (
        ToolResult("call_a1", (Text('{"temp":3}'),)),
        ToolResult("call_b2", (Text("rain, 14 degrees"),)),
    ))  # fmt: skip
    assert last == Message("user", (Text("One sentence, please."),))
    assert (chat.limit, chat.stop, chat.tool_choice) == (512, ("END",), ToolChoice("auto"))
    assert chat.tools[0].name == "get_weather"
    assert not chat.is_stream


def test_wishes_are_read():
    chat = WIRE.read(sample_json("anthropic/messages.request.json"))
    assert chat.messages[0].parts == (Text("Answer in one sentence.", {"type": "ephemeral"}),)
    assert (chat.effort, chat.user, chat.limit) == ("low", "u-1", 1024)
    asked = WIRE.read(sample_json("anthropic/messages.json_schema.request.json"))
    assert isinstance(asked.format, Format)
    assert set(asked.format.schema or {}) >= {"properties", "required"}


def test_thoughts_come_back_as_they_were():
    chat = WIRE.read(sample_json("anthropic/messages.tools.request.json"))
    assert chat.messages[1].parts[0] == Thinking("", "EqQBCgIYAhIM...")
    assert chat.parallel is None
    secret = {"role": "assistant", "content": [{"type": "redacted_thinking", "data": "x"}]}
    said = WIRE.read({**body(), "messages": [*body()["messages"], secret]})
    assert said.messages[1].parts == (Thinking(redacted="x"),)


@pytest.mark.parametrize(
    ("asked", "effort", "tokens", "shows"),
    [
        ({}, None, None, None),
        ({"thinking": {"type": "adaptive"}}, "high", None, None),
        ({"thinking": {"type": "adaptive", "display": "summarized"},
          "output_config": {"effort": "max"}}, "max", None, True),
        ({"thinking": {"type": "adaptive", "display": "omitted"}}, "high", None, False),
        ({"thinking": {"type": "enabled", "budget_tokens": 2048}}, None, 2048, None),
        ({"thinking": {"type": "disabled"}}, "none", None, None),
        ({"thinking": {"type": "between_tools"}}, "none", None, None),
    ],
)  # fmt: skip
def test_thinking_is_read(asked: dict[str, Any], effort: object, tokens: object, shows: object):
    chat = read(**asked)
    assert (chat.effort, chat.thinking_tokens, chat.shows_thinking) == (effort, tokens, shows)


@pytest.mark.parametrize(
    ("chosen", "choice", "parallel"),
    [
        ({"type": "auto"}, ToolChoice("auto"), None),
        ({"type": "any", "disable_parallel_tool_use": True}, ToolChoice("any"), False),
        ({"type": "tool", "name": "t"}, ToolChoice("any", ("t",)), None),
        ({"type": "none", "disable_parallel_tool_use": False}, ToolChoice("none"), None),
    ],
)
def test_a_choice_of_tools_is_read(chosen: object, choice: object, parallel: object):
    chat = read(tools=[{"name": "t"}], tool_choice=chosen)
    assert (chat.tools, chat.tool_choice, chat.parallel) == ((Tool("t"),), choice, parallel)


def test_documents_and_pictures_are_read():
    chat = read(
        {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
        {"type": "document", "title": "T", "source": {"type": "url", "url": "https://x/y.pdf"}},
        {"type": "document",
         "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}},
        {"type": "document", "title": "T",
         "source": {"type": "text", "media_type": "text/plain", "data": "words"}},
    )  # fmt: skip
    assert chat.messages[0].parts == (
        Image(url="https://x/y.png"),
        File("T", url="https://x/y.pdf"),
        File("", "application/pdf", "JVBERi0="),
        Text("T\n\nwords"),
    )


def test_results_come_before_what_the_user_says():
    result = {"type": "tool_result", "tool_use_id": "a", "is_error": True}
    chat = read({"type": "text", "text": "So?"}, result)
    assert chat.messages == (
        Message("tool", (ToolResult("a", is_error=True),)),
        Message("user", (Text("So?"),)),
    )


def test_what_changes_nothing_is_dropped_by_name():
    chat = read(service_tier="auto", inference_geo="eu", speed=None, **{"a\r\nb": 1, "ü": 2})
    assert chat.dropped == ("service_tier", "inference_geo")


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        {"mcp_servers": [{"type": "url"}]},
        {"container": "c"},
    ],
)
def test_what_only_anthropic_does_cannot_be_carried(more: dict[str, Any]):
    with pytest.raises(CannotCarry):
        read(**more)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "source": {"type": "file", "file_id": "f"}},
        {"type": "document", "source": {"type": "file", "file_id": "f"}},
        {"type": "search_result"},
        {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "tool_reference"}]},
    ],
)
def test_blocks_that_only_anthropic_has_cannot_be_carried(block: object):
    with pytest.raises(CannotCarry):
        read(block)


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_tokens": None}, {"max_tokens": 0}, {"max_tokens": True}, {"max_tokens": 1.5},
        {"max_tokens": float("inf")}, {"messages": None}, {"messages": []}, {"messages": ["Hi"]},
        {"messages": [{"role": "robot", "content": "Hi"}]}, {"model": ""}, {"model": 3},
        {"messages": [{"role": ["user"], "content": "Hi"}]},
        {"messages": [{"role": "user", "content": None}]},
        {"messages": [{"role": "user", "content": [{"type": "tool_use"}]}]},
        {"messages": [{"role": "user", "content": [{"type": "thinking", "thinking": ""}]}]},
        {"messages": [{"role": "assistant", "content": [{"type": "tool_result",
                                                         "tool_use_id": "a"}]}]},
        {"system": 3}, {"stop_sequences": "END"}, {"stop_sequences": [3]}, {"temperature": "hot"},
        {"temperature": float("nan")}, {"tools": {}}, {"tools": [{}]}, {"stream": "yes"},
        {"tool_choice": {"type": "maybe"}}, {"tool_choice": {"type": "tool"}},
        {"thinking": {"type": "deep"}}, {"output_config": {"effort": ["low"]}},
        {"output_config": {"effort": "some"}}, {"output_config": {"format": {"type": "xml"}}},
        {"metadata": {"user_id": 3}}, {"cache_control": "yes"},
    ],
)  # fmt: skip
def test_what_is_malformed_is_the_callers_fault(wrong: dict[str, Any]):
    ask = WIRE.is_stream if "stream" in wrong else WIRE.read
    with pytest.raises(CallError) as refusal:
        ask(body(**wrong))
    assert refusal.value.status == 400
    assert str(refusal.value)


def test_nothing_is_too_deep():
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"type": "tool_result", "tool_use_id": "a", "content": [deep]}
    with pytest.raises(CannotCarry):
        read(deep)
    given: list[Any] = []
    for _ in range(5000):
        given = [given]
    use = {"type": "tool_use", "id": "a", "name": "t", "input": {"x": given}}
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [use]}]
    with pytest.raises(CallError, match="deep"):
        WIRE.read(body(messages=messages))


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6))
def test_any_json_is_read_or_refused(more: dict[str, Any]):
    with suppress(CallError, CannotCarry):
        assert isinstance(WIRE.read(body() | more), Chat)


@given(JSON)
def test_any_content_is_read_or_refused(content: Any):
    for role in ("user", "assistant"):
        with suppress(CallError, CannotCarry):
            WIRE.read(body(messages=[{"role": role, "content": content}]))


# --- where Anthropic itself is asked -------------------------------------------------------------


def test_only_the_models_name_changes_on_the_way_to_anthropic():
    asked = body(stream=True, tomorrow={"a": [1]})
    assert WIRE.prepare(asked, "claude-x") == {**asked, "model": "claude-x"}
    assert WIRE.is_stream(asked)
    assert not WIRE.is_stream(body())


def test_counting_needs_no_limit():
    counting = AnthropicCountTokens()
    asked = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    assert counting.read(asked).messages == (Message("user", (Text("Hi"),)),)
    assert counting.prepare(asked, "claude-x") == {**asked, "model": "claude-x"}
    stated = sample_json("anthropic/count_tokens.response.json")
    assert counting.complete(2095) == stated
