"""What is asked of budgets before an attempt, and what is told to programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aiconnect.adapters.types import Usage
from aiconnect.calls.budgets import bounds
from aiconnect.calls.budgets.refusing import dollars
from aiconnect.calls.journal import lines
from aiconnect.calls.request import read, read_form
from aiconnect.calls.snapshot import Caller
from aiconnect.calls.ways import way
from aiconnect.errors import CallError
from tests.calls.budgeted import MEL, Desk, attempt, budget, card, request

DOLLAR = 10**9


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, budget(250))


def code(error: CallError | None) -> str:
    return error.code if error else ""


def test_each_attempt_holds_its_own_price_instead_of_the_one_before(desk: Desk):
    call = desk.call()
    held = []
    for model in ("dear", "cheap", "dear", "free"):
        assert desk.ask(call, model) is None
        held.append(desk.held())
    assert held == [100, 10, 100, 0]


def test_what_a_call_cost_stays_held_until_the_ledger_has_it(desk: Desk):
    call = desk.call()
    desk.ask(call, "dear")
    call.settle("ok", status=200, usage=Usage(input=5, output=4))
    call.settle("failed", status=500)
    assert desk.held() == 40
    (begun, ended), _ = lines(desk.journal.current.next_piece())
    assert (begun["k"], ended["hd"]) == ("b", 100)
    window = desk.spending.windows().pop()
    desk.spending.absorbed([], [(window, 1, 40)])
    assert (desk.held(), desk.spending.present(1)[0]) == (40, 40)
    desk.spending.absorbed([call.id], [(window, 1, 40)])
    assert (desk.held(), desk.spending.present(1)[0]) == (0, 40)


def test_a_call_may_cost_more_than_was_held(desk: Desk):
    call = desk.call()
    desk.ask(call, "dear")
    call.settle("ok", status=200, usage=Usage(input=5, output=400))
    assert desk.held() == 4000


@pytest.mark.parametrize(
    "end",
    [
        {"outcome": "refused", "status": 400, "code": "provider_refused"},
        {"outcome": "failed", "status": 502, "code": "provider_unreachable"},
        {"outcome": "failed", "status": 500, "code": "internal"},
    ],
)
def test_what_owes_nothing_is_let_go(desk: Desk, end: dict[str, Any]):
    call = desk.call()
    desk.ask(call, "dear")
    call.settle(**end)
    assert desk.held() == 0


def test_what_never_came_into_the_journal_is_let_go(desk: Desk):
    call = desk.call()
    desk.spending.hold(call, attempt("dear"), request(max_tokens=10), 10, is_last=True)
    assert desk.held() == 100
    call.settle_error(CallError("internal"))
    assert desk.held() == 0


def test_a_refused_call_is_written_down(desk: Desk):
    call = desk.call()
    call.attempt = attempt("dear")
    error = desk.ask(call, "dear", max_tokens=1000)
    assert error is not None
    call.settle_error(error)
    (_, ended), _ = lines(desk.journal.current.next_piece())
    assert (ended["o"], ended["cd"], ended["st"]) == ("refused", "budget_spent", 402)


def test_a_call_that_alone_is_too_dear_is_told_what_is_left(desk: Desk):
    error = desk.ask(desk.call(), "dear", max_tokens=26)
    assert (code(error), error.status, error.retry_after) == ("budget_spent", 402, None)
    assert str(error).startswith("This call could cost up to 0.00000026 USD, but the budget all")
    assert "max_tokens" in str(error)


def test_beside_others_it_is_told_to_come_again(desk: Desk):
    for _ in range(2):
        assert desk.ask(desk.call(), "dear") is None
    error = desk.ask(desk.call(), "dear", is_last=False)
    assert (code(error), error.status, error.retry_after) == ("budget_held", 429, 2)
    assert desk.ask(desk.call(), "cheap") is None
    assert desk.spending.refusals == {"budget_held": 1}


def test_the_last_attempt_waits_for_others_to_let_go(desk: Desk):
    call = desk.call()
    desk.ask(call, "dear", max_tokens=25)
    Timer(0.1, lambda: call.settle("refused", status=400)).start()
    assert desk.ask(desk.call(), "dear", max_tokens=25) is None


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({}, True),
        ({"scope": "person", "target_id": 3}, True),
        ({"scope": "person", "target_id": 4}, False),
        ({"scope": "token", "target_id": 7}, True),
        ({"scope": "token", "target_id": 3}, False),
        ({"scope": "connection", "target_id": 5}, True),
        ({"scope": "connection", "target_id": 7}, False),
        ({"scope": "collection", "target_id": 1, "models": frozenset({"paid/dear"})}, True),
        ({"scope": "collection", "target_id": 1, "models": frozenset({"paid/cheap"})}, False),
    ],
)
def test_whose_calls_a_budget_counts(tmp_path: Path, more: dict[str, Any], counts: bool):
    desk = Desk(tmp_path, budget(0, **more))
    assert code(desk.ask(desk.call(), "dear")) == ("budget_spent" if counts else "")
    assert desk.ask(desk.call(Caller(9, "", 9, "")), "free") is None


def test_all_budgets_or_none_hold(tmp_path: Path):
    desk = Desk(tmp_path, budget(1000), budget(50, id=2, scope="person", target_id=MEL.person_id))
    assert code(desk.ask(desk.call(), "dear")) == "budget_spent"
    assert (desk.held(1), desk.held(2)) == (0, 0)
    assert desk.ask(desk.call(), "cheap") is None
    assert (desk.held(1), desk.held(2)) == (10, 10)


def test_a_soft_budget_counts_and_refuses_nothing(tmp_path: Path):
    desk = Desk(tmp_path, budget(0, is_soft=True))
    assert desk.ask(desk.call(), "dear") is None
    assert desk.ask(desk.call(), "nobody-knows") is None
    assert desk.held() == 100


def test_what_costs_nothing_goes_out_of_a_spent_budget(tmp_path: Path):
    desk = Desk(tmp_path, budget(0))
    assert desk.ask(desk.call(), "free") is None
    assert desk.ask(desk.call(), attempt("dear", flat_fee=True)) is None
    assert desk.ask(desk.call(), attempt("llama", "ollama")) is None
    counting = request("anthropic.count_tokens", max_tokens=1)
    desk.spending.hold(desk.call(), attempt("dear"), counting, 10, is_last=True)


def test_frozen_spending_lets_only_what_is_free_through(tmp_path: Path):
    desk = Desk(tmp_path, frozen=True)
    assert [code(desk.ask(desk.call(), one)) for one in ("dear", "nobody-knows", "free")] == [
        "spend_frozen",
        "spend_frozen",
        "",
    ]
    assert desk.ask(desk.call(), attempt("llama", "ollama")) is None
    desk.follow()
    assert desk.ask(desk.call(), "dear") is None


def test_a_model_without_a_price_goes_out_where_that_is_allowed(tmp_path: Path):
    desk = Desk(tmp_path, budget(1000))
    error = desk.ask(desk.call(), "nobody-knows")
    assert (code(error), error.status) == ("unpriced_model", 402)
    assert "paid/nobody-knows" in str(error)
    desk.follow(budget(1000, allows_unpriced=True))
    assert desk.ask(desk.call(), "nobody-knows") is None
    desk.follow(budget(0, allows_unpriced=True))
    assert code(desk.ask(desk.call(), "nobody-knows")) == "budget_spent"


@pytest.mark.parametrize("is_soft", [True, False])
def test_a_call_of_unknown_cost_ends_after_its_budget_is_removed(desk: Desk, is_soft: bool):
    """It holds nothing of it, and the budget was forgotten under it: its end failed."""
    desk.follow(budget(250, is_soft=is_soft, allows_unpriced=True))
    calls = [desk.call(), desk.call()]
    for call in calls:
        assert desk.ask(call, "unheard-of") is None
    desk.follow()
    calls[0].settle("ok", status=200, usage=Usage(input=5, output=4))
    desk.spending.absorbed([calls[0].id], [])
    assert desk.ask(calls[1], "dear") is None
    calls[1].settle("ok", status=200, usage=Usage(input=5, output=4))
    assert desk.spending.windows() == set()


def test_what_was_held_is_let_go_when_the_budget_is_removed_meanwhile(desk: Desk):
    call = desk.call()
    desk.ask(call, "dear")
    desk.follow()
    call.settle("ok", status=200, usage=Usage(input=5, output=4))
    desk.spending.absorbed([call.id], [])
    assert desk.spending.windows() == set()


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("period", "late", "following"),
    [
        ("day", datetime(2026, 3, 28, 23, 30, tzinfo=BERLIN), "2026-03-29 00:00 (Europe/Berlin)"),
        ("day", datetime(2026, 3, 29, 23, 30, tzinfo=BERLIN), "2026-03-30 00:00 (Europe/Berlin)"),
        (
            "month",
            datetime(2026, 10, 31, 23, 30, tzinfo=BERLIN),
            "2026-11-01 00:00 (Europe/Berlin)",
        ),
    ],
)
def test_a_spent_period_is_over_at_local_midnight(
    tmp_path: Path, period: str, late: datetime, following: str
):
    desk = Desk(tmp_path)
    desk.now = late.astimezone(UTC)
    desk.follow(budget(100, period=period, zone=BERLIN))
    old = desk.call()
    assert desk.ask(old, "dear") is None
    old.settle("ok", status=200, usage=Usage(input=0, output=10))
    error = desk.ask(desk.call(), "dear", is_last=False)
    assert code(error) == "budget_held"
    ((window),) = desk.spending.windows()
    desk.spending.absorbed([old.id], [(window, 1, 100)])
    error = desk.ask(desk.call(), "dear")
    assert (code(error), error.retry_after) == ("budget_spent", 1800)
    assert following in str(error)
    desk.now += timedelta(minutes=30)
    assert desk.spending.present(1)[0] == 0
    assert desk.ask(desk.call(), "dear") is None
    assert desk.held() == 100


def test_a_call_counts_to_the_period_in_which_it_began(tmp_path: Path):
    desk = Desk(tmp_path, budget(100, period="day"))
    desk.now = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
    call = desk.call()
    assert desk.ask(call, "dear") is None
    desk.now += timedelta(seconds=2)
    assert desk.held() == 0
    assert desk.ask(desk.call(), "dear") is None
    assert code(desk.ask(desk.call(), "dear", is_last=False)) == "budget_held"


def test_amounts_have_as_many_digits_as_they_need():
    amounts = [0, DOLLAR, 1, DOLLAR // 10, 1_234_567_890, 12_345 * DOLLAR]
    found = [dollars(one) for one in amounts]
    assert found == ["0.00", "1.00", "0.000000001", "0.10", "1.23456789", "12345.00"]


# --- how much a call may come to -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        ({"max_tokens": 7}, 7),
        ({"max_completion_tokens": 9, "max_tokens": 7}, 9),
        ({"max_tokens": 7, "n": 3}, 21),
        ({"options": {"num_predict": 5}}, 100),
        ({"max_output_tokens": 5}, 100),
        ({"max_tokens": True}, 100),
        ({"max_tokens": -5}, 100),
        ({"max_tokens": "7"}, 100),
        ({"max_tokens": "700"}, 700),
        ({"max_tokens": 1e6}, 10**6),
        ({"max_tokens": 7, "max_completion_tokens": "7e3"}, 7000),
        ({"max_tokens": 7, "max_completion_tokens": None}, 7),
        ({"max_tokens": "nan", "n": "inf"}, 100),
        ({"max_tokens": [7]}, 100),
        ({"max_tokens": 7, "n": "3"}, 21),
        ({"max_tokens": 7, "n": 3.0}, 21),
        ({"max_tokens": 7, "n": -3}, 7),
        ({"max_tokens": 10**40}, bounds.MOST),
        ({}, 100),
        ({"prompt": ["a", "b", "c"], "best_of": 2, "max_tokens": 4}, 24),
        ({"prompt": [1, 2, 3], "max_tokens": 4}, 4),
    ],
)
def test_output_is_what_the_call_says_at_most(body: dict[str, Any], tokens: int):
    assert bounds.outward(request(**body), attempt("x"), 100) == tokens


@pytest.mark.parametrize(
    ("wire", "body", "tokens"),
    [
        ("openai.responses", {"max_output_tokens": 5}, 5),
        ("openai.responses", {"max_tokens": 5}, 100),
        ("openai.completions", {"max_completion_tokens": 5}, 100),
        ("anthropic.messages", {"max_tokens": 5}, 5),
        ("anthropic.messages", {"max_output_tokens": 5}, 100),
        ("ollama.chat", {"options": {"num_predict": 5}}, 5),
        ("ollama.generate", {"options": {"num_predict": -1}}, 100),
        ("ollama.chat", {"options": [5], "max_tokens": 5}, 100),
        ("openai.images.generations", {"max_tokens": 5, "n": 4}, 400),
        ("openai.audio.speech", {"max_output_tokens": 5}, 100),
    ],
)
def test_only_the_word_that_a_wire_knows_is_a_limit(wire: str, body: dict[str, Any], tokens: int):
    assert bounds.outward(request(wire, **body), attempt("x"), 100) == tokens


@pytest.mark.parametrize(
    "body",
    [
        '{"max_tokens": 9000, "max_tokens": 1}',
        '{"max_tokens": 9000, "max_\\u0074okens": 1}',
        '{"max_tokens": 90, "n": 100, "n": 1}',
        '{"n": 100, "\\u006e": 1, "max_tokens": 90}',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_of_a_field_that_is_there_twice_the_larger_counts(body: str, encoding: str):
    raw = body.replace("{", '{"model": "x", ', 1).encode(encoding)
    assert bounds.outward(read("openai.chat", raw, {}), attempt("x"), 100) == 9000


def test_a_tools_field_of_the_same_name_is_no_limit():
    schema = {"type": "object", "properties": {"max_tokens": {"type": "integer"}, "n": 5}}
    tools = [{"type": "function", "function": {"name": "f", "parameters": schema}}]
    assert bounds.outward(request(max_tokens=7, n=2, tools=tools), attempt("x"), 100) == 14


def test_a_limit_that_is_asked_for_in_the_callers_name_counts():
    asked = request("openai.chat")
    assert bounds.outward(asked, attempt("x", "anthropic"), 100) == 8192
    assert bounds.outward(asked, attempt("x", "anthropic", card=card(output_limit=50)), 100) == 50


def test_a_form_may_ask_for_several_pictures():
    head = b'--b\r\nContent-Disposition: form-data; name="'
    parts = (head + b'model"\r\n\r\nx\r\n', head + b'n"\r\n\r\n10\r\n', b"--b--\r\n")
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    asked = read_form("openai.images.edits", b"".join(parts), kind)
    assert bounds.outward(asked, attempt("x"), 100) == 1000


def test_output_is_what_the_model_says_where_the_call_says_nothing():
    assert bounds.outward(request(), attempt("x", card=card(output_limit=50)), 100) == 50
    assert bounds.outward(request(max_tokens=70), attempt("x", card=card(output_limit=50)), 1) == 70


def test_a_collections_own_setting_goes_before_what_the_call_says():
    assert (
        bounds.outward(request(max_tokens=7), attempt("x", parameters={"max_tokens": 90}), 1) == 90
    )


def test_embeddings_write_nothing():
    assert bounds.outward(request("openai.embeddings", input="Hi"), attempt("x"), 100) == 0


def inward(**body: Any) -> int:
    asked = request(**body)
    return bounds.inward(asked, attempt("x"), len(asked.raw))


def test_input_is_half_of_the_bytes_and_something_for_each_message():
    asked = request(messages=[{"role": "user", "content": "é" * 1000}] * 3)
    found = bounds.inward(asked, attempt("x"), len(asked.raw))
    assert found == -(-len(asked.raw) // 2) + 4 * bounds.PER_MESSAGE
    assert found > 3000


def test_what_is_sent_counts_where_it_is_longer_than_what_came():
    assert bounds.inward(request(), attempt("x"), 100_000) > 50_000


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 400_000}},
        {"type": "input_image", "image_url": "data:image/png;base64," + "A" * 400_000},
        {"type": "image", "source": {"type": "base64", "data": "A" * 400_000}},
        {"type": "input_audio", "input_audio": {"format": "wav", "data": "A" * 400_000}},
    ],
)
def test_pictures_and_recordings_do_not_count_by_their_bytes(part: dict[str, Any]):
    content = [part, {"type": "text", "text": "B" * 2000}]
    found = inward(messages=[{"role": "user", "content": content}])
    sound = 400_000 // bounds.BYTES_PER_SOUND_TOKEN if "input_audio" in part else 0
    assert bounds.PER_PICTURE + 1000 <= found - sound < bounds.PER_PICTURE + 1500
    both = inward(messages=[{"role": "user", "content": [part, part]}])
    assert both > 2 * bounds.PER_PICTURE


def test_pictures_as_ollama_has_them_and_by_address():
    found = inward(messages=[{"role": "user", "content": "B", "images": ["A" * 400_000] * 2}])
    assert 2 * bounds.PER_PICTURE < found < 2 * bounds.PER_PICTURE + 300
    url = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    assert inward(messages=[{"role": "user", "content": [url]}]) > bounds.PER_PICTURE


PRETENDER = {"type": "image", "source": {"data": "A " * 20_000}, "images": ["A " * 20_000]}


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"content": [{"type": "text", "text": '"image_url" ' + "A" * 40_000}]}]},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": PRETENDER}}]},
        {"tools": [{"name": "f", "input_schema": PRETENDER}]},
        {"messages": [{"content": [{"type": "tool_use", "input": PRETENDER}]}]},
        {"messages": [{"tool_calls": [{"function": {"arguments": PRETENDER}}]}]},
        {"metadata": PRETENDER},
    ],
    ids=["text", "parameters", "schema", "input", "arguments", "metadata"],
)
def test_text_that_pretends_to_be_a_picture_counts_as_text(body: dict[str, Any]):
    assert inward(**body) > 20_000


def test_a_long_recording_is_more_than_a_short_one():
    part = {"type": "input_audio", "input_audio": {"format": "mp3", "data": "A" * 8_000_000}}
    found = inward(messages=[{"role": "user", "content": [part]}])
    assert 100_000 < found < 200_000


LINKED = "https://example.org/a"


@pytest.mark.parametrize(
    "part",
    [
        {"type": "document", "source": {"type": "url", "url": LINKED}},
        {"type": "document", "source": {"type": "file", "file_id": "f"}},
        {"type": "input_file", "file_url": LINKED},
        {"type": "file", "file": {"file_id": "f"}},
        {"type": "video_url", "video_url": {"url": LINKED}},
    ],
)
def test_a_file_that_the_provider_fetches_counts_as_far_as_its_model_can_read(part: dict[str, Any]):
    assert inward(messages=[{"role": "user", "content": [part]}]) > bounds.REMEMBERED
    one = request(messages=[{"role": "user", "content": [part]}])
    one.raw = one.raw.replace(b'"type"', b'"\\u0074ype"').replace(b"file", b"f\\u0069le")
    assert bounds.inward(one, attempt("x"), 10) > bounds.REMEMBERED


@pytest.mark.parametrize(
    "body",
    [
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        {"tools": [{"type": "mcp", "server_url": LINKED}]},
        {"web_search_options": {"search_context_size": "high"}},
        {"mcp_servers": [{"url": LINKED}]},
        {"prompt": {"id": "pmpt_1"}},
    ],
)
def test_so_does_what_a_provider_looks_up_itself(body: dict[str, Any]):
    assert inward(**body) > bounds.REMEMBERED


@pytest.mark.parametrize(
    "body",
    [
        {"tools": [{"type": "function", "function": {"name": "web_search"}}]},
        {"messages": [{"content": [{"type": "file", "file": {"file_data": "data:x;base64,AA"}}]}]},
        {"web_search_options": None, "tools": None, "prompt": "Hi"},
    ],
)
def test_but_nothing_that_is_there_itself(body: dict[str, Any]):
    assert inward(**body) < 300


def test_what_a_provider_remembers_counts_as_far_as_its_model_can_read():
    asked = request("openai.responses", input="Hi", previous_response_id="resp_1")
    assert bounds.inward(asked, attempt("x"), 10) > bounds.REMEMBERED
    small = bounds.inward(asked, attempt("x", card=card(context=8000)), 10)
    assert 8000 < small < 8200


@pytest.mark.parametrize("key", ["models", "m\\u006fdels"])
def test_no_field_lets_another_model_answer_at_openrouter(key: str):
    """It would answer for who may not use it, at a price that nobody has held."""
    raw = '{"model": "x", "messages": [], "preset": "p", "' + key + '": ["dear"]}'
    found = way(read("openai.chat", raw.encode(), {}), attempt("x", "openrouter"), "id", 0.0)
    assert b"dear" not in found.body
    assert set(found.dropped) == {"models", "preset"}
