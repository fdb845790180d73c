"""Tools and fields on their way to every row: as they are, or in the provider's own words."""

from __future__ import annotations

import json

from tests.contract.conftest import Line, deltas, finishes
from tests.contract.trips import PLACEHOLDER, trip_in

WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}},
}
ASKED = {"city": "Oslo", "days": [1, 2]}
STRANGE = {"deep": [1, 2.5, None, "é"], "big": 2**70}


def test_a_tool_call_comes_back_and_its_result_goes_there(line: Line) -> None:
    line.fake.call_tool("get_weather", ASKED)
    choice = line.chat(tools=[WEATHER], tool_choice="auto").json["choices"][0]
    [call] = choice["message"]["tool_calls"]
    assert choice["finish_reason"] == "tool_calls"
    assert json.loads(call["function"]["arguments"]) == ASKED
    result = {"role": "tool", "tool_call_id": call["id"], "content": "Rain."}
    line.fake.calm()
    line.fake.answer("Take an umbrella.")
    turns = [*line.body()["messages"], choice["message"], result]
    said = line.chat(messages=turns, tools=[WEATHER])
    assert (said.status, _text(said.json)) == (200, "Take an umbrella.")
    trip = trip_in(line.fake.last)
    assert trip.declared == [trip.called] == ["get_weather"]
    assert (trip.arguments, trip.result) == (ASKED, "Rain.")
    assert trip.call_id == trip.result_id != ""
    assert trip.signature != PLACEHOLDER


def test_what_is_said_of_tools_passes_unchanged_but_for_the_form_of_ids(line: Line) -> None:
    call = {"id": "call_a1", "type": "function",
            "function": {"name": "get_weather", "arguments": '{"city":  "Oslo"}'}}  # fmt: skip
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    result = {"role": "tool", "tool_call_id": "call_a1", "content": "Rain."}
    line.chat(messages=[*line.body()["messages"], message, result], tools=[WEATHER])
    if not line.passes:
        assert trip_in(line.fake.last).arguments == {"city": "Oslo"}
        return
    wanted = trip_in(line.fake.last).call_id
    call["id"] = result["tool_call_id"] = wanted
    assert line.sent["messages"][1:] == [message, result]
    assert line.sent["tools"] == [WEATHER]
    forms = {quirk.letters for quirk in line.row.quirks if quirk.letters}
    assert [len(wanted)] == list(forms) if forms else wanted == "call_a1"


def test_a_streamed_tool_call_is_whole_when_put_together(line: Line) -> None:
    line.fake.call_tool("get_weather", ASKED)
    events = line.stream(tools=[WEATHER])
    pieces = [piece for delta in deltas(events) for piece in delta.get("tool_calls") or ()]
    assert {piece["index"] for piece in pieces} == {0}
    assert pieces[0]["id"]
    assert pieces[0]["function"]["name"] == "get_weather"
    assert json.loads("".join(piece["function"]["arguments"] for piece in pieces)) == ASKED
    assert finishes(events) == ["tool_calls"]


def test_a_field_nobody_here_knows_passes_unchanged_or_is_said_to_be_dropped(line: Line) -> None:
    answer = line.chat(a_field_of_tomorrow=STRANGE)
    dropped = answer.headers.get("x-aiconnect-dropped")
    if line.passes:
        assert dropped is None
        assert line.sent["a_field_of_tomorrow"] == STRANGE
        assert line.sent["model"] == "m"
        return
    assert (answer.status, dropped) == (200, "a_field_of_tomorrow")
    assert "a_field_of_tomorrow" not in json.dumps(line.sent)


def _text(answer: dict[str, object]) -> object:
    [choice] = answer["choices"]
    return choice["message"]["content"]
