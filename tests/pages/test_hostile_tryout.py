"""Try-outs whose model, or whose sender, wants them to break."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from aiconnect.blueprints.tryout.answers import LONGEST
from aiconnect.models.tryout import TryOut
from aiconnect.services import tryouts
from tests.fakes.dialects import OpenAI
from tests.fakes.exchange import Answer
from tests.pages.browse import Browse
from tests.pages.test_tryout import ask, connected, kept, server, site, words

__all__ = ["connected", "server", "site"]

DEEP = b'{"choices":[{"delta":{"content":' + b"[" * 200_000 + b"]" * 200_000 + b"}}]}"


def says(fake: OpenAI, *events: object) -> None:
    """Have it answer with these events as they are."""
    written = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in events]
    body = b"".join(b"data: " + one + b"\n\n" for one in (*written, b"[DONE]"))
    fake._fail("chat", None, Answer(200, body, "text/event-stream"))


def event(text: str = "", **more: object) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, **more}]}


def answer(session: Session) -> dict[str, Any]:
    [row] = session.query(TryOut)
    return dict((row.answers or [])[0])


@pytest.mark.on_both
@pytest.mark.parametrize(
    "reason", ["\ud800stop", "x" * 300_000, {"a": 1}], ids=["half", "long", "no text"]
)
def test_an_odd_reason_to_end_is_kept_short_and_whole(
    hers: Browse, connected: OpenAI, session: Session, reason: object
) -> None:
    says(connected, event("Hi"), event(finish_reason=reason))
    assert "Hi" in words(ask(hers))
    found = answer(session)["finish"]
    assert len(found) <= 100
    assert found.encode().decode() == found


def test_what_is_too_deep_to_read_is_no_fault_of_ours(
    hers: Browse, connected: OpenAI, session: Session
) -> None:
    says(connected, event("Hi"), DEEP, event(" there"))
    assert "Hi there" in words(ask(hers))
    assert answer(session)["code"] == ""


@pytest.mark.parametrize("pieces", [1, 40])
def test_an_endless_answer_has_an_end_on_the_page(
    hers: Browse, connected: OpenAI, session: Session, pieces: int
) -> None:
    text = "y" * (4_000_000 // pieces)
    says(connected, *[event(text)] * pieces, event(finish_reason="stop"))
    page = ask(hers)
    assert page.html.count("y" * 100) <= LONGEST // 100
    assert "It stopped at the longest answer" in page.text
    assert answer(session)["text"] == "y" * LONGEST


SPLIT = ("</template>", "</scr", "ipt><scr", "ipt>alert(1)</script>", '"><img src=x>', "&l", "t;b>")


@pytest.mark.parametrize("second", ["", "spare/b"], ids=["alone", "side by side"])
def test_what_a_model_writes_is_never_markup(hers: Browse, connected: OpenAI, second: str) -> None:
    says(connected, *(event(one) for one in (*SPLIT, "<!-- shown -->", "</span><b slot=end-1>")))
    page = ask(hers, second=second)
    for html in (page.html, hers.get(kept(page)).html):
        assert "<script" not in html
        assert "<img" not in html
        assert "<b slot" not in html
        assert html.count("</template>") == html.count("<template")


def test_numbers_come_back_as_they_were_written(hers: Browse, connected: OpenAI) -> None:
    page = ask(hers, max_tokens="1000000", temperature="0.000012", top_p="0.123456")
    fields = page.form("Write").fields
    assert [fields[one] for one in ("max_tokens", "temperature", "top_p")] == [
        "1000000", "0.000012", "0.123456",
    ]  # fmt: skip
    assert page.press("Write", picture="").status == 200


def test_a_form_that_is_sent_twice_at_once_leaves_no_seat_taken(
    site: Flask,
) -> None:
    """The second passes the first look before the first has written the form down."""
    places, key = site.extensions["aiconnect_seats"], tryouts.new_id()
    assert places.take(1, key)
    assert places.take(1, key)
    places.leave(1, key)
    assert places.holds(1, key)  # the first sending goes on
    assert not places.holds(2, key)
    places.leave(1, key)
    assert not places.holds(1, key)
