"""Trying a prompt: asked by the same door as programs, streamed, kept for its person alone."""

from __future__ import annotations

import ast
import io
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.application import Application, create_application
from aiconnect.blueprints.tryout.asking import MAGIC
from aiconnect.blueprints.tryout.views import LARGEST_FORM
from aiconnect.extensions import db
from aiconnect.gateway.limits import Limits
from aiconnect.models import Connection, Person, UsageRecord
from aiconnect.models.tryout import TryOut
from aiconnect.providers.spec import Provider
from aiconnect.services import (
    accounts,
    collections,
    connections,
    maturity,
    routes,
    texts,
    tryouts,
)
from aiconnect.services.audit import COMMAND_LINE, SYSTEM, Actor
from aiconnect.services.connections import Draft
from aiconnect.settings import Settings
from tests.fakes.dialects import OpenAI
from tests.fakes.rows import Fakes, OpenPolicy
from tests.pages.browse import Browse, Page, check
from tests.pages.conftest import KEY, Browsers

PARTS = ("It ", "rained ", "all <b>night</b>.")
PNG = MAGIC[0][0] + b"\0" * 40


@pytest.fixture
def server(settings: Settings, rows: Mapping[str, Provider]) -> Iterator[Application]:
    """Pages and gateway in this process, without what looks at the database by itself."""
    application = create_application(settings, rows, OpenPolicy(), Limits())
    application.journal.prepare()
    application.writer.start()
    application.gateway.start()
    yield application
    application.gateway.stop()
    application.writer.stop()
    application.journal.close()
    application._upstream.close()
    application._sessions.kw["bind"].dispose()
    with application.admin.app_context():  # type: ignore[attr-defined]
        db.engine.dispose()


@pytest.fixture
def site(server: Application) -> Flask:
    admin = server.admin
    assert isinstance(admin, Flask)
    return admin


@pytest.fixture
def connected(server: Application, session: Session, site: Flask, fakes: Fakes) -> OpenAI:
    """A connection `openai` of the team, another one `spare`, and a route over both."""
    parts = site.extensions["aiconnect"]
    for name in ("openai", "spare"):
        add(site, session, name, fakes["compatible"])
    routes.add(session, SYSTEM, "writer", ["openai/a", "spare/b"])
    server.watcher.look()
    fake = fakes["compatible"]
    fake.stream(PARTS, prompt=57, completion=29)
    assert parts
    return fake


def add(site: Flask, session: Session, name: str, fake: OpenAI, **more: object) -> None:
    parts = site.extensions["aiconnect"]
    draft = Draft("compatible", name, fake.url, private=True, **more)  # type: ignore[arg-type]
    connections.add(session, SYSTEM, draft, rows=parts.rows, vault=parts.vault)


def ask(hers: Browse, **typed: object) -> Page:
    """Fill in the form and send it."""
    form = hers.get("/try").form("Write")
    values = {**form.fields, "prompt": "Rain?", "model": "openai/a", **typed}
    values.pop("picture", None) if "picture" not in typed else None
    response = hers.client.post("/try", data=values, buffered=True)
    return hers._seen("/try", response)


def words(page: Page) -> str:
    """What the page says, without the marks at which it was sent."""
    return page.text.replace(" shown", "")


def kept(page: Page) -> str:
    """The address where the answer is kept."""
    return next(one for one in page.links if one.startswith("/try/"))


@pytest.mark.on_both
def test_an_answer_comes_with_what_it_took(hers: Browse, connected: OpenAI) -> None:
    page = ask(hers, temperature="0,7", max_tokens="600", top_p="0.9", system="Be brief.")
    assert page.status == 200
    assert "".join(PARTS) in words(page)
    assert "57 tokens in, 29 out" in page.text
    sent = connected.calls()[-1].json
    assert (sent["temperature"], sent["top_p"]) == (0.7, 0.9)
    assert [one["role"] for one in sent["messages"]] == ["system", "user"]
    again = page.form("Write").fields
    assert (again["prompt"], again["model"]) == ("Rain?", "openai/a")


def test_settings_that_nobody_made_stay_folded(hers: Browse, connected: OpenAI) -> None:
    def is_open(page: Page) -> bool:
        return any(one.get("open") is not None for one in page.all("details"))

    assert not is_open(hers.get(kept(ask(hers))))
    assert is_open(hers.get(kept(ask(hers, top_p="0.5"))))


def test_it_lands_in_the_ledger_as_a_call_of_its_person(
    hers: Browse, connected: OpenAI, session: Session, alice: Person
) -> None:
    ask(hers)
    [record] = session.query(UsageRecord)
    assert (record.outcome, record.access_token, record.person_id) == ("ok", "try-out", alice.id)
    assert (record.input_tokens, record.output_tokens) == (57, 29)


def test_it_is_kept_as_other_calls_are_where_that_is_on(
    hers: Browse, connected: OpenAI, session: Session, server: Application
) -> None:
    ask(hers)
    assert server.gateway.texts.is_empty
    texts.put(session, COMMAND_LINE, "on")
    server.watcher.look()
    ask(hers)
    [kept] = server.gateway.texts.take(9)
    assert "Rain?" in kept.asked.text
    assert kept.answered is not None
    assert kept.answered.text == "".join(PARTS)


def test_a_second_sending_shows_the_first_answer(hers: Browse, connected: OpenAI) -> None:
    form = hers.get("/try").form("Write")
    values = {**form.fields, "prompt": "Rain?", "model": "openai/a"}
    values.pop("picture")
    first = hers.send("/try", values)
    second = hers.send("/try", values)
    assert first.status == 200
    assert second.status == 303
    assert "".join(PARTS) in second.follow().text
    assert len(connected.calls()) == 1


def test_the_kept_page_has_answer_figures_form_and_code(hers: Browse, connected: OpenAI) -> None:
    page = hers.get(kept(ask(hers)))
    assert page.h1 == "Answer of openai/a"
    assert "".join(PARTS) in words(page)
    assert "57 tokens in, 29 out" in page.text
    assert page.form("Write").fields["prompt"] == "Rain?"
    assert any(one.startswith("/usage/calls/") for one in page.links)


def test_what_is_kept_is_its_persons_alone(
    hers: Browse, browse: Browsers, connected: OpenAI, admin: Person, member: Person
) -> None:
    url = kept(ask(hers))
    for other in (admin, member):
        theirs = browse.as_(other)
        assert theirs.get(url).status == 404
        assert theirs.get(f"/try?again={url.rpartition('/')[2]}").status == 404


def test_the_form_leads_back_to_answers_that_were_left(
    hers: Browse, browse: Browsers, connected: OpenAI, member: Person
) -> None:
    url = kept(ask(hers, prompt="Rain on the roof?"))
    values = {**hers.get("/try").form("Write").fields, "prompt": "Never sent"}
    values.pop("picture")
    hers.send("/try/find", values)
    page = hers.get("/try")
    assert url in page.links
    assert "Rain on the roof?" in page.text
    assert "Never sent" not in page.text
    assert "Rain on the roof?" not in browse.as_(member).get("/try").text


def test_what_a_model_cannot_take_is_not_said_to_be_refused_by_this_server(
    hers: Browse, connected: OpenAI
) -> None:
    words = "image input is not supported"
    connected.refuse(500, body={"error": {"code": 500, "message": words}}, on="chat")
    page = ask(hers)
    assert "cannot take something in this request" in page.text
    assert "Who refused" not in page.text


def test_a_form_of_another_person_is_refused(
    hers: Browse, browse: Browsers, connected: OpenAI, member: Person
) -> None:
    used = kept(ask(hers)).rpartition("/")[2]
    theirs = browse.as_(member)
    values = {**theirs.get("/try").form("Write").fields, "prompt": "x", "model": "openai/a"}
    values |= {"key": used}
    values.pop("picture")
    page = theirs.send("/try", values)
    assert (page.status, len(connected.calls())) == (422, 1)


def test_after_a_day_it_is_gone(hers: Browse, connected: OpenAI, session: Session) -> None:
    url = kept(ask(hers))
    [row] = session.query(TryOut)
    row.made_at = clock.now() - timedelta(hours=25)
    session.commit()
    assert hers.get(url).status == 404


def test_an_old_form_asks_nobody(hers: Browse, connected: OpenAI) -> None:
    old = "01890000-0000-7000-8000-000000000000"
    page = ask(hers, key=old)
    assert page.problems == ["This form was opened more than a day ago. Send it again as it is"]
    assert page.status == 422
    assert not connected.calls()
    assert page.press("Write", picture="").status == 200


def test_a_token_that_is_none_of_ours_asks_nobody(hers: Browse, connected: OpenAI) -> None:
    for key in ("", "x", "0" * 36, "ffffffff-ffff-7fff-bfff-ffffffffffff", "é"):
        assert ask(hers, key=key).status == 422
    assert not connected.calls()


def test_several_answer_side_by_side(hers: Browse, connected: OpenAI, session: Session) -> None:
    page = ask(hers, second="spare/b", third="writer", fourth="nowhere/x")
    slots = [one.get("slot") or "" for one in page.all("span")]
    for place in (1, 2, 3):
        assert f"text-{place}" in slots
    assert "Nothing here that works is called so: nowhere/x" in page.text
    result = hers.get(kept(page))
    assert result.h1 == "Answers of 4 models"
    assert result.text.count("".join(PARTS)) == 3
    assert session.query(UsageRecord).count() == 4


def test_a_route_says_who_answered_after_which_attempts(hers: Browse, connected: OpenAI) -> None:
    connected.overload(times=1)
    page = ask(hers, model="writer")
    assert "spare/b answered." in page.text
    assert "openai/a: the provider failed" in page.text


def test_a_collection_can_be_tried(
    hers: Browse, server: Application, connected: OpenAI, session: Session
) -> None:
    collections.add(session, SYSTEM, "drafting")
    collections.put(session, SYSTEM, "drafting", ["spare/b"])
    server.watcher.look()
    assert "spare/b answered." in ask(hers, model="collection/drafting").text


def test_a_failure_names_who_and_the_next_step(hers: Browse, connected: OpenAI) -> None:
    connected.refuse_key()
    page = ask(hers)
    assert "The provider of openai refuses its key" in page.text
    assert "Test the connection" in page.text
    assert "The provider of openai refuses its key" in hers.get(kept(page)).text


@pytest.mark.parametrize(
    ("status", "body", "who"),
    [
        (
            403,
            {"error": {"code": 403, "message": "flagged", "metadata": {"reasons": ["sexual"]}}},
            "Who refused: The router",
        ),
        (
            400,
            {"error": {"code": "content_filter", "message": "no", "innererror": {"code": "x"}}},
            "Who refused: The content filter of the provider",
        ),
    ],
)
def test_refused_content_names_who_refused_it(
    hers: Browse, connected: OpenAI, status: int, body: object, who: str
) -> None:
    connected.refuse(status, body)
    page = ask(hers)
    assert "This content was refused" in page.text
    assert who in page.text
    assert "/help/mature#refused" in page.links
    assert who in hers.get(kept(page)).text


def test_what_this_server_refuses_says_so(
    hers: Browse, server: Application, connected: OpenAI, session: Session
) -> None:
    connection = session.scalars(select(Connection).where(Connection.name == "openai")).one()
    connections.disable(session, SYSTEM, connection.id)
    server.watcher.look()
    assert "Who refused: This server" in ask(hers, model="openai/a").text


def test_a_form_that_is_too_large_is_told_what_it_may_hold(hers: Browse, connected: OpenAI) -> None:
    values = hers.get("/try").form("Write").fields | {"prompt": "x" * (LARGEST_FORM + 1)}
    assert "It may hold 6 MB" in hers._seen("/try", hers.client.post("/try", data=values)).text


def test_a_prompt_beyond_the_limit_is_a_mistake_of_its_field(
    hers: Browse, connected: OpenAI
) -> None:
    page = ask(hers, prompt="\N{GRINNING FACE}" * 200_000)
    assert (page.status, page.problems) == (422, ["Shorten it to 100,000 characters"])


def test_an_answer_that_breaks_off_keeps_what_came(hers: Browse, connected: OpenAI) -> None:
    connected.cut_after(2)
    page = ask(hers)
    assert "It rained" in words(page)
    assert "The provider of openai broke off" in page.text


def test_the_persons_own_limit_holds(
    hers: Browse, server: Application, connected: OpenAI, session: Session, alice: Person
) -> None:
    accounts.limit_person(session, SYSTEM, alice.email, {"requests_per_minute": 1})
    server.watcher.look()
    assert "".join(PARTS) in words(ask(hers))
    assert "you are at your limit of" in ask(hers).text
    assert len(connected.calls()) == 1


def test_a_personal_connection_is_its_owners_alone(
    hers: Browse, browse: Browsers, server: Application, connected: OpenAI, session: Session,
    site: Flask, fakes: Fakes, alice: Person, member: Person,
) -> None:  # fmt: skip
    add(site, session, "own", fakes["compatible"], owner_id=alice.id)
    server.watcher.look()
    assert "".join(PARTS) in words(ask(hers, model="own/x"))
    theirs = ask(browse.as_(member), model="own/x")
    assert "Nothing here that works is called so" in theirs.text
    assert len(connected.calls()) == 1


def test_a_picture_goes_along_and_is_not_kept(
    hers: Browse, connected: OpenAI, session: Session
) -> None:
    page = ask(hers, picture=(io.BytesIO(PNG + b"\0" * 100_000), "rain.txt"))
    content = connected.calls()[-1].json["messages"][-1]["content"]
    assert content[1]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
    [row] = session.query(TryOut)
    assert row.asked["picture"] == "image/png, 100 kB"
    assert len(json.dumps(row.asked)) < 1000
    assert "with a picture: image/png, 100 kB" in page.text


def test_what_is_no_picture_is_refused(hers: Browse, connected: OpenAI) -> None:
    page = ask(hers, picture=(io.BytesIO(b"<svg onload=x>"), "rain.png"))
    assert page.problems == ["Choose a PNG, JPEG, WebP or GIF picture"]
    assert not connected.calls()


MISTAKES = (
    ("prompt", ""), ("prompt", "x" * 100_001), ("model", ""), ("model", "x" * 400),
    ("second", "a\u200bb"), ("temperature", "3"), ("temperature", "1e3"), ("top_p", "-1"),
    ("max_tokens", "0"), ("max_tokens", "9" * 30), ("temperature", "\u0663"),
)  # fmt: skip


def test_a_mistake_is_said_and_asks_nobody(hers: Browse, connected: OpenAI) -> None:
    for field, value in MISTAKES:
        page = ask(hers, **{field: value})
        assert page.status == 422, (field, value[:20])
        assert page.problems
    assert not connected.calls()


def test_odd_letters_of_a_model_reach_the_page_as_marks(hers: Browse, connected: OpenAI) -> None:
    connected.stream(("a\0b", "\ud83d", "\ude00", "\udc00", "\x1b[1m"))
    page = ask(hers)
    said = words(page).replace(" ", "")  # pieces that came apart are read with a space between
    assert "a\ufffdb\U0001f600\ufffd\ufffd[1m" in said
    assert "\U0001f600" in hers.get(kept(page)).text


def test_too_many_at_once_are_told_to_wait(hers: Browse, site: Flask, connected: OpenAI) -> None:
    places = site.extensions["aiconnect_seats"]
    taken = [(100 + number, str(number)) for number in range(8)]
    assert all(places.take(*one) for one in taken)
    page = ask(hers)
    assert page.problems == ["Too many try-outs run just now. Wait a moment, and send it again"]
    for one in taken:
        places.leave(*one)
    assert ask(hers).status == 200


def test_nobody_keeps_the_others_out(site: Flask) -> None:
    places = site.extensions["aiconnect_seats"]
    assert [places.take(1, str(number)) for number in range(5)] == [True, True, True, False, False]
    assert places.take(2, "x")
    places.leave(1, "0")
    assert places.take(1, "5")


@pytest.mark.parametrize("name", ["openai/llama-abliterated", "llama-abliterated"])
def test_a_model_for_mature_content_waits_for_ones_own_switch(
    hers: Browse, connected: OpenAI, session: Session, owner: Actor, name: str
) -> None:
    page = ask(hers, model=name)
    assert page.status == 422
    assert "is for mature content, which is off for you" in page.problems[0]
    assert owner.person_id is not None
    maturity.switch_on(session, owner, owner.person_id, is_adult=True)
    assert ask(hers, model=name).status == 200


def test_one_that_is_written_still_looks_again(
    hers: Browse, site: Flask, session: Session, connected: OpenAI, owner: Actor
) -> None:
    asked = tryouts.Asked(("openai/a",), "Rain?")
    row, is_new = tryouts.begin(session, owner, tryouts.new_id(), asked)
    assert is_new
    assert hers.get(f"/try/{row.id}").h1 == "This try-out did not come to its end"
    site.extensions["aiconnect_seats"].take(row.person_id, row.id)
    page = hers.get(f"/try/{row.id}")
    assert page.h1 == "The answer is being written"
    assert 'http-equiv="refresh"' in page.html


def test_looking_for_a_model_keeps_what_was_typed(
    hers: Browse, connected: OpenAI, site: Flask, session: Session
) -> None:
    add(site, session, "third", connected, models=("c",))
    values = hers.get("/try").form("Write").fields | {
        "prompt": "Long\n" * 4000, "system": "Be brief.", "model": "openai/a", "top_p": "7",
    }  # fmt: skip
    values.pop("picture")
    answer = hers.send("/try/find", {**values, "slot": "second"})
    assert answer.status == 303
    location = answer.response.headers["Location"]
    assert location.startswith("/models?")
    assert len(location) < 300
    assert back_of(location).startswith("/try?again=")
    listed = hers.get(location)
    assert listed.h1 == "Choose a model"
    link = next(one for one in listed.links if one.startswith("/try?") and "model=" in one)
    assert parse_qs(urlsplit(link).query)["model"] == ["third/c"]
    fields = hers.get(link).form("Write").fields
    assert fields["prompt"].count("Long") == 4000
    assert (fields["model"], fields["second"]) == ("openai/a", "third/c")


def back_of(location: str) -> str:
    query = parse_qs(urlsplit(location).query)
    assert query["for"] == ["try"]
    return query["back"][0]


def test_the_address_fills_in_the_form(hers: Browse, connected: OpenAI) -> None:
    page = hers.get("/try?model=a/1&model=b/2&model=c/3&model=d/4&model=e/5&prompt=Hi&system=Short")
    fields = page.form("Write").fields
    assert [fields[one] for one in ("model", "second", "third", "fourth")] == [
        "a/1", "b/2", "c/3", "d/4",
    ]  # fmt: skip
    assert (fields["prompt"], fields["system"]) == ("Hi", "Short")


def test_the_last_model_is_remembered_by_person(
    hers: Browse, browse: Browsers, connected: OpenAI, member: Person
) -> None:
    ask(hers, model="spare/b")
    assert hers.get("/try").form("Write").fields["model"] == "spare/b"
    proposed = browse.as_(member).get("/try").form("Write").fields["model"]
    assert proposed == "writer"  # who has tried none is offered the first that can be called


def test_an_unknown_try_out_is_not_found(hers: Browse, connected: OpenAI) -> None:
    for ident in ("0", "x" * 400, "ffffffff-ffff-7fff-bfff-ffffffffffff", "9" * 40, "%ED%A0%80"):
        assert hers.get(f"/try/{ident}").status == 404
        assert hers.get(f"/try?again={ident}").status == 404


def test_a_viewer_may_not_spend(browse: Browsers, connected: OpenAI, bob: Person) -> None:
    his = browse.as_(bob)
    assert his.get("/try").status == 403
    assert his.post("/try", prompt="x", model="openai/a").status == 403
    assert "Try a prompt" not in his.get("/").text
    assert not connected.calls()


def test_the_code_is_this_very_call(hers: Browse, connected: OpenAI) -> None:
    prompt = 'It\'s a "test"\nJSON\n`rm -rf` $HOME \\ é'
    page = hers.get(kept(ask(hers, prompt=prompt, system="Be brief.", temperature="0.5")))
    curl, python, javascript = ["".join(one.itertext()) for one in page.all("pre")]
    sent = connected.calls()[-1].json
    body = json.loads(curl.partition("<<'JSON'\n")[2].removesuffix("\nJSON"))
    assert body["messages"] == sent["messages"]
    assert "http://localhost/v1/chat/completions" in curl
    [call] = [one for one in ast.walk(ast.parse(python)) if getattr(one, "keywords", 0) and
              any(word.arg == "messages" for word in one.keywords)]  # fmt: skip
    given = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    assert given == body
    assert "YOUR_ACCESS_TOKEN" in javascript
    assert KEY not in page.html


def test_every_page_of_it_is_a_good_page(hers: Browse, connected: OpenAI) -> None:
    check(ask(hers, second="spare/b"), [KEY])
