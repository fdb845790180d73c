"""The page of the ledger: how long calls are kept, how large it is."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from aiconnect.models import Person
from aiconnect.services import retention
from tests.ledger import add, record
from tests.pages.browse import Browse
from tests.pages.conftest import Browsers

pytestmark = pytest.mark.on_both
SAVE = "Save the change"


def test_it_says_what_is_there(hers: Browse, session: Session, store: str) -> None:
    add(session, record(seq=1), record(seq=2))
    page = hers.get("/settings/ledger")
    assert "180 days" in page.text
    assert ("Give it back now" in page.text) == (store == "sqlite")


def test_an_empty_ledger_has_a_page(hers: Browse) -> None:
    assert hers.get("/settings/ledger").status == 200


def test_days_are_changed_there(hers: Browse, session: Session) -> None:
    done = hers.get("/settings/retention-days").press(SAVE, value="30").follow()
    assert "30 days" in done.text
    session.rollback()  # read anew
    assert retention.read(session) == 30
    done = hers.get("/settings/retention-days").press(SAVE, value="0").follow()
    assert "for ever" in done.text


@pytest.mark.parametrize("value", ["-1", "soon", "99999999999", "1.5"])
def test_what_is_no_number_of_days_is_said(hers: Browse, session: Session, value: str) -> None:
    page = hers.get("/settings/retention-days").press(SAVE, value=value)
    assert page.status == 422
    assert "whole number from 0 to 36500" in page.text.replace("36,500", "36500")
    assert retention.read(session) == 180


def test_a_member_sees_neither(browse: Browsers, member: Person) -> None:
    for path in ("/settings/ledger", "/settings/retention-days"):
        assert browse.as_(member).get(path).status in {403, 404}
