"""The page of settings: what holds, what is usual, what is in use, and a change of each."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from aiconnect.calls.counting import Counting
from aiconnect.calls.meters import Capacity
from aiconnect.calls.snapshot import USUAL, Ceilings
from aiconnect.gateway.limits import Limits
from aiconnect.models import Person
from aiconnect.services import ceilings
from tests.pages.browse import Browse, Page
from tests.pages.conftest import Browsers

SAVE = "Save the change"


@pytest.fixture
def capacity(browse: Browsers) -> Capacity:
    """What a gateway beside these pages counts: it has 20 threads, 4 of them for calls."""
    made, counting = Capacity(4), Counting()
    browse.site.extensions["aiconnect_capacity"] = made
    browse.site.extensions["aiconnect_counting"] = counting
    browse.site.extensions["aiconnect_breakers"] = counting.breakers
    browse.site.extensions["aiconnect_usual"] = Limits(threads=20).usual
    return made


def cells(page: Page, label: str) -> list[str]:
    found = [one for one in page.all("td") if one.get("data-label") == label]
    return [" ".join("".join(one.itertext()).split()) for one in found]


def kept(session: Session) -> Ceilings:
    session.rollback()  # read anew
    return ceilings.read(session)


def test_every_setting_says_what_holds_and_what_is_usual(hers: Browse, capacity: Capacity) -> None:
    page = hers.get("/settings")
    assert all(name in page.text for name in ceilings.EVERY)
    holds = cells(page, "Holds")
    assert holds == cells(page, "Usual")
    assert (holds[0], holds[2:]) == ("4", ["300", "120", "1,800", "5", "On", "32"])


def test_present_use_is_shown(hers: Browse, browse: Browsers, capacity: Capacity) -> None:
    capacity.enter_stream()
    with capacity.thread():
        used = cells(hers.get("/settings"), "In use now")
    assert used[:3] == ["1", "1", "-"]
    assert used[6] == "none is left alone"
    browse.site.extensions["aiconnect_breakers"].report(1, "m", "provider_auth")
    assert "1 connection is left alone" in cells(hers.get("/settings"), "In use now")[6]


def test_beside_no_gateway_the_usual_is_unknown(hers: Browse) -> None:
    page = hers.get("/settings")
    assert set(cells(page, "Holds")) == {"Unknown"}
    assert set(cells(page, "In use now")) == {"-"}


def test_a_setting_is_changed_and_goes_back(
    hers: Browse, capacity: Capacity, session: Session
) -> None:
    page = hers.get("/settings/silence-seconds").press(SAVE, value=" 30 ").follow()
    assert "It counts within a second" in page.text
    assert cells(page, "Holds")[3] == "30"
    assert kept(session) == Ceilings(silence=30)
    form = hers.get("/settings/silence-seconds")
    assert form.form(SAVE).fields["value"] == "30"
    form.press(SAVE, value="").follow()
    assert kept(session) == USUAL


def test_the_breaker_is_switched(hers: Browse, capacity: Capacity, session: Session) -> None:
    form = hers.get("/settings/breaker")
    assert form.form(SAVE).fields["value"] == "default"
    assert cells(form.press(SAVE, value="off").follow(), "Holds")[6] == "Off"
    assert kept(session) == Ceilings(breaker=False)
    assert hers.get("/settings/breaker").form(SAVE).fields["value"] == "off"
    hers.get("/settings/breaker").press(SAVE, value="default").follow()
    assert kept(session) == USUAL


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("calls", "5", "from 1 to 4"),
        ("streams", "999999999", "from 1 to"),
        ("total-seconds", "soon", "whole number"),
        ("body-megabytes", "0", "from 1 to 1024"),
        ("breaker", "maybe", "alid choice"),
    ],
)
def test_a_mistake_stands_beside_its_field(
    hers: Browse, capacity: Capacity, session: Session, name: str, typed: str, said: str
) -> None:
    page = hers.get(f"/settings/{name}").press(SAVE, value=typed)
    assert page.status == 422
    assert said in page.problems[0]
    assert kept(session) == USUAL


@pytest.mark.parametrize("name", ["nosuch", "canary", "ceiling.calls"])
def test_a_setting_that_is_not_there_is_404(hers: Browse, name: str) -> None:
    assert hers.get(f"/settings/{name}").status == 404


def test_settings_are_for_admins(
    browse: Browsers, admin: Person, member: Person, bob: Person, session: Session
) -> None:
    assert "/settings" in browse.as_(admin).get("/account").links
    for person in (member, bob):
        theirs = browse.as_(person)
        assert "/settings" not in theirs.get("/account").links
        assert theirs.get("/settings").status == 403
        assert theirs.post("/settings/calls", value="1").status == 403
    assert browse.anyone().get("/settings").status == 303
    assert kept(session) == USUAL
