"""A chat as Gemini's request: what goes where, what is dropped, what cannot be carried."""

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
    Part,
    Refusal,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from aiconnect.adapters.dialects.gemini import GeminiChat, count_body, read_count
from aiconnect.adapters.dialects.gemini.contents import UNSIGNED
from aiconnect.adapters.types import ModelCard
from aiconnect.errors import CallError, CannotCarry
from tests.fakes.samples import sample_json

PIXEL = Image("image/png", "iVBORw0KGgo=")
WEATHER = Tool("get_weather", "Current weather", {"type": "object", "properties": {}})
CALL = ToolUse("call_a1", "get_weather", '{"city":"Oslo"}')
RESULT = ToolResult("call_a1", (Text("rain"),))


def written(
    *messages: Message, model: str = "gemini-3.8-flash", card: ModelCard | None = None, **more: Any
) -> dict[str, Any]:
    chat = Chat(model, messages, **more)
    return GeminiChat().write(chat, card or ModelCard(model)).body


def dropped(*messages: Message, model: str = "gemini-3.8-flash", **more: Any) -> tuple[str, ...]:
    return GeminiChat().write(Chat(model, messages, **more), ModelCard(model)).dropped


def says(role: Any, *parts: Part | str) -> Message:
    return Message(role, tuple(Text(one) if isinstance(one, str) else one for one in parts))


def config(model: str = "gemini-3.8-flash", card: ModelCard | None = None, **more: Any) -> Any:
    return written(says("user", "Hi"), model=model, card=card, **more).get("generationConfig")


HI = says("user", "Hi")
TURNS = (HI, says("assistant", CALL), says("tool", RESULT))


def test_the_published_conversation_is_written_as_it_is_published():
    asked = sample_json("translate/conversation.openai.json")
    expected = sample_json("translate/conversation.gemini.json")
    picture = asked["messages"][1]["content"][1]["image_url"]["url"].partition("base64,")[2]
    first, second = (call["function"] for call in asked["messages"][2]["tool_calls"])
    signature = expected["contents"][1]["parts"][1]["thoughtSignature"]
    tool = asked["tools"][0]["function"]
    body = written(
        says("system", "Answer briefly."),
        says("user", asked["messages"][1]["content"][0]["text"], Image("image/png", picture)),
        says(
            "assistant",
            "Checking both.",
            ToolUse("call_a1", first["name"], first["arguments"], signature),
            ToolUse("call_b2", second["name"], second["arguments"]),
        ),
        says("tool", ToolResult("call_a1", (Text('{"temp":3}'),))),
        says("tool", ToolResult("call_b2", (Text("rain, 14 degrees"),))),
        says("user", "One sentence, please."),
        tools=(Tool(tool["name"], tool["description"], tool["parameters"]),),
        tool_choice=ToolChoice("auto"),
        parallel=True,
        limit=512,
        stop=("END",),
    )
    assert body == expected


# --- messages ------------------------------------------------------------------------------------


def test_neighbours_of_one_role_are_one_content_and_empty_words_are_none():
    body = written(
        says("user", "a", ""), says("user", "b"), says("assistant", ""), says("user", PIXEL)
    )
    parts = body["contents"][0]["parts"]
    assert [content["role"] for content in body["contents"]] == ["user"]
    assert parts == [
        {"text": "a"}, {"text": "b"},
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}},
    ]  # fmt: skip


def test_system_words_later_on_are_told_by_the_user():
    body = written(says("system", "a"), says("system", "b"), HI, says("system", "c"))
    assert body["systemInstruction"] == {"parts": [{"text": "a"}, {"text": "b"}]}
    assert body["contents"] == [{"role": "user", "parts": [{"text": "Hi"}, {"text": "c"}]}]


def test_system_words_alone_are_the_users():
    assert written(says("system", "a")) == {
        "contents": [{"role": "user", "parts": [{"text": "a"}]}]
    }


def test_thoughts_stay_here_and_a_refusal_is_words():
    body = written(HI, says("assistant", Thinking("hm", "sig"), Refusal("No.")))
    assert body["contents"][1] == {"role": "model", "parts": [{"text": "No."}]}


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (File("a.pdf", "application/pdf", "JVBE"), "application/pdf"),
        (File(data="JVBE"), "application/pdf"),
        (Audio("UklG", "wav"), "audio/wav"),
        (Audio("SUQz", "mp3"), "audio/mp3"),
        (Image(data="iVBO"), "image/png"),
    ],
)
def test_files_and_sounds_are_carried_whole(part: Part, kind: str):
    (content,) = written(says("user", part))["contents"]
    assert content["parts"][0]["inlineData"]["mimeType"] == kind


@pytest.mark.parametrize(
    ("part", "what"),
    [
        (Image(url="https://x/y.png"), "pictures by URL"),
        (File(url="https://x/y.pdf"), "files by URL"),
        (Audio("AAAA", "pcm16"), "audio"),
    ],
)
def test_what_has_no_place_is_named(part: Part, what: str):
    with pytest.raises(CannotCarry, match=what):
        written(says("user", part))


# --- calls and results ---------------------------------------------------------------------------


def test_a_result_names_the_tool_that_it_is_from():
    answered = written(*TURNS)["contents"][2]
    response = {"id": "call_a1", "name": "get_weather", "response": {"result": "rain"}}
    assert answered == {"role": "user", "parts": [{"functionResponse": response}]}


def test_an_id_that_is_used_twice_means_the_call_before():
    other = ToolUse("call_a1", "get_time", "{}")
    body = written(*TURNS, says("assistant", other), says("tool", RESULT))
    assert body["contents"][4]["parts"][0]["functionResponse"]["name"] == "get_time"


def test_a_result_without_its_call_is_the_callers_fault():
    with pytest.raises(CallError, match="call_x") as failure:
        written(HI, says("tool", ToolResult("call_x")))
    assert failure.value.status == 400


@pytest.mark.parametrize(
    ("result", "response"),
    [
        (ToolResult("call_a1", (Text('{"a": 1}'),)), {"a": 1}),
        (ToolResult("call_a1", (Text("[1]"),)), {"result": "[1]"}),
        (ToolResult("call_a1"), {"result": ""}),
        (ToolResult("call_a1", (Text("no"),), is_error=True), {"error": "no"}),
    ],
)
def test_a_result_is_an_object(result: ToolResult, response: dict[str, Any]):
    body = written(HI, says("assistant", CALL), says("tool", result))
    assert body["contents"][2]["parts"][0]["functionResponse"]["response"] == response


@pytest.mark.parametrize(
    ("arguments", "args"),
    [("", {}), (" ", {}), ("{bad", {"arguments": "{bad"}), ("[1]", {"arguments": "[1]"})],
)
def test_arguments_that_are_no_object_are_kept_in_one(arguments: str, args: dict[str, Any]):
    body = written(HI, says("assistant", ToolUse("c", "f", arguments)))
    assert body["contents"][1]["parts"][0]["functionCall"]["args"] == args


@pytest.mark.parametrize("model", ["gemini-3.8-flash", "models/gemini-3-pro", "gemini-4-argon"])
def test_the_first_call_of_a_turn_has_a_signature_from_gemini_3_on(model: str):
    parts = written(HI, says("assistant", CALL, CALL), model=model)["contents"][1]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == [UNSIGNED, None]


def test_a_signature_goes_back_and_older_models_want_none():
    signed = ToolUse("c", "f", "{}", "c2ln")
    parts = written(HI, says("assistant", signed, CALL))["contents"][1]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == ["c2ln", None]
    older = written(HI, says("assistant", CALL), model="gemini-2.5-pro")["contents"][1]["parts"]
    assert "thoughtSignature" not in older[0]


def test_a_result_may_hold_pictures_from_gemini_3_on():
    turns = (HI, says("assistant", CALL), says("tool", ToolResult("call_a1", (PIXEL,))))
    response = written(*turns)["contents"][2]["parts"][0]["functionResponse"]
    assert response["parts"][0]["inlineData"]["mimeType"] == "image/png"
    with pytest.raises(CannotCarry, match="result of a tool"):
        written(*turns, model="gemini-2.5-flash")


def test_a_tool_has_its_schema_where_it_has_parameters():
    body = written(HI, tools=(WEATHER, Tool("now")))
    assert body["tools"][0]["functionDeclarations"] == [
        {"name": "get_weather", "description": "Current weather",
         "parametersJsonSchema": WEATHER.schema},
        {"name": "now"},
    ]  # fmt: skip
    assert "toolConfig" not in body


@pytest.mark.parametrize(
    ("choice", "config", "offered"),
    [
        (ToolChoice("auto"), {"mode": "AUTO"}, 2),
        (ToolChoice("none"), {"mode": "NONE"}, 2),
        (ToolChoice("any"), {"mode": "ANY"}, 2),
        (ToolChoice("any", ("now",)), {"mode": "ANY", "allowedFunctionNames": ["now"]}, 2),
        (ToolChoice("auto", ("now",)), {"mode": "AUTO"}, 1),
    ],
)
def test_which_tool_may_be_called_is_said(choice: ToolChoice, config: Any, offered: int):
    body = written(HI, tools=(WEATHER, Tool("now")), tool_choice=choice)
    assert body["toolConfig"] == {"functionCallingConfig": config}
    assert len(body["tools"][0]["functionDeclarations"]) == offered


def test_a_choice_without_tools_is_none_unless_one_is_forced():
    assert "toolConfig" not in written(HI, tool_choice=ToolChoice("auto"))
    with pytest.raises(CannotCarry, match="without any tool"):
        written(HI, tool_choice=ToolChoice("any"))


# --- wishes --------------------------------------------------------------------------------------


def test_every_wish_has_its_place():
    asked = config(
        limit=9, temperature=0.0, top_p=0.5, top_k=3, stop=("a", ""), seed=7,
        presence_penalty=0.1, frequency_penalty=0.2,
    )  # fmt: skip
    assert asked == {
        "maxOutputTokens": 9, "temperature": 0.0, "topP": 0.5, "topK": 3, "stopSequences": ["a"],
        "seed": 7, "presencePenalty": 0.1, "frequencyPenalty": 0.2,
    }  # fmt: skip


def test_nothing_asked_is_nothing_said():
    assert written(HI) == {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


def test_a_limit_is_no_higher_than_the_models_own():
    assert config(limit=10**6, card=ModelCard("m", output_limit=65_536)) == {
        "maxOutputTokens": 65_536
    }
    assert config(limit=2**40) == {"maxOutputTokens": 2**31 - 1}


def test_the_form_of_the_answer_is_json_or_json_of_a_schema():
    schema = sample_json("gemini/generateContent.json_schema.request.json")["generationConfig"]
    form = Format(schema["responseJsonSchema"], "person", strict=True)
    assert config(format=form) == schema
    assert config(format=Format()) == {"responseMimeType": "application/json"}


@pytest.mark.parametrize(
    ("wish", "what"),
    [
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 2}, "logprobs"),
        ({"stop": tuple("abcdef")}, "five stop"),
    ],
)
def test_wishes_that_cannot_be_met_are_named(wish: dict[str, Any], what: str):
    with pytest.raises(CannotCarry, match=what):
        written(HI, **wish)


@pytest.mark.parametrize(
    ("wish", "names"),
    [
        ({"user": "anna"}, ("user",)),
        ({"seed": 2**40}, ("seed",)),
        ({"parallel": False}, ()),
        ({"parallel": False, "tools": (WEATHER,)}, ("parallel_tool_calls",)),
        ({"tools": (Tool("f", strict=True),)}, ("strict",)),
        ({"cache": {"type": "ephemeral"}}, ("cache_control",)),
        ({"effort": "high", "model": "gemini-2.0-flash"}, ("reasoning_effort",)),
        ({"effort": "none", "model": "gemini-2.0-flash"}, ()),
    ],
)
def test_advice_that_has_no_place_is_dropped_by_name(wish: dict[str, Any], names: tuple[str, ...]):
    assert dropped(HI, **wish) == names


def test_marks_and_details_of_parts_are_dropped_by_name():
    mark = {"type": "ephemeral"}
    marked = ToolResult("call_a1", (Text("x", cache=mark),))
    assert dropped(HI, says("assistant", CALL), says("tool", marked)) == ("cache_control",)
    assert dropped(says("user", Image("image/png", "AA", detail="low"))) == ("detail",)
    assert dropped(says("user", Image("image/png", "AA", detail="auto"))) == ()


# --- thinking ------------------------------------------------------------------------------------

LEVELS = {
    "gemini-3.8-flash": ("LOW", "LOW", "LOW", "MEDIUM", "HIGH", "HIGH", "HIGH"),
    "gemini-3.5-flash-lite": ("MINIMAL", "MINIMAL", "LOW", "MEDIUM", "HIGH", "HIGH", "HIGH"),
    "gemini-3-pro-preview": ("LOW", "LOW", "LOW", "HIGH", "HIGH", "HIGH", "HIGH"),
    "gemini-flash-latest": ("LOW", "LOW", "LOW", "MEDIUM", "HIGH", "HIGH", "HIGH"),
}
BUDGETS = {
    "gemini-2.5-flash": (0, 1024, 1024, 8192, 24576, 24576, 24576),
    "gemini-2.5-flash-lite": (0, 1024, 1024, 8192, 24576, 24576, 24576),
    "gemini-2.5-pro": (128, 1024, 1024, 8192, 24576, 24576, 24576),
}
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


@pytest.mark.parametrize("model", LEVELS)
def test_an_effort_is_a_level_from_gemini_3_on(model: str):
    asked = [config(model, effort=effort)["thinkingConfig"] for effort in EFFORTS]
    assert tuple(one["thinkingLevel"] for one in asked) == LEVELS[model]
    assert not any("thinkingBudget" in one for one in asked)


@pytest.mark.parametrize("model", BUDGETS)
def test_an_effort_is_a_budget_before(model: str):
    asked = [config(model, effort=effort)["thinkingConfig"] for effort in EFFORTS]
    assert tuple(one["thinkingBudget"] for one in asked) == BUDGETS[model]
    assert not any("thinkingLevel" in one for one in asked)


@pytest.mark.parametrize(
    ("model", "tokens", "asked"),
    [
        ("gemini-2.5-flash", 5000, {"thinkingBudget": 5000}),
        ("gemini-2.5-flash", 10**6, {"thinkingBudget": 24576}),
        ("gemini-2.5-flash-lite", 100, {"thinkingBudget": 512}),
        ("gemini-2.5-pro", 1, {"thinkingBudget": 128}),
        ("gemini-3.8-flash", 1024, {"thinkingLevel": "LOW"}),
        ("gemini-3.8-flash", 5000, {"thinkingLevel": "MEDIUM"}),
        ("gemini-3.8-flash", 10**6, {"thinkingLevel": "HIGH"}),
    ],
)
def test_a_number_of_tokens_is_said_in_the_models_own_words(model: str, tokens: int, asked: Any):
    thinking = config(model, thinking_tokens=tokens)["thinkingConfig"]
    assert thinking == asked | {"includeThoughts": True}


def test_thoughts_are_shown_where_they_are_wanted_or_paid_for():
    def shows(**more: Any) -> bool:
        return (config(**more) or {}).get("thinkingConfig", {}).get("includeThoughts", False)

    assert shows(shows_thinking=True)
    assert shows(effort="low")
    assert not shows(effort="low", shows_thinking=False)
    assert not shows(effort="none")
    assert not shows(thinking_tokens=0)
    assert not shows()


@pytest.mark.parametrize("model", ["gemini-2.0-flash", "gemma-4-27b", "gemini-2.5-flash-image"])
def test_models_that_do_not_think_are_not_asked_to(model: str):
    assert config(model, effort="high", shows_thinking=True) is None


def test_a_card_that_knows_better_than_the_id_is_believed():
    card = ModelCard("gemini-3.8-flash", capabilities=("tools", "vision"))
    assert config(card=card, effort="high") is None


# --- counting, and anything ----------------------------------------------------------------------


def test_counting_asks_with_the_whole_chat():
    body = count_body(Chat("m", (HI,)), ModelCard("models/gemini-3.8-flash"))
    assert body == {
        "generateContentRequest": {"model": "models/gemini-3.8-flash"} | written(HI),
    }
    assert read_count(sample_json("gemini/countTokens.response.json")) == 31
    assert read_count({"totalTokens": "many"}) is None


words = st.text(max_size=8)
users = st.builds(Message, st.just("user"), st.tuples(st.builds(Text, words)))
uses = st.builds(ToolUse, st.sampled_from("ab"), words, words | st.just("[" * 10**5))
assistants = st.builds(
    Message,
    st.just("assistant"),
    st.lists(st.builds(Text, words) | uses | st.builds(Thinking, words), max_size=3).map(tuple),
)
results = st.builds(ToolResult, st.sampled_from("abc"), st.tuples(st.builds(Text, words)))
tools = st.builds(Message, st.just("tool"), st.lists(results, max_size=3).map(tuple))
systems = st.builds(Message, st.just("system"), st.tuples(st.builds(Text, words)))


@given(st.lists(users | assistants | tools | systems, max_size=8))
def test_any_messages_are_written_or_refused_as_the_callers_fault(messages: list[Message]):
    with suppress(CallError):
        body = written(*messages)
        json.loads(json.dumps(body))
        parts = [part for content in body["contents"] for part in content["parts"]]
        assert all(content["parts"] for content in body["contents"])
        assert all(len(part.keys() - {"thoughtSignature"}) == 1 for part in parts)
        said = [part["text"] for part in parts if "text" in part]
        assert "".join(said) in "".join(_texts(messages))
        assert all(said)


def _texts(messages: list[Message]) -> list[str]:
    return [p.text for m in messages if m.role != "tool" for p in m.parts if isinstance(p, Text)]
