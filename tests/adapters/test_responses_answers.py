"""Whole and streamed answers of /v1/responses, as the official client reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import Response

from aiconnect.adapters.chat import (
    Chat,
    Completion,
    Counted,
    Delta,
    Finish,
    Finished,
    Format,
    Refusal,
    RefusalDelta,
    SignatureDelta,
    Started,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    Tool,
    ToolArguments,
    ToolChoice,
    ToolStart,
    ToolUse,
)
from aiconnect.adapters.dialects.responses.output import LOOKS
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError
from tests.adapters.responses import (
    COUNTS,
    EVENT,
    WIRE,
    accumulate,
    answering,
    events,
    kinds,
    last,
    write,
)
from tests.fakes.samples import sample, sample_json

WISHES = Chat(
    "m",
    tools=(Tool("f", "d", {"type": "object"}, strict=True), Tool("g")),
    tool_choice=ToolChoice("auto", ("f",)),
    parallel=False,
    format=Format({"type": "object"}, "shape"),
    limit=5,
    temperature=0.5,
    effort="low",
    shows_thinking=True,
    user="u",
)
ALL = (
    Thinking("hm", "sig"),
    Text("a"),
    Refusal("no"),
    ToolUse("call_1", "f", '{"x":1}', "thought"),
)


def complete(*parts: Any, finish: Finish = "stop", **more: Any) -> dict[str, Any]:
    return WIRE.complete(Completion(parts, finish, **more), answering())


def sent_back(output: list[dict[str, Any]]) -> tuple[Any, ...]:
    """What the model said, as the caller's next request tells it."""
    return WIRE.read({"model": "m", "input": output}).messages[0].parts


# --- whole


def test_a_whole_answer_is_one_that_the_official_client_reads() -> None:
    whole = complete(*ALL, usage=COUNTS, model="m-2")
    read = Response.model_validate(whole, strict=True)
    assert (read.output_text, read.status, read.model) == ("a", "completed", "m-2")
    assert [item.type for item in read.output] == ["reasoning", "message", "function_call"]
    assert (read.created_at, whole["completed_at"], whole["store"]) == (
        1795300010, 1795300012, False,
    )  # fmt: skip


@pytest.mark.parametrize("chat", [Chat("m"), WISHES, Chat("m", format=Format())])
def test_an_answer_repeats_the_wishes_of_its_request(chat: Chat) -> None:
    whole = WIRE.complete(Completion((Text("a"),), "stop"), answering(chat))
    Response.model_validate(whole, strict=True)
    again = WIRE.read(
        {"input": "", **{k: whole[k] for k in whole if k not in ("metadata", "user")}}
    )
    assert (again.tools, again.format, again.limit) == (chat.tools, chat.format, chat.limit)
    assert (again.temperature, again.effort, again.shows_thinking) == (
        chat.temperature, chat.effort, chat.shows_thinking,
    )  # fmt: skip


def test_usage_is_stated_as_the_sample_states_it() -> None:
    stated = sample_json("translate/reply.responses.json")["usage"]
    assert complete(Text("a"), usage=COUNTS)["usage"] == stated
    assert WIRE.usage({"usage": stated}) == COUNTS
    assert complete(Text("a"))["usage"] is None


@pytest.mark.parametrize(
    ("finish", "reason"),
    [("length", "max_output_tokens"), ("content_filter", "content_filter")],
)
def test_an_answer_that_was_ended_early_says_why(finish: Finish, reason: str) -> None:
    whole = complete(Text("a"), ToolUse("1", "f", "{"), finish=finish)
    assert (whole["status"], whole["incomplete_details"]) == ("incomplete", {"reason": reason})
    assert [item["status"] for item in whole["output"]] == ["completed", "incomplete"]
    assert "completed_at" not in whole
    Response.model_validate(whole, strict=True)


def test_a_call_without_arguments_or_id_gets_both() -> None:
    (item,) = complete(ToolUse("", "f"), finish="tool_calls")["output"]
    assert item["arguments"] == "{}"
    assert item["call_id"].startswith("call_")
    assert item["call_id"] != item["id"]


@pytest.mark.parametrize(
    "said",
    [ALL, (Thinking("", "s"),), (Thinking(redacted="r"),), (Thinking("a", "s"), Thinking("b"))],
)
def test_what_comes_back_in_the_next_request_is_what_was_said(said: tuple[Any, ...]) -> None:
    assert sent_back(complete(*said)["output"]) == said


def test_openai_is_not_shown_what_only_we_understand() -> None:
    output = complete(*ALL)["output"]
    theirs = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
    body = {"model": "a/b", "input": [*output, theirs], "store": True, "sauce": 1}
    sent = WIRE.prepare(body, "b")
    assert [item["type"] for item in sent["input"]] == ["message", "function_call", "reasoning"]
    assert "extra_content" not in sent["input"][1]
    assert (sent["model"], sent["store"], sent["sauce"], body["model"]) == ("b", True, 1, "a/b")
    assert "aiconnect" not in json.dumps(sent)


def test_a_request_for_openai_is_otherwise_as_it_came() -> None:
    body = sample_json("openai/responses.request.json")
    assert WIRE.prepare(body, "x") == body | {"model": "x"}
    assert WIRE.prepare({"model": "m"}, "x") == {"model": "x"}


# --- streamed


def test_a_stream_has_the_events_of_openais_own() -> None:
    deltas = [
        Started("1", "m-2"), ThinkingDelta("Recall"), SignatureDelta("s"), TextDelta("Blue light"),
        TextDelta(" scatters more."), Counted(COUNTS), Finished("stop"),
    ]  # fmt: skip
    theirs = kinds(sample("openai/responses.stream.sse").encode())
    assert kinds(write(deltas)) == theirs


def test_a_streamed_call_has_the_events_of_openais_own() -> None:
    deltas = [ToolStart(0, "c", "f"), ToolArguments(0, '{"a"'), ToolArguments(0, ":1}")]
    theirs = kinds(sample("openai/responses.tools.stream.sse").encode())
    assert kinds(write([*deltas, Finished("tool_calls")])) == theirs


def test_a_refusal_is_a_part_of_its_own() -> None:
    stream = write([TextDelta("a"), RefusalDelta("n"), RefusalDelta("o")])
    content = last(stream)["output"][0]["content"]
    assert [part.get("refusal") for part in content] == [None, "no"]
    assert (
        kinds(stream).count("content_part.added") == kinds(stream).count("content_part.done") == 2
    )


def test_an_answer_without_anything_in_it_is_complete_all_the_same() -> None:
    assert kinds(write([])) == ["created", "in_progress", "completed"]


def test_calls_written_side_by_side_come_one_after_the_other() -> None:
    stream = write([
        ToolStart(0, "c0", "f"), ToolStart(1, "c1", "g"), ToolArguments(1, '{"b"'),
        ToolArguments(0, '{"a":1}'), ToolArguments(1, ":2}"), TextDelta("after"),
    ])  # fmt: skip
    calls = [item["arguments"] for item in last(stream)["output"][:2]]
    assert calls == ['{"a":1}', '{"b":2}']
    _check(stream)


def test_a_call_that_is_whole_makes_room_for_the_next_one_at_once() -> None:
    writer = WIRE.writer(answering())
    for delta in (ToolStart(0, "c0", "f"), ToolArguments(0, '{"a":1}')):
        writer.write(delta)
    assert kinds(writer.write(ToolStart(1, "c1", "g"))) == [
        "function_call_arguments.done", "output_item.done", "output_item.added",
    ]  # fmt: skip
    assert writer.write(ToolArguments(0, " ")) == b""


def test_a_call_that_never_gets_whole_is_not_read_over_and_over() -> None:
    deltas: list[Delta] = [ToolStart(0, "c", "f"), ToolArguments(0, "{}}")]
    more = LOOKS * 3
    deltas += [ToolStart(n, f"c{n}", "f") for n in range(1, more)]
    assert len(last(write(deltas))["output"]) == more


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_a_stream_that_was_ended_early_says_so_at_its_end(finish: Finish) -> None:
    stream = write([TextDelta("a"), Finished(finish)])
    assert kinds(stream)[-1] == "incomplete"
    assert last(stream)["output"][0]["status"] == "incomplete"
    _check(stream)


def test_a_stream_that_breaks_off_ends_with_our_code_and_never_completes() -> None:
    writer = WIRE.writer(answering())
    out = b"".join(
        writer.write(one) for one in (ThinkingDelta("t"), TextDelta("a"), TextDelta("b"))
    )
    out += writer.fail(CallError("provider_broke", connection="c"), "req")
    response = last(out)
    error = response["error"]
    assert (kinds(out)[-1], response["status"]) == ("failed", "failed")
    assert (error["code"], error["help_url"], error["request_id"]) == (
        "provider_broke", "/help/errors#provider_broke", "req",
    )  # fmt: skip
    assert [item["type"] for item in response["output"]] == ["reasoning"]
    assert not {"completed", "incomplete"} & set(kinds(out))
    assert [event["sequence_number"] for event in events(out)] == list(range(len(events(out))))


# --- properties

texts = st.text(st.characters(codec="utf-8"), max_size=8)
plain = texts.map(TextDelta) | texts.map(ThinkingDelta) | texts.map(RefusalDelta)
spoken = st.lists(plain | texts.map(SignatureDelta) | st.just(Started("i", "m")), max_size=12)
objects = st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=6), max_size=3)


@st.composite
def called(draw: st.DrawFn) -> tuple[list[Delta], list[Any]]:
    """Calls whose arguments come in pieces, side by side, with other deltas between them."""
    values = draw(st.lists(objects, max_size=4))
    queues: list[list[Delta]] = [draw(spoken)]
    for index, value in enumerate(values):
        raw, size = json.dumps(value), draw(st.integers(1, 9))
        pieces = [ToolArguments(index, raw[at : at + size]) for at in range(0, len(raw), size)]
        queues.append([ToolStart(index, f"c{index}", f"f{index}"), *pieces])
    deltas: list[Delta] = []
    while any(queues):
        queue = draw(st.sampled_from([one for one in queues if one]))
        deltas.append(queue.pop(0))
    return deltas, values


@given(called(), st.sampled_from(["stop", "length", "tool_calls", "content_filter"]))
def test_any_order_of_deltas_gives_a_stream_that_the_official_client_reads(
    said: tuple[list[Delta], list[Any]], finish: Finish
) -> None:
    deltas, values = said
    stream = write([*deltas, Finished(finish), Counted(Usage(1, 2, 3, 4, 5))])
    _check(stream)
    whole = last(stream)
    calls = [item for item in whole["output"] if item["type"] == "function_call"]
    found = {item["call_id"]: json.loads(item["arguments"]) for item in calls}
    assert found == {f"c{index}": value for index, value in enumerate(values)}
    texts = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
    assert Response.model_validate(whole).output_text == texts
    assert whole["usage"]["total_tokens"] == 15


@given(st.lists(texts, max_size=6))
def test_the_text_joined_is_the_text_sent(parts: list[str]) -> None:
    stream = write(map(TextDelta, parts))
    deltas = [one["delta"] for one in events(stream) if one["type"].endswith("text.delta")]
    assert "".join(deltas) == "".join(parts)


def _check(stream: bytes) -> None:
    """Every rule of the wire that holds whatever is said."""
    told = events(stream)
    for number, event in enumerate(told):
        EVENT.validate_python(event, strict=True)
        assert event["sequence_number"] == number
    names = kinds(stream)
    assert names[:2] == ["created", "in_progress"]
    assert [one for one in names if one in ("completed", "incomplete", "failed")] == names[-1:]
    done = [event["item"] for event in told if event["type"] == "response.output_item.done"]
    assert done == told[-1]["response"]["output"]
    _check_order(told)
    assert accumulate(stream).output_text == Response.model_validate(last(stream)).output_text


def _check_order(told: list[dict[str, Any]]) -> None:
    """Items come one after the other, and what their deltas say is what they are at their end."""
    open_index, said = None, ""
    for event in told:
        match event["type"]:
            case "response.output_item.added":
                assert open_index is None
                open_index, said = event["output_index"], ""
            case "response.output_item.done":
                assert json.dumps(_content(event["item"])) == json.dumps(said)
                open_index = None
            case kind if kind.endswith(".delta"):
                assert event["output_index"] == open_index
                said += event["delta"]


def _content(item: dict[str, Any]) -> str:
    if item["type"] == "function_call":
        return str(item["arguments"])
    parts = item["content"] if item["type"] == "message" else item["summary"]
    return "".join(part.get("text", part.get("refusal")) for part in parts)
