"""Anthropic's streams: read into values, written from them, and on their way through."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from anthropic.types import Message as TheirMessage
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.chat import (
    Chat,
    Counted,
    Delta,
    Ended,
    Failed,
    Finished,
    RefusalDelta,
    SignatureDelta,
    Started,
    TextDelta,
    ThinkingDelta,
    ToolArguments,
    ToolStart,
)
from aiconnect.adapters.dialects.anthropic import AnthropicMessages, AnthropicMessagesOut
from aiconnect.adapters.dialects.base import Answering, Stream, Translated
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError
from aiconnect.wire.http1 import Malformed
from tests.adapters.test_anthropic_reading import JSON
from tests.fakes.samples import sample

ANSWERING = Answering("call-1", "model-1", 1_795_300_080, Chat("m"), lambda: 5)
STREAMS = ("messages.stream", "messages.thinking.stream", "messages.tools.stream",
           "messages.stream.error")  # fmt: skip
CUTS = st.lists(st.integers(1, 400), max_size=30)


def stream(name: str) -> bytes:
    return sample(f"anthropic/{name}.sse").rstrip("\n").encode() + b"\n\n"


def cut(whole: bytes, sizes: Sequence[int]) -> list[bytes]:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(whole[at : at + size])
        at += size
    return [*pieces, whole[at:]]


def deltas(*chunks: bytes) -> list[Delta]:
    reader = AnthropicMessagesOut().reader()
    return [delta for chunk in chunks for delta in reader.feed(chunk)] + reader.end()


def event(kind: str, **more: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n".encode()


def opened(index: int, kind: str, **more: object) -> bytes:
    return event("content_block_start", index=index, content_block={"type": kind, **more})


def more(index: int, kind: str, **said: object) -> bytes:
    return event("content_block_delta", index=index, delta={"type": kind, **said})


STOPPED = event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 3})
END = event("message_stop")


# --- read ----------------------------------------------------------------------------------------


def test_a_stream_is_read():
    assert deltas(stream("messages.stream")) == [
        Started("msg_01XFDUDYJgAACzvnptvVoYEL", "claude-opus-5-5"),
        TextDelta("Hello"),
        TextDelta(" world"),
        Counted(Usage(input=25, cache_read=2048, cache_write=0, output=15)),
        Finished("stop"),
        Ended(),
    ]


def test_thoughts_are_read_with_their_seal():
    found = deltas(stream("messages.thinking.stream"))
    assert found[1:4] == [
        ThinkingDelta("Rayleigh "),
        ThinkingDelta("scattering."),
        SignatureDelta("EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pki..."),
    ]
    assert found[5] == Counted(Usage(25, 0, 0, output=18, reasoning=40))


def test_calls_are_counted_from_nought():
    found = deltas(stream("messages.tools.stream"))
    assert found[2] == ToolStart(0, "toolu_01A", "get_weather")
    assert "".join(one.text for one in found if isinstance(one, ToolArguments)) == (
        '{"city": "Oslo", "unit": "celsius"}'
    )
    assert Finished("tool_calls") in found


def test_an_error_ends_it():
    found = deltas(stream("messages.stream.error"), STOPPED, END)
    assert found[1:] == [TextDelta("Hel"), Failed("Overloaded", "overloaded_error")]


@pytest.mark.parametrize(
    ("given", "arguments"), [({}, "{}"), ({"a": [1]}, '{"a":[1]}'), (None, "{}")]
)
def test_arguments_that_came_with_the_start_or_not_at_all(given: object, arguments: str):
    start = opened(4, "tool_use", id="t", name="n", input=given)
    closed = deltas(start, event("content_block_stop", index=4))
    assert closed == [ToolStart(0, "t", "n"), ToolArguments(0, arguments)]
    assert deltas(start, STOPPED)[2] == closed[1]


def test_what_says_nothing_to_others_is_passed_over():
    assert deltas(
        b": comment\n\n", event("ping"), event("of_tomorrow", delta=3),
        opened(0, "server_tool_use", id="x", name="web_search", input={}),
        more(0, "input_json_delta", partial_json='{"query":'), event("content_block_stop", index=0),
        more(1, "citations_delta", citation={}), more(1, "text_delta", text=""),
        more(1, "signature_delta", signature=""),
    ) == []  # fmt: skip


def test_secret_thoughts_and_words_in_a_start_are_read():
    assert deltas(
        opened(0, "redacted_thinking", data="x"), opened(1, "text", text="A"),
        opened(2, "thinking", thinking="B"),
    ) == [SignatureDelta(redacted="x"), TextDelta("A"), ThinkingDelta("B")]  # fmt: skip


def test_a_refusal_is_explained():
    stop = {"stop_reason": "refusal", "stop_details": {"explanation": "Not this."}}
    found = deltas(event("message_delta", delta=stop))
    assert found == [RefusalDelta("Not this."), Finished("content_filter")]


def test_there_is_one_finish_and_nothing_after_the_end():
    found = deltas(STOPPED, STOPPED, END, more(0, "text_delta", text="late"), END)
    assert [type(one) for one in found].count(Finished) == 1
    assert found[-1] == Ended()


def test_the_output_counted_before_it_began_is_no_usage():
    start = event("message_start", message={"usage": {"input_tokens": 9, "output_tokens": 1}})
    assert deltas(start) == [Started()]
    assert deltas(start, STOPPED)[1] == Counted(Usage(input=9, output=3))
    silent = event("message_delta", usage={"output_tokens": None}, delta={})
    assert deltas(start, silent) == [Started()]


@pytest.mark.parametrize(
    "payload", [b"data: {\n\n", b"data: 3\n\n", b"data: " + b"[" * 9999 + b"\n\n"]
)
def test_an_event_that_is_no_object_is_malformed(payload: bytes):
    with pytest.raises(Malformed):
        deltas(payload)


@pytest.mark.parametrize("name", STREAMS)
@given(sizes=CUTS)
def test_cuts_do_not_matter(name: str, sizes: list[int]):
    whole = stream(name)
    for framed in (whole, whole.replace(b"\n", b"\r\n"), whole.replace(b"data: ", b"data:")):
        assert deltas(*cut(framed, sizes)) == deltas(whole)


KINDS = st.sampled_from([
    "message_start", "content_block_start", "content_block_delta", "content_block_stop",
    "message_delta", "message_stop", "error", "ping",
])  # fmt: skip
FIELDS = st.sampled_from(["message", "index", "content_block", "delta", "usage", "error"])
BLOCKS = st.fixed_dictionaries({
    "type": st.sampled_from(["text", "tool_use", "thinking", "text_delta", "input_json_delta"]),
    "text": JSON, "input": JSON, "partial_json": JSON, "stop_reason": JSON, "id": JSON,
})  # fmt: skip
EVENTS = st.lists(st.builds(
    lambda kind, rest: event(kind, **rest), KINDS, st.dictionaries(FIELDS, JSON | BLOCKS),
), max_size=5)  # fmt: skip


@given(EVENTS)
def test_any_events_are_deltas(events: list[bytes]):
    found = deltas(*events)
    assert sum(isinstance(one, Finished) for one in found) <= 1
    ends = [at for at, one in enumerate(found) if isinstance(one, Failed | Ended)]
    assert ends in ([], [len(found) - 1])
    translated = translated_stream()
    translated.feed(b"".join(events))
    AnthropicMessages().passing({}).feed(b"".join(events))


# --- written -------------------------------------------------------------------------------------


def translated_stream() -> Stream:
    return Translated(AnthropicMessagesOut().reader(), AnthropicMessages().writer(ANSWERING))


def write(
    said: Sequence[Delta], finish: Finished | None = None, usage: Usage | None = None
) -> bytes:
    writer = AnthropicMessages().writer(ANSWERING)
    wrote = b"".join(writer.write(delta) for delta in said)
    return wrote + writer.end(finish or Finished("stop"), usage)


def events(wrote: bytes) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in wrote.splitlines() if line.startswith(b"data: ")]


def message(wrote: bytes) -> dict[str, Any]:
    """What a client has at the end: blocks one after the other, each closed before the next."""
    begun: dict[str, Any] = {}
    open_at = None
    for told in events(wrote):
        match told["type"]:
            case "message_start":
                assert not begun
                begun = told["message"]
            case "content_block_start":
                assert open_at is None
                open_at = told["index"]
                assert open_at == len(begun["content"])
                begun["content"].append({**told["content_block"], "json": ""})
            case "content_block_delta":
                assert told["index"] == open_at
                add(begun["content"][-1], told["delta"])
            case "content_block_stop":
                assert told["index"] == open_at
                open_at = None
            case "message_delta":
                begun |= told["delta"] | {"usage": told["usage"]}
    assert open_at is None
    return begun


def add(block: dict[str, Any], delta: dict[str, Any]) -> None:
    match delta.pop("type"):
        case "input_json_delta":
            block["json"] += delta["partial_json"]
        case _:
            for name, said in delta.items():
                block[name] += said


def test_a_stream_of_openais_is_written_as_the_sample():
    oslo = ['{"city":', '"Oslo","unit":"celsius"}']
    wrote = write(
        [Started("chatcmpl-CZk3hStream", "gpt-6-sol"), ToolStart(0, "call_a1", "get_weather"),
         *(ToolArguments(0, piece) for piece in oslo), ToolStart(1, "call_b2", "get_weather"),
         ToolArguments(1, '{"city":"Rome","unit":"celsius"}')],
        Finished("tool_calls"), Usage(input=88, output=44),
    )  # fmt: skip
    assert events(wrote) == events(
        sample("translate/stream.openai_tools.as_anthropic.sse").encode()
    )
    names = [line for line in wrote.splitlines() if line.startswith(b"event: ")]
    assert names == [b"event: " + told["type"].encode() for told in events(wrote)]


def test_calls_side_by_side_are_written_one_after_the_other():
    first, second = '{"a": "x}"}', '{"b": 2}'
    said: list[Delta] = [ToolStart(0, "a", "n"), ToolStart(1, "b", "n"), ToolStart(2, "", "m")]
    for left, right in zip(first, second.ljust(len(first)), strict=True):
        said += [ToolArguments(0, left), ToolArguments(1, right)]
    said += [TextDelta("So"), TextDelta("."), ToolArguments(0, "late"), ToolArguments(9, "x")]
    found = message(write(said))
    assert [block["type"] for block in found["content"]] == ["tool_use"] * 3 + ["text"]
    assert [json.loads(block["json"]) for block in found["content"][:2]] == [
        json.loads(first), json.loads(second),
    ]  # fmt: skip
    assert found["content"][2]["id"].startswith("toolu_")
    assert found["content"][3]["text"] == "So."
    assert found["stop_reason"] == "tool_use"


def test_a_call_that_is_never_whole_waits_for_the_end():
    pieces = [ToolArguments(0, "}") for _ in range(300)]
    found = message(write([ToolStart(0, "a", "n"), TextDelta("x"), *pieces]))
    assert [block["json"] for block in found["content"]] == ["}" * 300, ""]


def test_thoughts_text_and_seals_have_their_blocks():
    found = message(write([
        ThinkingDelta("A"), ThinkingDelta("B"), SignatureDelta("s"), ThinkingDelta("C"),
        SignatureDelta(redacted="r"), SignatureDelta("t"), SignatureDelta(), TextDelta(""),
        TextDelta("D"), RefusalDelta("E"), ThinkingDelta("F"), TextDelta("G"),
    ]))  # fmt: skip
    kept = [{k: v for k, v in block.items() if k != "json"} for block in found["content"]]
    assert kept == [
        {"type": "thinking", "thinking": "AB", "signature": "s"},
        {"type": "thinking", "thinking": "C", "signature": ""},
        {"type": "redacted_thinking", "data": "r"},
        {"type": "thinking", "thinking": "", "signature": "t"},
        {"type": "text", "text": "DE"},
        {"type": "thinking", "thinking": "F", "signature": ""},
        {"type": "text", "text": "G"},
    ]


def test_an_answer_without_words_is_whole():
    found = message(write([], Finished("stop", "END"), None))
    TheirMessage.model_validate(found)
    assert (found["id"], found["model"], found["content"]) == ("call-1", "model-1", [])
    assert (found["stop_reason"], found["stop_sequence"]) == ("stop_sequence", "END")


def test_an_error_after_content_is_one_event():
    writer = AnthropicMessages().writer(ANSWERING)
    writer.write(TextDelta("A"))
    (told,) = events(writer.fail(CallError("provider_broke", connection="c"), "req-1"))
    assert (told["type"], told["error"]["code"]) == ("error", "provider_broke")
    assert told["request_id"] == "req-1"


SAID = st.one_of(
    st.builds(TextDelta, st.text()), st.builds(ThinkingDelta, st.text()),
    st.builds(SignatureDelta, st.text(max_size=2)), st.integers(0, 2),
)  # fmt: skip


@given(st.lists(SAID, max_size=25), st.tuples(*[st.dictionaries(st.text(), st.text())] * 3))
def test_whatever_the_order_nothing_is_lost(steps: list[Any], arguments: Any):
    """A number says one more piece of that call's arguments."""
    texts = [json.dumps(one) for one in arguments]
    pieces = [[text[at : at + 3] for at in range(0, len(text), 3)] for text in texts]
    said: list[Delta] = [ToolStart(at, f"c{at}", "n") for at in range(3)]
    for step in steps:
        if not isinstance(step, int):
            said.append(step)
        elif pieces[step]:
            said.append(ToolArguments(step, pieces[step].pop(0)))
    said += [ToolArguments(at, piece) for at in range(3) for piece in pieces[at]]
    found = message(write(said))["content"]
    calls = [block for block in found if block["type"] == "tool_use"]
    assert [json.loads(block["json"]) for block in calls] == list(arguments)
    for kind, delta in (("text", TextDelta), ("thinking", ThinkingDelta)):
        told = "".join(block[kind] for block in found if block["type"] == kind)
        assert told == "".join(one.text for one in said if isinstance(one, delta))


@pytest.mark.parametrize("name", STREAMS[:3])
@given(sizes=CUTS)
def test_what_was_read_is_written_again(name: str, sizes: list[int]):
    through = translated_stream()
    wrote = b"".join(through.feed(piece) for piece in cut(stream(name), sizes))
    assert through.done
    assert through.estimated_tokens > 0
    assert message(wrote)["content"] == message(stream(name))["content"]
    assert deltas(wrote)[:-3] == deltas(stream(name))[:-3]


# --- on their way through ------------------------------------------------------------------------


@pytest.mark.parametrize("name", STREAMS[:3])
@given(sizes=CUTS)
def test_a_stream_goes_through_unchanged(name: str, sizes: list[int]):
    passing = AnthropicMessages().passing({})
    whole = stream(name)
    for framed in (whole, whole.replace(b"\n", b"\r\n")):
        passing = AnthropicMessages().passing({})
        assert b"".join(passing.feed(piece) for piece in cut(framed, sizes)) == framed
        assert passing.started
        assert passing.finished
        assert passing.done
        assert passing.end() == b""
        (counted,) = (one for one in deltas(whole) if isinstance(one, Counted))
        assert passing.usage == counted.usage


@given(st.integers(0, 2000))
def test_a_cut_stream_never_looks_finished(at: int):
    whole = stream("messages.stream")
    passing = AnthropicMessages().passing({})
    told = passing.feed(whole[:at])
    is_whole = at >= len(whole)
    assert passing.finished == passing.done == is_whole
    assert (b'stop_reason":"end' in told) == is_whole
    assert (b"message_stop" in told) == is_whole


def test_the_answer_begins_with_its_first_word_or_call():
    passing = AnthropicMessages().passing({})
    start = event("message_start", message={"usage": {"input_tokens": 9, "output_tokens": 1}})
    thought, sealed = opened(0, "thinking", thinking=""), more(0, "signature_delta", signature="s")
    for silent in (start, event("ping"), thought, b": x\n\n", sealed, opened(1, "text", text="")):
        assert passing.feed(silent) == silent
        assert not passing.started
    assert passing.estimated_tokens == 0
    assert passing.usage is None
    passing.feed(more(1, "text_delta", text="Hello"))
    assert passing.started
    assert passing.estimated_tokens > 0
    calling = AnthropicMessages().passing({})
    calling.feed(opened(0, "tool_use", id="t", name="n", input={}))
    assert calling.started


def test_plain_events_are_weighed_without_their_frames():
    passing = AnthropicMessages().passing({})
    for _ in range(11):
        passing.feed(more(0, "text_delta", text="four" * 10))
    assert 100 <= passing.estimated_tokens <= 120


def test_an_error_on_the_way_is_not_told():
    passing = AnthropicMessages().passing({})
    told = passing.feed(stream("messages.stream.error"))
    assert passing.error == Failed("Overloaded", "overloaded_error")
    assert b"Overloaded" not in told
    assert b"Hel" in told
    assert passing.feed(STOPPED + END) == b""
    assert not passing.finished
    (wrote,) = events(passing.fail(CallError("provider_broke", connection="c"), "req-1"))
    assert wrote["error"]["type"] == "api_error"


def test_words_about_the_end_are_no_end():
    passing = AnthropicMessages().passing({})
    first = more(0, "text_delta", text="A")
    words = [more(0, "text_delta", text=text) for text in (
        "message_stop", '"type":"message_stop"', "event: message_stop", "content_block_delta",
        "error", "\n\n",
    )]  # fmt: skip
    assert passing.feed(first + b"".join(words)) == first + b"".join(words)
    assert b"".join(passing.feed(word) for word in words) == b"".join(words)
    assert not passing.finished
    assert passing.feed(b"".join(words) + STOPPED) == b"".join(words)
    assert passing.feed(event("ping")) == b""
    assert passing.feed(END + words[0]) == STOPPED + event("ping") + END


def test_an_event_that_is_no_json_goes_through():
    passing = AnthropicMessages().passing({})
    odd = b'event: content_block_delta\ndata: {"type": "content_blo\n\n'
    assert passing.feed(odd) == odd


@pytest.mark.parametrize("kind", [[], {}, ["text"], None, 1])
def test_a_block_of_any_kind_goes_through(kind: object):
    told = event("content_block_start", index=0, content_block={"type": kind})
    one = AnthropicMessages().passing({})
    assert one.feed(told) == told
    assert one.started
