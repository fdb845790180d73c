"""One's own account: how pages look and read, and when they say things were."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.blueprints.locales import LANGUAGES
from aiconnect.blueprints.zones import SUGGESTED
from aiconnect.models import Person
from aiconnect.services import accounts, tokens
from aiconnect.services.accounts.preferences import LANGUAGES as KNOWN
from aiconnect.services.accounts.preferences import zones
from aiconnect.services.audit import Actor
from tests import ledger
from tests.pages.conftest import Browsers

KEEP = "Keep this choice"
HOUR = timedelta(hours=1)


def test_language_colours_and_zone_are_kept_together(
    browse: Browsers, alice: Person, session: Session
) -> None:
    hers = browse.as_(alice)
    hers.get("/account").press(KEEP, language="en", theme="dark", time_zone="jakarta").follow()
    again = hers.get("/account").form(KEEP).fields
    assert (again["language"], again["theme"]) == ("en", "dark")
    assert again["time_zone"] == "Asia/Jakarta"


def test_a_new_account_follows_browser_system_and_team(browse: Browsers, alice: Person) -> None:
    page = browse.as_(alice).get("/account")
    fields = page.form(KEEP).fields
    assert (fields["language"], fields["theme"], fields["time_zone"]) == ("", "system", "")
    assert "the zone of the team, UTC" in page.text


def test_times_are_in_the_reader_s_zone_and_the_colophon_names_it(
    browse: Browsers, alice: Person, bob: Person, session: Session
) -> None:
    accounts.prefer(session, alice, language="en", theme="system", time_zone="Asia/Tokyo")
    assert "Times are in the zone Asia/Tokyo" in browse.as_(alice).get("/").text
    assert "Times are in the zone UTC" in browse.as_(bob).get("/").text
    assert "Times are in the zone UTC" in browse.anyone().get("/help").text


def test_a_moment_is_said_in_the_reader_s_zone(
    browse: Browsers, alice: Person, owner: Actor, session: Session
) -> None:
    token, _ = tokens.add(session, owner, "Scrivener", alice.email)
    token.last_used_at = datetime(2025, 3, 1, 20, 0, tzinfo=UTC)
    session.commit()
    accounts.prefer(session, alice, language="en", theme="system", time_zone="Asia/Tokyo")
    assert "2 March 2025" in browse.as_(alice).get("/tokens").text


def test_an_error_page_keeps_the_zone_and_the_colours(
    browse: Browsers, alice: Person, session: Session
) -> None:
    accounts.prefer(session, alice, language="en", theme="dark", time_zone="Asia/Tokyo")
    page = browse.as_(alice).get("/nowhere")
    assert page.status == 404
    assert 'data-theme="dark"' in page.html


def test_a_zone_that_the_system_has_lost_is_the_team_s(
    browse: Browsers, alice: Person, session: Session
) -> None:
    alice.time_zone = "Asia/Atlantis"
    session.commit()
    assert "Times are in the zone UTC" in browse.as_(alice).get("/").text


@pytest.mark.parametrize("text", ["Atlantis", "a" * 5000, "<b>", "../UTC"])
def test_what_is_no_zone_is_said_beside_its_field(
    browse: Browsers, alice: Person, session: Session, text: str
) -> None:
    refused = browse.as_(alice).get("/account").press(KEEP, theme="dark", time_zone=text)
    assert refused.status == 422
    assert refused.title.startswith("Error: Your account")
    assert refused.problems == ["There is no such time zone. Write one like Asia/Jakarta"]
    session.refresh(alice)
    assert alice.theme == "system"


def test_a_part_of_a_name_is_answered_with_the_names(browse: Browsers, alice: Person) -> None:
    refused = browse.as_(alice).get("/account").press(KEEP, time_zone="Indiana")
    assert "America/Indiana/Knox" in refused.problems[0]


@pytest.mark.parametrize(("field", "value"), [("language", "xx"), ("theme", "neon")])
def test_a_choice_that_was_not_offered_changes_nothing(
    browse: Browsers, alice: Person, session: Session, field: str, value: str
) -> None:
    refused = browse.as_(alice).get("/account").press(KEEP, **{field: value})
    assert refused.status == 422
    session.refresh(alice)
    assert (alice.language, alice.theme) == ("", "system")


def test_nobody_chooses_their_role_along_with_the_colours(
    browse: Browsers, bob: Person, session: Session
) -> None:
    browse.as_(bob).get("/account").press(KEEP, role="owner", email="x@example.org")
    session.refresh(bob)
    assert (bob.role, bob.email) == ("viewer", "bob@example.org")


def test_every_language_of_pages_can_be_chosen(browse: Browsers, alice: Person) -> None:
    page = browse.as_(alice).get("/account")
    offered = [one.get("value") for one in page.all("input") if one.get("name") == "language"]
    assert offered == ["", *LANGUAGES] == [*KNOWN]


def test_suggestions_are_few_and_all_zones(browse: Browsers, alice: Person) -> None:
    page = browse.as_(alice).get("/account")
    offered = [one.get("value") for one in page.all("option")]
    assert offered == list(SUGGESTED)
    assert len(offered) <= 50
    assert set(offered) <= set(zones().values())


def test_a_day_of_the_usage_is_the_team_s_whoever_reads(
    browse: Browsers, alice: Person, bob: Person, session: Session
) -> None:
    """At any time the day is another one in the far west or the far east than in Greenwich."""
    moment = clock.now()
    far = "Pacific/Niue" if moment.hour < 10 else "Pacific/Kiritimati"
    midnight = moment.astimezone(ZoneInfo(far)).replace(hour=0, minute=0, second=0)
    at = midnight + (HOUR if moment.hour < 10 else -HOUR)
    ledger.add(session, ledger.record(at=at.astimezone(UTC)))
    accounts.prefer(session, alice, language="en", theme="system", time_zone=far)
    pages = [browse.as_(one).get("/usage?span=today").text for one in (alice, bob)]
    is_empty = moment.hour < 10
    assert ["No calls yet" in text for text in pages] == [is_empty, is_empty]


def test_one_s_own_tokens_are_listed(
    browse: Browsers, alice: Person, bob: Person, owner: Actor, session: Session
) -> None:
    tokens.add(session, owner, "Scrivener", alice.email)
    tokens.add(session, owner, "Kindle", bob.email)
    text = browse.as_(alice).get("/account").text
    assert "Scrivener" in text
    assert not re.search("Kindle", text)
