"""Ollama's answers, whole and streamed: read into values, written from them, passed through."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.chat import (
    Completion,
    Counted,
    Embed,
    Embedded,
    Ended,
    Failed,
    Finished,
    Refusal,
    RefusalDelta,
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
from aiconnect.adapters.dialects.base import Stream, Translated
from aiconnect.adapters.dialects.ollama import (
    OllamaChat,
    OllamaChatOut,
    OllamaEmbed,
    OllamaGenerate,
    error_object,
)
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError
from aiconnect.wire import ndjson
from aiconnect.wire.http1 import Malformed
from tests.adapters.ollama_values import (
    answering,
    json_values,
    lines,
    names,
    objects,
    places,
    read,
    run,
    shaped,
    words,
)
from tests.fakes.samples import sample, sample_json

OUT = OllamaChatOut()
WIRES = {"chat": OllamaChat(), "generate": OllamaGenerate()}
STREAMS = {
    "chat.stream": "chat", "chat.thinking.stream": "chat", "chat.tools.stream": "chat",
    "generate.stream": "generate",
}  # fmt: skip
DONE = {"done": True, "done_reason": "stop", "prompt_eval_count": 9, "eval_count": 5,
        "eval_duration": 2_000_000_000}  # fmt: skip
COUNTED = Usage(input=9, output=5, generation_ms=2000)
wire_names = pytest.mark.parametrize("wire", list(WIRES))


def said(content: str = "", **more: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, **more}
    return {"model": "m", "created_at": "2026-11-22T20:22:19Z", "message": message, "done": False}


def own(wire: str, content: str) -> dict[str, Any]:
    line = said(content)
    return line if wire == "chat" else {"model": "m", "response": content, "done": False}


def call(name: str, arguments: object, **more: Any) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": arguments}} | more


def objects_in(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body.splitlines()]


def passing(wire: str = "chat") -> Stream:
    return WIRES[wire].passing({})


def translated(wire: str = "chat") -> Translated:
    return Translated(OUT.reader(), WIRES[wire].writer(answering()))


# --- read ----------------------------------------------------------------------------------------


def test_a_published_answer_is_read() -> None:
    found = OUT.completion(sample_json("translate/reply.ollama.json"))
    neutral = sample_json("translate/reply.neutral.json")
    assert found.parts == (Thinking(neutral["reasoning"]), Text(neutral["text"]))
    assert found.finish == neutral["finish"]
    assert found.usage == Usage(input=600, output=58, generation_ms=932)
    assert (found.model, found.created) == ("qwen3-vl:8b", 1_795_378_939)


def test_a_published_stream_of_tools_is_read() -> None:
    assert read(OUT.reader(), sample("ollama/chat.tools.stream.ndjson").encode()) == [
        Started(model="qwen3:8b"),
        ToolStart(0, "call_x8k2p0qz", "get_weather"),
        ToolArguments(0, '{"city":"Oslo","unit":"celsius"}'),
        Counted(Usage(input=26, output=282, generation_ms=4536)),
        Finished("tool_calls"),
        Ended(),
    ]


def test_an_error_line_fails_the_stream_and_nothing_follows() -> None:
    data = sample("ollama/chat.stream.error.ndjson").encode() + lines(said("more"), DONE)
    found = read(OUT.reader(), data)
    assert found[1:] == [
        TextDelta("Hel"),
        Failed("an error was encountered while running the model"),
    ]


@given(st.lists(words, max_size=6), st.lists(words, max_size=3), places, st.booleans())
def test_any_cutting_gives_the_same_deltas(
    parts: list[str], thoughts: list[str], at: list[int], ends: bool
) -> None:
    data = lines(*(said(thinking=one) for one in thoughts), *map(said, parts), said() | DONE)
    data = data if ends else data.rstrip(b"\n")
    found = read(OUT.reader(), data, at)
    assert found == read(OUT.reader(), data)
    assert [one.text for one in found if isinstance(one, TextDelta)] == parts
    assert [one.text for one in found if isinstance(one, ThinkingDelta)] == thoughts
    assert found[-3:] == [Counted(COUNTED), Finished("stop"), Ended()]
    assert sum(isinstance(one, Finished) for one in found) == 1


@given(st.lists(st.tuples(names, objects), min_size=1, max_size=4), places)
def test_calls_come_whole_and_in_order(calls: list[tuple[str, Any]], at: list[int]) -> None:
    data = lines(*(said(tool_calls=[call(*one)]) for one in calls), said() | DONE)
    found = read(OUT.reader(), data, at)
    starts = [one for one in found if isinstance(one, ToolStart)]
    texts = [json.loads(one.text) for one in found if isinstance(one, ToolArguments)]
    assert [(one.index, one.name) for one in starts] == [
        (index, name) for index, (name, _) in enumerate(calls)
    ]
    assert texts == [arguments for _, arguments in calls]
    assert len({one.id for one in starts}) == len(calls)
    assert Finished("tool_calls") in found


@given(st.lists(st.dictionaries(names, json_values, max_size=3) | shaped, max_size=6), places)
def test_arbitrary_lines_give_deltas_or_malformed(values: list[Any], at: list[int]) -> None:
    with suppress(Malformed):
        found = read(OUT.reader(), lines(*values), at)
        ends = [index for index, one in enumerate(found) if isinstance(one, Ended | Failed)]
        assert ends in ([], [len(found) - 1])


@given(shaped, shaped, shaped)
def test_arbitrary_answers_are_read_or_malformed(answer: Any, message: Any, calls: Any) -> None:
    whole = answer if isinstance(answer, dict) else {}
    for one in (whole, whole | {"message": message}, whole | {"message": {"tool_calls": calls}}):
        with suppress(Malformed):
            OUT.completion(one)
        with suppress(Malformed):
            OllamaEmbed().embedded(one)
        for wire in (*WIRES.values(), OllamaEmbed()):
            wire.usage(one)


@given(st.binary(max_size=300), places)
def test_arbitrary_bytes_raise_nothing_but_malformed(data: bytes, at: list[int]) -> None:
    for stream in (passing(), translated(), translated("generate")):
        with suppress(Malformed):
            run(stream, data, at)


@pytest.mark.parametrize("deep", [b"[" * 100_000, b'{"message":' * 100_000])
def test_what_is_nested_to_the_brim_is_malformed(deep: bytes) -> None:
    with pytest.raises(Malformed):
        OUT.reader().feed(deep + b"\n")
    assert run(passing(), deep + b"\n") == deep + b"\n"


def test_arguments_nested_deeper_than_can_be_said_are_malformed() -> None:
    deep = b'{"a":' * 400 + b"1" + b"}" * 400
    line = b'{"message":{"tool_calls":[{"function":{"name":"f","arguments":%s}}]}}\n' % deep
    with pytest.raises(Malformed):
        OUT.reader().feed(line)


def test_a_body_without_done_was_cut() -> None:
    stream = translated()
    out = stream.feed(lines(said("Hel")))
    assert out
    assert stream.started
    assert not stream.finished


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("stop", "stop"), ("length", "length"), ("load", "stop"), (None, "stop"), (7, "stop")],
)
def test_the_reason_of_the_end_is_read(reason: object, finish: str) -> None:
    found = read(OUT.reader(), lines(said("x") | {"done": True, "done_reason": reason}))
    assert found[-2:] == [Finished(finish), Ended()]  # type: ignore[arg-type]


def test_a_call_cut_by_the_limit_ended_by_the_limit() -> None:
    answer = said(tool_calls=[call("f", {})]) | {"done": True, "done_reason": "length"}
    assert OUT.completion(answer).finish == "length"


@pytest.mark.parametrize(
    "answer", [{}, {"error": "x"}, said("x"), {"message": "x"}, said(tool_calls=[{}]) | DONE]
)
def test_what_is_no_whole_answer_is_malformed(answer: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        OUT.completion(answer)


# --- written -------------------------------------------------------------------------------------


@wire_names
def test_a_whole_answer_is_written_with_counts_and_durations(wire: str) -> None:
    usage = Usage(input=100, cache_read=20, cache_write=3, output=40, reasoning=2)
    parts = (Thinking("hm", "sig"), Text("Hel"), Text("lo"), Refusal("!"))
    whole = WIRES[wire].complete(
        Completion(parts, "content_filter", model="gpt-5", usage=usage), answering()
    )
    message = whole.get("message", whole)
    assert message[{"chat": "content", "generate": "response"}[wire]] == "Hello!"
    assert message["thinking"] == "hm"
    assert (whole["done"], whole["done_reason"], whole["model"]) == (True, "stop", "gpt-5")
    assert (whole["prompt_eval_count"], whole["eval_count"]) == (123, 42)
    assert whole["total_duration"] >= whole["eval_duration"] >= 1
    assert whole["created_at"] == "2026-11-21T22:28:01Z"


def test_what_is_written_whole_has_the_fields_of_a_published_answer() -> None:
    for name, wire in WIRES.items():
        published = set(sample_json(f"ollama/{name}.response.json")) - {"context"}
        completion = Completion((Text("x"),), "stop", usage=Usage(input=1, output=1))
        assert set(wire.complete(completion, answering())) == published


def test_unknown_counts_are_left_out() -> None:
    whole = OllamaChat().complete(Completion((), "length"), answering())
    assert "eval_count" not in whole
    assert (whole["model"], whole["done_reason"]) == ("the-model", "length")


@given(words, st.lists(st.tuples(names, objects), max_size=3))
def test_a_whole_answer_comes_back(content: str, calls: list[tuple[str, Any]]) -> None:
    uses = tuple(
        ToolUse(f"c{at}", name, json.dumps(given_, separators=(",", ":")))
        for at, (name, given_) in enumerate(calls)
    )
    usage = Usage(input=3, output=4, generation_ms=0)
    given_ = Completion(
        (Thinking("hm"), Text(content), *uses), "tool_calls" if uses else "stop", model="m",
        usage=usage, created=1_795_300_081,
    )  # fmt: skip
    whole = OllamaChat().complete(given_, answering())
    assert OUT.completion(json.loads(json.dumps(whole))) == given_


def test_a_stream_is_written_line_by_line() -> None:
    writer = OllamaChat().writer(answering())
    deltas = (
        Started("id", "gpt-5"), ThinkingDelta("hm"), SignatureDelta("sig"), TextDelta("Hel"),
        TextDelta(""), RefusalDelta("lo"), ToolStart(0, "c0", "f"), ToolStart(1, "c1", "g"),
        ToolArguments(1, '{"b":'), ToolArguments(0, '{"a":1}'), ToolArguments(1, "2}"),
    )  # fmt: skip
    found = objects_in(b"".join(map(writer.write, deltas)))
    assert [one["message"]["content"] for one in found] == ["", "Hel", "lo"]
    assert found[0]["message"]["thinking"] == "hm"
    assert all(one["done"] is False and one["model"] == "gpt-5" for one in found)
    called, last = objects_in(writer.end(Finished("tool_calls"), Usage(input=3, output=4)))
    assert called["message"]["tool_calls"] == [
        {"id": "c0", "function": {"index": 0, "name": "f", "arguments": {"a": 1}}},
        {"id": "c1", "function": {"index": 1, "name": "g", "arguments": {"b": 2}}},
    ]
    assert (last["done"], last["done_reason"], last["message"]["content"]) == (True, "stop", "")
    assert (last["prompt_eval_count"], last["eval_count"]) == (3, 4)
    assert last["total_duration"] == last["prompt_eval_duration"] + last["eval_duration"]


def test_a_stream_without_a_word_ends_well() -> None:
    [last] = objects_in(OllamaGenerate().writer(answering()).end(Finished("length"), None))
    assert (last["response"], last["done"], last["done_reason"]) == ("", True, "length")
    assert last["eval_duration"] >= 1


def test_arguments_without_end_or_call_are_malformed() -> None:
    writer = OllamaChat().writer(answering())
    with pytest.raises(Malformed):
        writer.write(ToolArguments(3, "{}"))
    writer.write(ToolStart(0, "c", "f"))
    with pytest.raises(Malformed):
        writer.write(ToolArguments(0, "x" * (ndjson.MAX_LINE + 1)))


@pytest.mark.parametrize("sample_name", [name for name, wire in STREAMS.items() if wire == "chat"])
def test_published_streams_come_back_through_values(sample_name: str) -> None:
    data = sample(f"ollama/{sample_name}.ndjson").encode()
    given_, found = objects_in(data), objects_in(run(translated(), data))
    assert [one["message"] for one in found] == [one["message"] for one in given_]
    assert [one["done"] for one in found] == [one["done"] for one in given_]
    assert found[-1]["eval_count"] == given_[-1]["eval_count"]


# --- passed --------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample_name", list(STREAMS))
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_published_streams_pass_byte_for_byte(sample_name: str, size: int) -> None:
    data = sample(f"ollama/{sample_name}.ndjson").encode()
    stream = passing(STREAMS[sample_name])
    assert run(stream, data, list(range(0, len(data), size))) == data
    assert stream.finished
    assert stream.done
    assert stream.usage == Usage(input=26, output=282, generation_ms=4536)


@given(st.lists(words, max_size=8), places, st.booleans(), st.booleans())
@wire_names
def test_every_byte_passes_however_it_was_cut(
    wire: str, parts: list[str], at: list[int], with_cr: bool, ends: bool
) -> None:
    data = lines(*(own(wire, part) for part in parts), own(wire, "") | DONE)
    data = data.replace(b"\n", b"\r\n\r\n") if with_cr else data
    data = data if ends else data.rstrip(b"\r\n")
    stream = passing(wire)
    passed = run(stream, data, at)
    assert passed == (data.removesuffix(b"\r\n") if with_cr and ends else data)
    assert stream.usage == COUNTED
    assert stream.done


@given(st.lists(shaped, max_size=6), places)
@wire_names
def test_arbitrary_lines_pass_or_are_malformed(wire: str, values: list[Any], at: list[int]) -> None:
    stream = passing(wire)
    with suppress(Malformed):
        out = run(stream, lines(*values), at)
        assert lines(*values).startswith(out)


def test_the_last_line_is_held_until_it_is_whole_or_the_body_ends() -> None:
    data = lines(said("x"), said() | DONE)
    for at in range(len(data) - 1):
        stream = passing()
        assert b'"done":true' not in stream.feed(data[:at])
        assert not stream.finished
    stream = passing()
    assert stream.feed(data[:-1]) == lines(said("x"))
    assert (stream.finished, stream.done) == (True, False)
    assert stream.end() == lines(said() | DONE)[:-1]


def test_a_piece_that_ends_like_a_last_line_is_none() -> None:
    data = lines(said(tool_calls=[call("f", {"done": True})]), said() | DONE)
    piece = data.index(b"}") + 1
    for stream in (passing(), translated()):
        stream.feed(data[:piece])
        assert not stream.finished
        stream.feed(data[piece:])
        assert stream.done


def test_an_error_may_be_the_whole_body() -> None:
    error = sample("ollama/error.503.queue_full.json").encode().strip()
    for stream in (passing(), translated()):
        assert stream.feed(b" ".join(error.split(b"\n"))) == b""
        assert stream.error is not None
        assert "server busy" in stream.error.message
        assert not stream.finished


def test_nothing_passes_after_the_end_or_an_error() -> None:
    stream = passing()
    assert stream.feed(lines(said() | DONE, said("more"))) == lines(said() | DONE)
    assert stream.feed(lines(said("more"))) == b""
    stream = passing()
    out = stream.feed(lines(said("x"), {"error": {"message": "gone", "type": "t"}}, said("y")))
    assert out == lines(said("x"))
    assert stream.error == Failed("gone", "t")
    assert not stream.finished


def test_words_that_look_like_keys_are_only_words() -> None:
    tricky = (said('"done":true "error":"x"'), said(tool_calls=[call("f", {"done": True})]),
              said(tool_calls=[call("f", {"error": "x", "to": "done"})]))  # fmt: skip
    data = lines(said("x"), *tricky)
    stream = passing()
    assert stream.feed(data) == data
    assert stream.error is None
    assert not stream.finished


@pytest.mark.parametrize("fields", [{"content": "x"}, {"thinking": "x"},
                                    {"tool_calls": [call("f", {})]}])  # fmt: skip
def test_any_kind_of_words_starts_the_answer(fields: dict[str, Any]) -> None:
    stream = passing()
    stream.feed(lines(said()))
    assert not stream.started
    stream.feed(lines(said() | {"message": fields}))
    assert stream.started


def test_loading_a_model_is_an_answer_of_its_own() -> None:
    data = sample("ollama/generate.load.response.json").encode()
    stream = passing("generate")
    assert run(stream, json.dumps(json.loads(data)).encode() + b"\n")
    assert (stream.done, stream.usage) == (True, None)


@wire_names
def test_the_estimate_grows_with_what_was_said(wire: str) -> None:
    for stream in (passing(wire), translated()):
        assert stream.estimated_tokens == 0
        line = (
            own(wire, "some words here") if isinstance(stream, Translated) is False else said("x")
        )
        for _ in range(10):
            stream.feed(lines(line))
        assert 10 <= stream.estimated_tokens <= 60


def test_an_error_is_one_line_with_what_helps() -> None:
    error = CallError("provider_broke", connection="ollama")
    told = error_object(error, "req-1")
    assert told == {
        "error": str(error), "code": "provider_broke",
        "help_url": "/help/errors#provider_broke", "request_id": "req-1",
    }  # fmt: skip
    for stream in (passing(), translated("generate")):
        assert objects_in(stream.fail(error, "req-1")) == [told]


# --- embeddings ----------------------------------------------------------------------------------


def test_vectors_are_read_and_written() -> None:
    wire, answer = OllamaEmbed(), sample_json("ollama/embed.response.json")
    found = wire.embedded(answer)
    assert found.usage == Usage(input=8)
    written = wire.complete(found, Embed("m", ("a", "b")))
    assert written == {name: answer[name] for name in ("model", "embeddings", "prompt_eval_count")}
    assert wire.complete(replace(found, model="", usage=None), Embed("m", ())) == {
        "model": "m", "embeddings": answer["embeddings"],
    }  # fmt: skip
    assert wire.embedded({"embeddings": [[1]]}) == Embedded(((1.0,),))


@pytest.mark.parametrize("vectors", [None, {}, [1], [["x"]], [[True]], [[10**400]], [[None]]])
def test_what_is_no_vector_is_malformed(vectors: object) -> None:
    with pytest.raises(Malformed):
        OllamaEmbed().embedded({"embeddings": vectors})
