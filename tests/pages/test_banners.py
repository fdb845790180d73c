"""What is wrong with the whole server, on top of every page for those who can act on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aiconnect import clock
from aiconnect.jobs.writer import Behind
from aiconnect.models import Person
from aiconnect.settings import Settings
from tests.pages.conftest import Browsers

BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
"""Stands for now: what was now when the tests were collected may be yesterday."""
FINE = Behind(calls=3, since=None, is_short=False, left=60_000, late=0, lost=0)


@pytest.mark.parametrize(
    ("behind", "said"),
    [
        (FINE, []),
        (replace(FINE, since=BEFORE, calls=1), ["1 call waits in the journal"]),
        (replace(FINE, since=BEFORE, calls=1_204), ["1,204 calls wait", "since today"]),
        (replace(FINE, is_short=True, left=48_000), ["disk of this server is full", "48,000 more"]),
        (replace(FINE, is_short=True, left=0), ["cost money are refused", "Make room on the disk"]),
        (replace(FINE, lost=2), ["2 calls of free models found no room"]),
    ],
)  # fmt: skip
def test_what_is_not_in_the_ledger_yet_is_said_on_top_of_every_page(
    browse: Browsers, alice: Person, bob: Person, behind: Behind, said: list[str]
) -> None:
    since = clock.now() if behind.since else None
    browse.site.extensions["aiconnect_behind"] = lambda: replace(behind, since=since)
    browse.site.extensions["aiconnect_faults"] = lambda: ["ledger", "no spare segment"]
    page = browse.as_(alice).get("/connections")
    assert not [words for words in said if words not in page.text]
    assert ("journal" in page.text or "records" in page.text) == bool(said)
    assert "A part of this server has stopped" not in page.text
    assert "<time" not in page.text
    assert not [words for words in said if words in browse.as_(bob).get("/connections").text]


def test_a_damaged_journal_is_said_to_those_who_can_act(
    browse: Browsers, settings: Settings, alice: Person, bob: Person
) -> None:
    damaged = settings.journal / "damaged"
    damaged.mkdir(parents=True)
    (damaged / "0001").write_text("torn")
    assert "could not be read" in browse.as_(alice).get("/").text
    assert "could not be read" not in browse.as_(bob).get("/").text
