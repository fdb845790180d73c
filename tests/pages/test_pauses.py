"""What the gateway leaves alone: seen on pages, and tried now by a button."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.calls.counting import Counting
from aiconnect.models import AuditEntry, Connection, Person, State
from aiconnect.services import connections
from aiconnect.services.audit import SYSTEM
from tests.fakes.rows import Fakes
from tests.pages.browse import Browse, Page
from tests.pages.conftest import Browsers
from tests.pages.connected import add, examined

TRY = "Try it now"


@pytest.fixture
def counting(browse: Browsers) -> Counting:
    """What the gateway counts with, beside these pages."""
    made = Counting()
    browse.site.extensions["aiconnect_counting"] = made
    browse.site.extensions["aiconnect_breakers"] = made.breakers
    return made


@pytest.fixture
def near(browse: Browsers, session: Session) -> Connection:
    return add(browse, session, "llamacpp", name="near")


def is_left_alone(counting: Counting, connection: Connection) -> bool:
    return counting.breakers.admit(connection.id, "m") is not None


def tries(page: Page) -> list[str]:
    """Where the buttons of this page lead that try a connection now."""
    return [one.action for one in page.forms if any(TRY in name for name in one.buttons)]


def attention(page: Page) -> list[str]:
    lists = [one for one in page.all("ul") if one.get("class") == "attention"]
    return [
        " ".join("".join(one.itertext()).split()) for found in lists for one in found.iter("li")
    ]


@pytest.mark.parametrize(
    ("code", "said"),
    [("provider_auth", "its key was refused"), ("provider_no_credit", "no credit"),
     ("provider_rate_limited", "its provider asks for it")],
)  # fmt: skip
def test_a_connection_that_is_left_alone_says_why_since_when_and_until_when(
    hers: Browse, counting: Counting, near: Connection, code: str, said: str
) -> None:
    assert TRY not in hers.get(f"/connections/{near.id}").text
    counting.breakers.report(near.id, "m", code, 30.0)
    for path in (f"/connections/{near.id}", "/", "/connections"):
        page = hers.get(path)
        assert said in page.text, path
        assert "today" in page.text.lower().partition("since")[2], path
        assert "s more" in page.text, path


def test_failures_in_a_row_are_an_outage(
    hers: Browse, counting: Counting, near: Connection
) -> None:
    for _ in range(5):
        counting.breakers.report(near.id, "m", "provider_down")
    assert "Left alone after failures" in hers.get(f"/connections/{near.id}").text


def test_trying_it_now_lets_the_next_call_out_and_is_on_the_record(
    hers: Browse, counting: Counting, session: Session, near: Connection, alice: Person
) -> None:
    counting.breakers.report(near.id, "m", "provider_auth")
    assert is_left_alone(counting, near)
    page = hers.get(f"/connections/{near.id}").press(TRY).follow()
    assert "The next call to near goes out" in page.text
    assert tries(page) == []
    assert not is_left_alone(counting, near)
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.actor, entry.action, entry.subject) == (alice.email, "retry.connection", "near")


def test_a_model_that_is_left_alone_is_named(
    hers: Browse, counting: Counting, near: Connection
) -> None:
    counting.breakers.report(near.id, "good", None)
    counting.breakers.report(near.id, "gone", "model_not_found")
    page = hers.get(f"/connections/{near.id}")
    assert "its provider refuses this model" in page.text
    assert "gone" in [one.text for one in page.all("code")]
    assert attention(hers.get("/")) != []
    hers.post(f"/connections/{near.id}/retry")
    assert counting.breakers.admit(near.id, "gone") is None


def test_one_call_that_tries_is_said(hers: Browse, counting: Counting, near: Connection) -> None:
    clock = [time.monotonic() - 100]
    counting.breakers._clock = lambda: clock[0]
    counting.breakers.report(near.id, "m", "provider_auth")
    clock[0] += 99
    assert "The next call tries it" in hers.get(f"/connections/{near.id}").text
    assert counting.breakers.admit(near.id, "m") is None
    assert "One call tries it now" in hers.get(f"/connections/{near.id}").text


def test_home_lists_it_with_that_one_action(
    hers: Browse, counting: Counting, session: Session, near: Connection
) -> None:
    near.state = State.CONNECTED
    session.commit()
    assert attention(hers.get("/")) == []
    counting.breakers.report(near.id, "m", "provider_auth")
    page = hers.get("/")
    (item,) = attention(page)
    assert "near" in item
    assert "its key was refused" in item
    assert tries(page) == [f"/connections/{near.id}/retry"]
    assert [one.text for one in page.all("span") if one.get("class") == "count bad"]


def test_what_was_found_keeps_its_own_action(
    hers: Browse, counting: Counting, session: Session, near: Connection
) -> None:
    near.state, near.finding = State.UNREACHABLE, "refused"
    session.commit()
    counting.breakers.report(near.id, "m", "provider_auth")
    page = hers.get("/")
    (item,) = attention(page)
    assert "its key was refused" in item
    assert tries(page) == []


def test_nothing_is_said_of_one_that_is_off(
    hers: Browse, counting: Counting, session: Session, near: Connection
) -> None:
    counting.breakers.report(near.id, "m", "provider_auth")
    connections.disable(session, SYSTEM, near.id)
    assert tries(hers.get(f"/connections/{near.id}")) == []
    assert attention(hers.get("/")) == []


def test_a_test_that_works_ends_the_pause(
    hers: Browse, counting: Counting, near: Connection
) -> None:
    counting.breakers.report(near.id, "m", "provider_auth")
    assert "Everything works" in examined(hers, near).text
    assert not is_left_alone(counting, near)


def test_a_test_that_fails_leaves_it_as_it_is(
    hers: Browse, counting: Counting, near: Connection, fakes: Fakes
) -> None:
    fakes["llamacpp"].overload()
    counting.breakers.report(near.id, "m", "provider_auth")
    examined(hers, near)
    assert is_left_alone(counting, near)


def test_a_test_that_finds_a_limit_leaves_the_wait(
    hers: Browse, counting: Counting, near: Connection, fakes: Fakes
) -> None:
    fakes["llamacpp"].limit(30)
    counting.breakers.report(near.id, "m", "provider_rate_limited", 60.0)
    examined(hers, near)
    assert is_left_alone(counting, near)


def test_members_and_viewers_see_it_and_change_nothing(
    browse: Browsers, counting: Counting, near: Connection, member: Person, bob: Person
) -> None:
    counting.breakers.report(near.id, "m", "provider_auth")
    for person, status in ((member, 409), (bob, 403)):
        theirs = browse.as_(person)
        page = theirs.get(f"/connections/{near.id}")
        assert "its key was refused" in page.text
        assert tries(page) == []
        assert tries(theirs.get("/")) == []
        assert theirs.post(f"/connections/{near.id}/retry").status == status
        assert is_left_alone(counting, near)


def test_a_personal_one_is_tried_by_its_owner_alone(
    hers: Browse, browse: Browsers, counting: Counting, session: Session, member: Person
) -> None:
    own = add(browse, session, "ollama", name="own", owner_id=member.id)
    counting.breakers.report(own.id, "m", "provider_auth")
    assert "its key was refused" not in hers.get(f"/connections/{own.id}").text
    assert hers.post(f"/connections/{own.id}/retry").status == 409
    assert is_left_alone(counting, own)
    browse.as_(member).get(f"/connections/{own.id}").press(TRY)
    assert not is_left_alone(counting, own)


def test_without_a_gateway_nothing_is_left_alone(hers: Browse, near: Connection) -> None:
    assert hers.post(f"/connections/{near.id}/retry").status == 303
    assert hers.post("/connections/9/retry").status == 404


def test_what_the_provider_still_allows_is_shown_until_it_starts_anew(
    hers: Browse, counting: Counting, near: Connection
) -> None:
    now = time.monotonic()
    path = f"/connections/{near.id}"
    assert "Left at the provider" not in hers.get(path).text
    said = {
        "x-ratelimit-remaining-requests": "12",
        "x-ratelimit-remaining-tokens": "3400",
        "x-ratelimit-reset-requests": "1h",
    }
    counting.allowances.note(near.id, said, now, "m")
    counting.allowances.note(near.id, {**said, "x-ratelimit-reset-requests": "1s"}, now - 60, "old")
    counting.allowances.note(near.id, {"retry-after": "7"}, now, "silent")
    text = hers.get(path).text
    assert "12 calls, 3,400 tokens" in text
    assert "starts anew" in text
    assert "old" not in text.partition("Left at the provider")[2].partition("Earlier tests")[0]
    hers.post(f"{path}/retry")
    assert "Left at the provider" not in hers.get(path).text
