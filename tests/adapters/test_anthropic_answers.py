"""Answers in Anthropic's words, both ways: whole ones, errors, lists of models."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from anthropic.types import Message as TheirMessage
from anthropic.types import ModelInfo
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.chat import (
    Chat,
    Completion,
    Finish,
    Refusal,
    Text,
    Thinking,
    ToolUse,
)
from aiconnect.adapters.dialects.anthropic import (
    AnthropicMessages,
    AnthropicMessagesOut,
    error_object,
    model_object,
    models_page,
)
from aiconnect.adapters.dialects.base import Answering
from aiconnect.adapters.types import Usage
from aiconnect.errors import KINDS, CallError
from aiconnect.wire.http1 import Malformed
from tests.adapters.test_anthropic_reading import JSON
from tests.fakes.samples import sample_json

OUT = AnthropicMessagesOut()
ANSWERING = Answering("call-1", "model-1", 1_795_300_080, Chat("m"), lambda: 5)


def read(name: str) -> Completion:
    return OUT.completion(sample_json(name))


def complete(completion: Completion) -> dict[str, Any]:
    return AnthropicMessages().complete(completion, ANSWERING)


def test_an_answer_is_read_as_everybody_reads_it():
    neutral, found = (
        sample_json("translate/reply.neutral.json"),
        read("translate/reply.anthropic.json"),
    )
    thought, said = found.parts
    assert thought == Thinking(neutral["reasoning"], "EqQBCgIYAhIM1gbcDa9GJwZA2b3h")
    assert said == Text(neutral["text"])
    assert found.finish == neutral["finish"]
    assert found.usage == Usage(input=500, cache_read=100, cache_write=0, output=18, reasoning=40)


def test_an_answer_with_calls_and_secrets_is_read():
    found = read("anthropic/messages.tools.response.json")
    assert found.parts[1:] == (
        Text("Checking Rome."),
        ToolUse("toolu_01B", "get_weather", '{"city":"Rome","unit":"celsius"}'),
    )
    assert found.finish == "tool_calls"
    secret = read("anthropic/messages.thinking.response.json")
    assert secret.parts[1] == Thinking(redacted="EmwKAhgBEgy3va3pzix/LafPsn4a...")


def test_a_refusal_is_read_with_its_explanation():
    refused = sample_json("anthropic/messages.refusal.response.json")
    assert OUT.completion(refused).parts == ()
    assert OUT.completion(refused).finish == "content_filter"
    refused["stop_details"]["explanation"] = "Not this."
    assert OUT.completion(refused).parts == (Refusal("Not this."),)


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", "stop"), ("stop_sequence", "stop"), ("pause_turn", "stop"),
        ("max_tokens", "length"), ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"), ("refusal", "content_filter"), (None, "stop"),
        ("of_tomorrow", "stop"), (["x"], "stop"),
    ],
)  # fmt: skip
def test_every_reason_is_known(reason: object, finish: Finish):
    assert OUT.completion({"content": [], "stop_reason": reason}).finish == finish


def test_what_ran_at_the_provider_says_nothing():
    ran = [{"type": "server_tool_use", "id": "x"}, {"type": "web_search_tool_result"}, 3]
    answer = {"content": [*ran, {"type": "text", "text": "Found."}]}
    assert OUT.completion(answer).parts == (Text("Found."),)


@pytest.mark.parametrize(
    "name",
    ["messages.response", "messages.thinking.response", "messages.tools.response",
     "messages.refusal.response"],
)  # fmt: skip
def test_what_was_read_is_written_again(name: str):
    found = read(f"anthropic/{name}.json")
    wrote = complete(found)
    stated = TheirMessage.model_validate(wrote)
    assert (
        stated.usage.input_tokens == sample_json(f"anthropic/{name}.json")["usage"]["input_tokens"]
    )
    assert OUT.completion(wrote) == found


def test_an_answer_of_another_provider_is_whole():
    said = Completion((Thinking("Hm."), Text(""), ToolUse("", "t", "")), "stop")
    wrote = complete(said)
    message = TheirMessage.model_validate(wrote, strict=True)
    assert (message.id, message.model, message.stop_reason) == ("call-1", "model-1", "tool_use")
    assert [block.type for block in message.content] == ["thinking", "tool_use"]
    assert wrote["content"][1]["id"].startswith("toolu_")
    assert wrote["content"][1]["input"] == {}
    assert wrote["usage"]["output_tokens"] == 0


def test_a_stop_sequence_is_told():
    wrote = complete(Completion((Text("A"),), "stop", stop="END"))
    assert (wrote["stop_reason"], wrote["stop_sequence"]) == ("stop_sequence", "END")
    cut = complete(Completion((Text("A"),), "length", stop="END"))
    assert (cut["stop_reason"], cut["stop_sequence"]) == ("max_tokens", None)


PARTS = st.one_of(
    st.builds(Text, st.text(min_size=1)),
    st.builds(Thinking, st.text(), st.text()),
    st.builds(Thinking, redacted=st.text(min_size=1)),
    st.builds(ToolUse, st.text(min_size=1), st.text(), st.sampled_from(["{}", '{"a":[1,"é"]}'])),
)
USAGE = st.builds(Usage, *[st.integers(0, 10**6)] * 5)


@given(
    st.lists(PARTS).map(tuple), st.sampled_from(["length", "tool_calls", "content_filter"]), USAGE
)
def test_any_answer_is_read_as_it_was_written(parts: Any, finish: Finish, usage: Usage):
    said = Completion(parts, finish, "id", "model", usage)
    wrote = complete(said)
    found = OUT.completion(wrote)
    written = [one for one in parts if not isinstance(one, ToolUse)]
    assert [one for one in found.parts if not isinstance(one, ToolUse)] == written
    assert len(found.parts) == len(parts)
    assert (found.finish, found.usage) == (finish, usage)
    assert AnthropicMessages().usage(wrote) == usage


@given(st.dictionaries(
    st.sampled_from(["content", "stop_reason", "usage", "id", "model", "stop_details"]), JSON
))  # fmt: skip
def test_any_json_is_an_answer_or_malformed(answer: dict[str, Any]):
    with suppress(Malformed):
        assert complete(OUT.completion(answer))["type"] == "message"


def test_an_answer_that_is_too_deep_is_malformed():
    given: list[Any] = []
    for _ in range(5000):
        given = [given]
    with pytest.raises(Malformed):
        OUT.completion({"content": [{"type": "tool_use", "input": {"x": given}}]})


def test_usage_that_is_none_is_none():
    assert AnthropicMessages().usage({}) is None
    assert AnthropicMessages().usage({"usage": {"input_tokens": "9"}}) is None
    odd = {
        "usage": {
            "input_tokens": 3,
            "output_tokens": 2,
            "output_tokens_details": {"thinking_tokens": 9},
        }
    }
    assert AnthropicMessages().usage(odd) == Usage(input=3, output=0, reasoning=9)


# --- errors and lists ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("invalid_access_token", None, "authentication_error"),
        ("bad_request", None, "invalid_request_error"), ("bad_request", 402, "billing_error"),
        ("model_not_allowed", None, "permission_error"),
        ("model_not_found", None, "not_found_error"), ("too_large", None, "request_too_large"),
        ("provider_rate_limited", None, "rate_limit_error"), ("internal", None, "api_error"),
        ("provider_auth", None, "api_error"), ("provider_refused", 422, "invalid_request_error"),
        ("no_capacity", None, "overloaded_error"), ("provider_silent", None, "timeout_error"),
    ],
)  # fmt: skip
def test_errors_have_anthropics_shape(code: str, status: int | None, kind: str):
    facts = dict.fromkeys(("detail", "model", "limit", "connection", "seconds"), "x")
    wrote = error_object(CallError(code, status=status, **facts), "req-1")
    assert (wrote["type"], wrote["request_id"]) == ("error", "req-1")
    assert wrote["error"]["type"] == kind
    assert wrote["error"]["code"] == code
    assert wrote["error"]["help_url"] == f"/help/errors#{code}"
    assert wrote["error"]["message"]
    assert code in KINDS


def test_a_list_of_models_is_read_by_their_client():
    entries = [("a/m", "M", 1_795_300_080), ("b/n", "", 0)]
    page = models_page(iter(entries))
    found = [ModelInfo.model_validate(one) for one in page["data"]]
    assert [(one.id, one.display_name) for one in found] == [("a/m", "M"), ("b/n", "b/n")]
    assert page["data"][0]["created_at"] == "2026-11-21T22:28:00Z"
    assert (page["has_more"], page["first_id"], page["last_id"]) == (False, "a/m", "b/n")
    assert model_object(entries[0]) == page["data"][0]
    assert models_page([]) == {"data": [], "has_more": False, "first_id": None, "last_id": None}
