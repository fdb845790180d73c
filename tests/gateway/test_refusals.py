"""Who refused the content of a call: said to the caller, written down, and no fault of anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from aiconnect.models import Connection, UsageRecord
from tests.fakes.dialects import FAKES
from tests.fakes.rows import pointed
from tests.fakes.samples import sample_json
from tests.gateway.conftest import KEY, Gate
from tests.gateway.routed import Raw
from tests.running import Answer, Instance, serving

SLUGS = ("openrouter", "openai", "azure", "gemini", "anthropic")
TIMES = 8  # more than open a breaker
USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gate, dict[str, Raw]]]:
    folder = tmp_path_factory.mktemp("refusals")
    fakes: dict[str, Raw] = {slug: type(slug, (Raw, FAKES[slug]), {})() for slug in SLUGS}
    urls = {slug: fake.url for slug, fake in fakes.items()}
    instance = Instance(folder / "instance")
    try:
        instance.add_owner()
        for slug, url in urls.items():
            instance.add_connection(slug, url, name=slug, key=KEY, rows=pointed(urls))
        instance.hold_clock()
        token = instance.add_token()
        with serving(instance, folder / "log", urls=urls) as server:
            yield Gate(server, instance, token), fakes
    finally:
        instance.close()
        for fake in fakes.values():
            fake.close()


def answering(**answer: Any) -> Any:
    """A provider that answers with this."""
    body = json.dumps(answer).encode()
    return lambda fake: fake.say(body, content_type="application/json")


def streaming(*events: dict[str, Any]) -> Any:
    """One that streams this."""
    body = b"".join(
        (f"event: {one['type']}\n".encode() if "type" in one else b"")
        + b"data: " + json.dumps(one).encode() + b"\n\n"
        for one in events
    )  # fmt: skip
    return lambda fake: fake.say(body)


def refusing(status: int, body: Any) -> Any:
    return lambda fake: fake.refuse(status, body, on="chat")


def choice(finish: str = "stop", **message: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": None, **message}
    return {
        "id": "c", "object": "chat.completion", "created": 1, "model": "m", "usage": USAGE,
        "choices": [{"index": 0, "finish_reason": finish, "message": said}],
    }  # fmt: skip


def piece(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": finish, "delta": delta}],
    }  # fmt: skip


MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
           "usage": {"input_tokens": 9, "output_tokens": 1}}  # fmt: skip
BLOCKED = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
           "usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9}}  # fmt: skip
STOPPED = {
    "candidates": [{"index": 0, "finishReason": "SAFETY",
                    "content": {"role": "model", "parts": [{"text": "She"}]}}],
    "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 1, "totalTokenCount": 10},
}  # fmt: skip
ENDED = {
    "type": "message_delta",
    "delta": {"stop_reason": "refusal"},
    "usage": {"output_tokens": 2},
}
OPENED = {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}}
FILTERED_400 = sample_json("others/azure.error.400.content_filter.json")

ERRORS = [
    ("openrouter", refusing(403, sample_json("others/openrouter.error.403.moderation.json")),
     "content_moderated", ("router", "violence", "OpenAI")),
    ("openrouter", refusing(400, {"error": {"code": 400, "message": "I will not.",
                                            "metadata": {"error_type": "refusal"}}}),
     "model_refused", ("openrouter/m", "itself", "I will not.")),
    ("openai", refusing(400, {"error": {"message": "Flagged.", "code": "content_policy_violation",
                                        "type": "invalid_request_error"}}),
     "content_filtered", ("filter", "openai", "Flagged.")),
    ("openai", refusing(400, {"error": {"message": "Your prompt was flagged.",
                                        "code": "invalid_prompt"}}),
     "content_filtered", ("filter", "openai")),
    ("azure", refusing(400, FILTERED_400), "content_filtered", ("filter", "azure", "violence")),
    ("anthropic", refusing(400, {"type": "error", "error": {
        "type": "invalid_request_error", "message": "Output blocked by content filtering policy"}}),
     "content_filtered", ("filter", "anthropic")),
]  # fmt: skip
ANSWERS = [
    ("openai", answering(**choice("content_filter", content="She")), "content_filtered"),
    ("openai", answering(**choice(refusal="I cannot.")), "model_refused"),
    ("azure", answering(**choice("content_filter", content="She")), "content_filtered"),
    ("openrouter", answering(**choice("content_filter", content="She")), "content_filtered"),
    ("gemini", answering(**BLOCKED), "content_filtered"),
    ("gemini", answering(**STOPPED), "content_filtered"),
    ("anthropic", answering(**MESSAGE, content=[{"type": "text", "text": "She"}],
                            stop_reason="refusal"), "content_filtered"),
]  # fmt: skip
STREAMS = [
    ("openai", streaming(piece(content="She"), piece("content_filter")), "content_filtered"),
    ("openai", streaming(piece(refusal="I can"), piece(refusal="not."), piece("stop")),
     "model_refused"),
    ("azure", streaming(piece(content="She"), piece("content_filter")), "content_filtered"),
    ("openrouter", streaming(piece(content="She"), piece("content_filter")), "content_filtered"),
    ("gemini", streaming(BLOCKED), "content_filtered"),
    ("gemini", streaming(STOPPED), "content_filtered"),
    ("anthropic", streaming(OPENED, ENDED, {"type": "message_stop"}), "content_filtered"),
]  # fmt: skip
IN_STREAM = [
    ("openrouter", streaming({"error": {"code": 403, "message": "Flagged.",
                                        "metadata": {"reasons": ["violence"]}}}),
     "content_moderated"),
    ("azure", streaming({"error": {"type": "invalid_request_error", "code": "content_filter",
                                   "message": "The prompt was filtered."}}), "content_filtered"),
]  # fmt: skip


def named(cases: list[Any]) -> list[str]:
    return [f"{one[0]}-{place}" for place, one in enumerate(cases)]


def is_unharmed(gate: Gate, fakes: dict[str, Raw], slug: str) -> None:
    """The next call goes out and is answered, and nobody doubts the connection."""
    fakes[slug].reset()
    assert gate.chat(f"{slug}/m").status == 200
    with gate.instance.session() as session:
        found = session.scalar(select(Connection).where(Connection.name == slug))
    assert found is not None
    assert (found.doubted_at, found.finding) == (None, None)


def asked(
    house: tuple[Gate, dict[str, Raw]], slug: str, mood: Any, *, stream: bool = False
) -> tuple[Answer, UsageRecord]:
    """The last of many such calls, and what was written down of it."""
    gate, fakes = house
    fakes[slug].reset()
    mood(fakes[slug])
    answers = [gate.chat(f"{slug}/m", stream=stream) for _ in range(TIMES)]
    assert len({answer.status for answer in answers}) == 1
    record = gate.last_record(answers[-1].headers["x-request-id"])
    is_unharmed(gate, fakes, slug)
    return answers[-1], record


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("slug", "mood", "code", "words"), ERRORS, ids=named(ERRORS))
def test_an_error_names_who_refused(
    house: tuple[Gate, dict[str, Raw]], slug: str, mood: Any, code: str, words: Any, stream: bool
) -> None:
    answer, record = asked(house, slug, mood, stream=stream)
    error = answer.json["error"]
    assert (answer.status, error["code"]) == (400, code)
    assert all(word in error["message"] for word in words), error
    assert error["help_url"].endswith(f"#{code}")
    assert (record.outcome, record.code) == ("refused", code)


@pytest.mark.parametrize(("slug", "mood", "code"), ANSWERS, ids=named(ANSWERS))
def test_an_answer_that_was_refused_says_so_on_the_record(
    house: tuple[Gate, dict[str, Raw]], slug: str, mood: Any, code: str
) -> None:
    answer, record = asked(house, slug, mood)
    assert answer.status == 200
    assert (record.outcome, record.code) == ("ok", code)
    assert record.cost_state != "free"  # it may cost all the same


@pytest.mark.parametrize(("slug", "mood", "code"), STREAMS, ids=named(STREAMS))
def test_a_stream_that_was_refused_says_so_on_the_record(
    house: tuple[Gate, dict[str, Raw]], slug: str, mood: Any, code: str
) -> None:
    answer, record = asked(house, slug, mood, stream=True)
    assert answer.status == 200
    assert (record.outcome, record.code) == ("ok", code)


@pytest.mark.parametrize(("slug", "mood", "code"), IN_STREAM)
def test_an_error_in_a_stream_names_who_refused(
    house: tuple[Gate, dict[str, Raw]], slug: str, mood: Any, code: str
) -> None:
    answer, record = asked(house, slug, mood, stream=True)
    assert (answer.status, answer.json["error"]["code"]) == (400, code)
    assert (record.outcome, record.code) == ("refused", code)


def test_an_answer_that_nobody_refused_has_no_code(house: tuple[Gate, dict[str, Raw]]) -> None:
    for stream in (False, True):
        _, record = asked(house, "openai", lambda fake: fake.answer("It rained."), stream=stream)
        assert (record.outcome, record.code) == ("ok", None)
