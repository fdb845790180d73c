"""Whole answers and streams in OpenAI's words: read from providers, written for programs."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.chat import (
    Chat,
    Completion,
    Counted,
    Delta,
    Ended,
    Failed,
    Finished,
    Refusal,
    RefusalDelta,
    Said,
    SignatureDelta,
    Started,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolArguments,
    ToolStart,
    ToolUse,
)
from aiconnect.adapters.dialects.base import Translated
from aiconnect.adapters.dialects.openai import OpenAIChat, OpenAIChatOut
from aiconnect.adapters.dialects.openai.calls import Calls
from aiconnect.adapters.dialects.openai.endings import error_in
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError
from aiconnect.wire.http1 import Malformed
from tests.adapters.openai_values import (
    DONE,
    SAMPLES,
    answering,
    chunk,
    completions,
    cut,
    event,
    events_in,
    json_values,
    sample,
)

places = st.lists(st.integers(0, 4000), max_size=20)
ASKED = Chat("m", wants_usage=True)
USAGE = Usage(input=7, output=3)


def read(answer: Any) -> Completion:
    return OpenAIChatOut().completion(answer)


def answer(message: Any, finish: object = "stop", **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {"id": "c", "model": "m", "choices": [choice], **more}


def deltas(data: bytes, cuts: list[int] | None = None) -> list[Delta]:
    reader = OpenAIChatOut().reader()
    found = [delta for piece in cut(data, cuts or []) for delta in reader.feed(piece)]
    return found + reader.end()


def translated(data: bytes, cuts: list[int] | None = None, chat: Chat = ASKED) -> bytes:
    stream = Translated(OpenAIChatOut().reader(), OpenAIChat().writer(answering(chat)))
    out = b"".join(stream.feed(piece) for piece in cut(data, cuts or []))
    return out + stream.end()


def streamed(completion: Completion) -> bytes:
    """A completion as our own writer streams it."""
    writer = OpenAIChat().writer(answering(ASKED))
    said = [Started(completion.id, completion.model), *map_deltas(completion.parts)]
    out = b"".join([writer.write(delta) for delta in said])
    return out + writer.end(Finished(completion.finish), completion.usage)


def map_deltas(parts: tuple[Said, ...]) -> list[Delta]:
    found: list[Delta] = []
    index = 0
    for part in parts:
        match part:
            case Text():
                found.append(TextDelta(part.text))
            case Refusal():
                found.append(RefusalDelta(part.text))
            case Thinking():
                found += [ThinkingDelta(part.text)] if part.text else []
                found.append(SignatureDelta(part.signature, part.redacted))
            case ToolUse():
                found.append(ToolStart(index, part.id, part.name, part.signature))
                found.append(ToolArguments(index, part.arguments))
                index += 1
    return found


def gathered(found: list[Delta]) -> tuple[Said, ...]:
    """The parts that deltas tell of, in the order that OpenAI's messages have."""
    text = "".join(d.text for d in found if isinstance(d, TextDelta))
    refusal = "".join(d.text for d in found if isinstance(d, RefusalDelta))
    calls = [
        ToolUse(
            d.id,
            d.name,
            "".join(a.text for a in found if isinstance(a, ToolArguments) and a.index == d.index),
            d.signature,
        )
        for d in found
        if isinstance(d, ToolStart)
    ]
    said: list[Said] = [*thoughts(found)]
    said += [Text(text)] if text else []
    said += [Refusal(refusal)] if refusal else []
    return (*said, *calls)


def thoughts(found: list[Delta]) -> list[Thinking]:
    blocks, text = [], ""
    for delta in found:
        if isinstance(delta, ThinkingDelta):
            text += delta.text
        if isinstance(delta, SignatureDelta):
            blocks.append(Thinking(text, delta.signature, delta.redacted))
            text = ""
    return [*blocks, *([Thinking(text)] if text else [])]


# --- whole answers -------------------------------------------------------------------------------


@given(completions())
def test_an_answer_that_is_written_reads_as_what_it_was(completion: Completion) -> None:
    written = OpenAIChat().complete(completion, answering())
    assert read(json.loads(json.dumps(written))) == completion


@pytest.mark.parametrize("path", ["translate/reply.openai.json", "translate/reply.xai.json"])
def test_the_shared_reply_reads_alike(path: str) -> None:
    neutral, found = sample("translate/reply.neutral.json"), read(sample(path))
    assert Text(neutral["text"]) in found.parts
    assert found.finish == neutral["finish"]
    assert found.usage is not None
    assert (found.usage.input, found.usage.cache_read) == (500, 100)
    assert (found.usage.output, found.usage.reasoning) == (18, 40)


def test_the_shared_reply_is_written_as_openai_would() -> None:
    reply = sample("translate/reply.openai.json")
    written = OpenAIChat().complete(read(reply), answering())
    assert written["choices"] == reply["choices"]
    for field in ("prompt_tokens", "completion_tokens", "total_tokens"):
        assert written["usage"][field] == reply["usage"][field]


def test_signatures_of_openrouter_come_through() -> None:
    reply = sample("openrouter/chat.response.json")
    written = OpenAIChat().complete(read(reply), answering())
    message, theirs = (one["choices"][0]["message"] for one in (written, reply))
    assert message["reasoning_content"] == "Think first."
    assert message["reasoning_details"] == theirs["reasoning_details"]


@pytest.mark.parametrize(
    ("said", "finish"),
    [
        ("eos", "stop"), ("end_turn", "stop"), ("", "stop"), (None, "stop"), ("frob", "stop"),
        ([], "stop"), ("model_length", "length"), ("function_call", "tool_calls"),
        ("content_filter", "content_filter"),
    ],
)  # fmt: skip
def test_a_finish_reason_is_read_in_every_hosts_words(said: object, finish: str) -> None:
    assert read(answer({"content": "x"}, said)).finish == finish


def test_an_answer_that_calls_tools_ends_with_calls() -> None:
    call = {"id": "a", "function": {"name": "f", "arguments": {"b": 1}}}
    found = read(answer({"content": None, "tool_calls": [call]}))
    assert found.finish == "tool_calls"
    assert found.parts == (ToolUse("a", "f", '{"b":1}'),)


def test_content_in_parts_is_read() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    found = read(answer({"content": [thinking, {"type": "text", "text": "x"}]}))
    assert found.parts == (Thinking("Hm."), Text("x"))


def test_the_older_call_of_a_function_is_read() -> None:
    found = read(answer({"function_call": {"name": "f", "arguments": "{}"}}, "function_call"))
    assert found.parts == (ToolUse("", "f", "{}"),)


def test_further_choices_are_passed_over() -> None:
    one, two = ({"index": n, "message": {"content": str(n)}} for n in (1, 0))
    assert read({"choices": [one, two]}).parts == (Text("0"),)


@pytest.mark.parametrize(
    "broken",
    [
        {}, {"choices": []}, {"choices": {}}, {"choices": [{"index": 0}]}, {"error": "no"},
        {"choices": [{"message": {"content": "x"}, "finish_reason": "error"}]},
        {"choices": [{"message": {"tool_calls": [{"id": "a"}]}}]},
    ],
)  # fmt: skip
def test_what_is_no_answer_is_malformed(broken: Any) -> None:
    with pytest.raises(Malformed):
        read(broken)


def nested(depth: int = 2000) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(depth):
        found = {"a": found}
    return found


def test_arguments_nested_to_the_brim_are_malformed() -> None:
    call = {"function": {"name": "f", "arguments": nested()}}
    with pytest.raises(Malformed):
        read(answer({"tool_calls": [call]}))
    with pytest.raises(Malformed):
        list(Calls().read({"tool_calls": [call]}))


def test_an_error_nested_to_the_brim_is_one() -> None:
    assert error_in({"error": nested()}) == Failed("the provider reports an error")


def test_a_refusal_may_stand_among_the_parts() -> None:
    content = [{"type": "refusal", "refusal": "No."}, {"type": "frob"}]
    assert read(answer({"content": content})).parts == (Refusal("No."),)
    assert deltas(chunk({"content": content}))[1:] == [RefusalDelta("No.")]


def test_what_a_whole_answer_used_is_read_from_it() -> None:
    assert OpenAIChat().usage({"usage": {"prompt_tokens": 7, "completion_tokens": 3}}) == USAGE


def test_further_choices_of_a_stream_are_passed_over() -> None:
    choices = [{"index": n, "delta": {"content": str(n)}} for n in (0, 1)]
    assert deltas(event({"choices": choices}))[1:] == [TextDelta("0")]


@given(st.dictionaries(st.sampled_from(["id", "choices", "usage", "error"]), json_values))
def test_any_answer_is_one_or_malformed(found: dict[str, Any]) -> None:
    with suppress(Malformed):
        read(found)


MESSAGE_FIELDS = [
    "content", "refusal", "reasoning", "reasoning_content", "reasoning_details", "tool_calls",
    "function_call",
]  # fmt: skip
inner = st.dictionaries(
    st.sampled_from(
        ["type", "text", "thinking", "signature", "data", "id", "index", "function", "name",
         "arguments", "summary", "extra_content"]
    ),
    json_values,
    max_size=4,
)  # fmt: skip
messages = st.dictionaries(
    st.sampled_from(MESSAGE_FIELDS),
    json_values | st.lists(inner | st.builds(dict, function=inner), max_size=3),
    max_size=4,
)


@given(messages, json_values, json_values)
def test_any_message_is_one_or_malformed(message: Any, finish: Any, usage: Any) -> None:
    with suppress(Malformed):
        OpenAIChat().complete(read(answer(message, finish, usage=usage)), answering())


def test_a_caller_who_wants_no_thoughts_gets_none() -> None:
    completion = Completion((Thinking("Hm.", "s"), Text("x")), "stop")
    hidden = OpenAIChat().complete(completion, answering(Chat("m", shows_thinking=False)))
    assert set(hidden["choices"][0]["message"]) == {"role", "content", "refusal"}


def test_calls_without_an_id_get_one_of_the_call_s_own() -> None:
    completion = Completion((ToolUse("", "f"), ToolUse("", "f")), "tool_calls")
    calls = OpenAIChat().complete(completion, answering())["choices"][0]["message"]["tool_calls"]
    assert [call["id"] for call in calls] == ["call_01a_0", "call_01a_1"]
    assert calls[0]["function"]["arguments"] == "{}"


# --- streams -------------------------------------------------------------------------------------


@given(completions(), places)
def test_a_stream_says_what_the_whole_answer_says(completion: Completion, cuts: list[int]) -> None:
    found = deltas(streamed(completion), cuts)
    assert gathered(found) == completion.parts
    assert found[0] == Started(completion.id, completion.model)
    assert [d.finish for d in found if isinstance(d, Finished)] == [completion.finish]
    assert [d.usage for d in found if isinstance(d, Counted)] == (
        [completion.usage] if completion.usage else []
    )
    assert found[-1] == Ended()


@given(completions(), places)
def test_translating_to_the_same_wire_changes_nothing(
    completion: Completion, cuts: list[int]
) -> None:
    data = streamed(completion)
    assert translated(data, cuts) == data


STREAMS = [
    "openai/chat.stream.sse", "openai/chat.tools.stream.sse", "openrouter/chat.stream.sse",
    "groq/chat.stream.sse", "xai/chat.stream.sse", "xai/chat.tools.stream.sse",
    "ollama/v1.chat.stream.sse", "llamacpp/chat.stream.sse",
    "translate/stream.anthropic_thinking.as_openai.sse",
    "translate/stream.anthropic_tools.as_openai.sse",
    "translate/stream.gemini_tools.as_openai.sse",
]  # fmt: skip


@pytest.mark.parametrize("path", STREAMS)
def test_published_streams_read_the_same_however_they_are_cut(path: str) -> None:
    data = (SAMPLES / path).read_bytes()
    found = deltas(data)
    assert sum(isinstance(delta, Finished) for delta in found) == 1
    assert found[-1] == Ended()
    for size in (1, 7, 100):
        assert deltas(data, list(range(0, len(data), size))) == found
    assert deltas(data.replace(b"\n", b"\r\n")) == found


@pytest.mark.parametrize("path", ["anthropic_thinking", "anthropic_tools"])
def test_translated_streams_are_written_as_they_should_be_seen(path: str) -> None:
    data = (SAMPLES / f"translate/stream.{path}.as_openai.sse").read_bytes()
    assert translated(data) == data


@pytest.mark.parametrize("path", ["gemini_tools", "ollama_tools"])
def test_whole_calls_are_told_in_two_events(path: str) -> None:
    data = (SAMPLES / f"translate/stream.{path}.as_openai.sse").read_bytes()
    assert gathered(deltas(translated(data))) == gathered(deltas(data))


def test_keep_alives_and_empty_events_say_nothing() -> None:
    assert deltas(b": OPENROUTER PROCESSING\n\ndata:\n\ndata: \n\n") == []


def test_azures_first_event_begins_nothing() -> None:
    filters = event({"id": "", "model": "", "choices": [], "prompt_filter_results": []})
    assert deltas(filters + chunk({"content": "x"})) == [Started("c", "m"), TextDelta("x")]


def test_an_error_ends_the_stream() -> None:
    failed = event({"error": {"message": "busy", "type": "server_error"}})
    found = deltas(chunk({"content": "x"}) + failed + chunk({"content": "y"}) + DONE)
    assert found[1:] == [TextDelta("x"), Failed("busy", "server_error")]


@pytest.mark.parametrize(
    ("said", "failed"),
    [
        ({"error": "no credit", "code": "denied"}, Failed("no credit", "denied")),
        ({"error": {"code": 429}}, Failed('{"code":429}', "429")),
        ({"error": ["x"]}, Failed('["x"]', "")),
        ({"x_groq": {"error": "over capacity"}}, Failed("over capacity", "")),
    ],
)
def test_an_error_is_read_in_every_hosts_words(said: Any, failed: Failed) -> None:
    assert deltas(event(said)) == [failed]


def test_openrouters_error_beside_a_choice_is_one() -> None:
    data = (SAMPLES / "others/openrouter.chat.stream.error.sse").read_bytes()
    assert deltas(data)[-1] == Failed("Rate limit exceeded", "429")


def test_a_finish_that_means_a_failure_fails() -> None:
    assert isinstance(deltas(chunk({}, "insufficient_system_resource"))[-1], Failed)


def test_the_end_mark_may_be_missing() -> None:
    out = translated(chunk({"content": "x"}) + chunk({}, "stop"))
    assert out.endswith(DONE)
    assert events_in(out)[-1]["choices"][0]["finish_reason"] == "stop"


def test_a_cut_event_after_the_finish_does_no_harm() -> None:
    assert translated(chunk({}, "stop") + b'data: {"choi').endswith(DONE)


def calls(*fragments: Any) -> list[Delta]:
    data = b"".join(chunk({"tool_calls": [one]}) for one in fragments)
    return [d for d in deltas(data) if isinstance(d, ToolStart | ToolArguments)]


def fragment(index: Any, call_id: Any, name: Any, text: Any) -> dict[str, Any]:
    found = {"index": index, "id": call_id, "function": {"name": name, "arguments": text}}
    return {key: value for key, value in found.items() if value is not None}


ONE_AND_TWO = [
    ToolStart(0, "a", "f"), ToolArguments(0, "{}"), ToolStart(1, "b", "g"), ToolArguments(1, "[]"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second"), [(0, 1), (0, 0), (None, None), (5, 2)])
def test_calls_are_told_apart_by_index_or_by_id(first: Any, second: Any) -> None:
    found = calls(
        fragment(first, "a", "f", ""),
        fragment(first, None, None, "{}"),
        fragment(second, "b", "g", "[]"),
    )
    assert found == ONE_AND_TWO


def test_fragments_side_by_side_go_to_their_call() -> None:
    found = calls(
        fragment(0, "a", "f", "{"),
        fragment(1, "b", "g", "["),
        fragment(0, None, None, "}"),
        fragment(1, None, None, "]"),
    )
    assert found[2:] == [
        ToolStart(1, "b", "g"), ToolArguments(1, "["), ToolArguments(0, "}"),
        ToolArguments(1, "]"),
    ]  # fmt: skip


def test_id_and_name_may_be_repeated() -> None:
    found = calls(fragment(0, "a", "f", "{"), fragment(0, "a", "f", "}"))
    assert found == [ToolStart(0, "a", "f"), ToolArguments(0, "{"), ToolArguments(0, "}")]


def test_whole_calls_need_neither_index_nor_id() -> None:
    found = calls(fragment(None, None, "f", {"a": 1}), fragment(None, None, "g", {}))
    assert found == [
        ToolStart(0, "", "f"), ToolArguments(0, '{"a":1}'), ToolStart(1, "", "g"),
        ToolArguments(1, "{}"),
    ]  # fmt: skip


def test_arguments_may_come_before_the_name() -> None:
    found = calls(fragment(0, "a", None, "{"), fragment(0, None, "f", "}"))
    assert found == [ToolStart(0, "a", "f"), ToolArguments(0, "{}")]


def test_a_call_that_never_says_its_name_is_malformed() -> None:
    nameless = chunk({"tool_calls": [fragment(0, "a", None, "{}")]})
    with pytest.raises(Malformed):
        OpenAIChatOut().reader().feed(nameless + chunk({}, "tool_calls"))


def test_the_older_call_of_a_function_is_read_from_streams() -> None:
    data = chunk({"function_call": {"name": "f", "arguments": "{"}}) + chunk(
        {"function_call": {"arguments": "}"}}
    )
    assert gathered(deltas(data)) == (ToolUse("", "f", "{}"),)


def test_a_call_without_arguments_is_closed_with_an_empty_object() -> None:
    out = translated(chunk({"tool_calls": [fragment(0, "a", "f", "")]}) + chunk({}, "stop"))
    assert gathered(deltas(out)) == (ToolUse("a", "f", "{}"),)


def test_thoughts_in_pieces_are_signed_at_their_end() -> None:
    pieces = [
        chunk({"reasoning": one, "reasoning_details": [{"type": "reasoning.text", "text": one}]})
        for one in ("Hm", ".")
    ]
    signed = chunk({"reasoning_details": [{"type": "reasoning.text", "signature": "s"}]})
    found = deltas(b"".join(pieces) + signed)
    assert thoughts(found) == [Thinking("Hm.", "s")]


def test_thoughts_among_the_content_are_thoughts() -> None:
    part = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    assert deltas(chunk({"content": [part]}))[1:] == [ThinkingDelta("Hm.")]


def test_the_last_usage_wins_and_a_stated_time_stays() -> None:
    early = chunk({}, x_groq={"usage": {"prompt_tokens": 1, "completion_time": 0.5}})
    late = event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})
    counted = [d.usage for d in deltas(early + late) if isinstance(d, Counted)]
    assert counted[-1] == replace(USAGE, generation_ms=500)


@given(st.lists(json_values | st.builds(answer, messages), max_size=5), places)
def test_any_events_give_deltas_or_malformed(values: list[Any], cuts: list[int]) -> None:
    with suppress(Malformed):
        translated(b"".join(map(event, values)), cuts)


@given(st.lists(st.tuples(messages, json_values), max_size=5), places)
def test_any_chunks_give_deltas_or_malformed(said: list[Any], cuts: list[int]) -> None:
    data = b"".join(chunk(delta, finish) for delta, finish in said)
    with suppress(Malformed):
        translated(data, cuts)


@pytest.mark.parametrize("data", [b"x", b"[]", b"1", b"null", b"[" * 100_000, b'"\\ud800"'])
def test_what_is_no_object_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        OpenAIChatOut().reader().feed(b"data: " + data + b"\n\n")


def test_usage_is_told_to_who_asked_for_it() -> None:
    data = chunk({"content": "x"}) + chunk({}, "stop")
    data += event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}) + DONE
    assert events_in(translated(data))[-1]["usage"]["total_tokens"] == 10
    assert b"usage" not in translated(data, chat=Chat("m"))


def test_the_role_comes_first_whatever_comes_first() -> None:
    first = events_in(OpenAIChat().writer(answering()).write(TextDelta("x")))[0]
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert first["id"] == "chatcmpl-01-a"


def test_a_failure_is_one_event_without_an_end_mark() -> None:
    failed = OpenAIChat().writer(answering()).fail(CallError("internal"), "r1")
    (said,) = events_in(failed)
    assert said["error"]["code"] == "internal"
    assert said["error"]["request_id"] == "r1"
    assert said["error"]["help_url"] == "/help/errors#internal"
    assert b"[DONE]" not in failed
